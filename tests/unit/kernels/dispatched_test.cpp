#include <familiar/kernels/avx2/kernels.hpp>
#include <familiar/kernels/avx512/kernels.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/kernels/xsimd/kernels.hpp>

#include "backends.hpp"

#include <cstdlib>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

TEST_CASE("a dispatched backend says what was asked for", "[kernels][dispatch]") {
    for (const Dispatched& backend : backends()) CHECK(backend.name() == to_string(backend.isa()));
    for (std::size_t i = 0; i < std::size(kIsaNames); ++i) {
        const auto isa = static_cast<Isa>(i);
        if (available(isa)) {
            CHECK(Dispatched(isa).isa() == isa);
        } else {
            CHECK_THROWS_AS(Dispatched(isa), Error);
        }
    }
}

TEST_CASE("a dispatched backend runs the kernels of its instruction set and no others", "[kernels][dispatch]") {
    // A dot product's last bits tell how many sums it was made of: on this input all of them differ.
    const std::size_t n = 1000;
    const auto x = random_values(n, 1), y = random_values(n, 2);
    std::vector<float> results{Dispatched(Isa::reference).dot(x.data(), y.data(), n)};
    CHECK(same_bits(results[0], Reference{}.dot(x.data(), y.data(), n)));
#if FAMILIAR_KERNELS_X86
    if (available(Isa::avx2)) {
        results.push_back(Dispatched(Isa::avx2).dot(x.data(), y.data(), n));
        CHECK(same_bits(results.back(), avx2::dot(x.data(), y.data(), n)));
    }
    if (available(Isa::avx512)) {
        results.push_back(Dispatched(Isa::avx512).dot(x.data(), y.data(), n));
        CHECK(same_bits(results.back(), avx512::dot(x.data(), y.data(), n)));
    }
    if (available(Isa::avx512_vnni)) {
        CHECK(same_bits(Dispatched(Isa::avx512_vnni).dot(x.data(), y.data(), n), results.back()));
    }
#endif
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(same_bits(results[i], results[j]));
    }
    CHECK(same_bits(Dispatched(Isa::xsimd).dot(x.data(), y.data(), n), portable::dot(x.data(), y.data(), n)));
}

TEST_CASE("the default is what the environment asks for", "[kernels][dispatch]") {
    const char* const before = std::getenv("FAMILIAR_ISA");
    const std::string kept = before != nullptr ? before : "";
    setenv("FAMILIAR_ISA", "xsimd", 1);
    CHECK(Dispatched().isa() == Isa::xsimd);
    setenv("FAMILIAR_ISA", "avx9000", 1);
    CHECK_THROWS_AS(Dispatched(), Error);
    unsetenv("FAMILIAR_ISA");
    CHECK(Dispatched().isa() == best_isa());
    if (before != nullptr) setenv("FAMILIAR_ISA", kept.c_str(), 1);
}
