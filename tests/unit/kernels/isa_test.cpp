#include <familiar/kernels/isa.hpp>

#include <catch2/catch.hpp>

using namespace familiar::kernels;

TEST_CASE("instruction sets have the names that users give, weakest first", "[kernels][isa]") {
    CHECK(to_string(Isa::reference) == "reference");
    CHECK(to_string(Isa::xsimd) == "xsimd");
    CHECK(to_string(Isa::avx2) == "avx2");
    CHECK(to_string(Isa::avx512) == "avx512");
    CHECK(to_string(Isa::avx512_vnni) == "avx512_vnni");
    CHECK(Isa::reference < Isa::avx2);
    CHECK(Isa::avx2 < Isa::avx512);
    CHECK(Isa::avx512 < Isa::avx512_vnni);
    CHECK(Isa::avx512_vnni < Isa::avx512_bf16);
    CHECK(to_string(Isa::avx512_bf16) == "avx512_bf16");
}
