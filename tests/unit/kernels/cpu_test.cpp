#include <familiar/kernels/cpu.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

using namespace familiar::kernels;

TEST_CASE("a stronger instruction set is only there with the weaker ones", "[kernels][cpu]") {
    CHECK(available(Isa::reference));
    CHECK(available(Isa::xsimd));
    if (available(Isa::avx512_bf16)) CHECK(available(Isa::avx512_vnni));
    if (available(Isa::avx512_vnni)) CHECK(available(Isa::avx512));
    if (available(Isa::avx512)) CHECK(available(Isa::avx2));
}

TEST_CASE("the best instruction set is there, and no stronger one is", "[kernels][cpu]") {
    const Isa best = best_isa();
    CHECK(available(best));
    for (auto isa = static_cast<int>(best) + 1; isa <= static_cast<int>(Isa::avx512_bf16); ++isa) {
        CHECK_FALSE(available(static_cast<Isa>(isa)));
    }
}

#if FAMILIAR_KERNELS_X86 && defined(__linux__)
namespace {

/// What the kernel of the operating system says that this processor has.
bool system_lists(const std::string& flag) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("flags", 0) != 0) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;) {
            if (word == flag) return true;
        }
        return false;
    }
    return false;
}

} // namespace

TEST_CASE("what is found agrees with the operating system", "[kernels][cpu]") {
    const bool avx2 = system_lists("avx2") && system_lists("fma") && system_lists("f16c");
    const bool avx512 = avx2 && system_lists("avx512f") && system_lists("avx512bw") && system_lists("avx512dq") &&
                        system_lists("avx512vl");
    CHECK(available(Isa::avx2) == avx2);
    CHECK(available(Isa::avx512) == avx512);
    CHECK(available(Isa::avx512_vnni) == (avx512 && system_lists("avx512_vnni")));
    CHECK(available(Isa::avx512_bf16) == (avx512 && system_lists("avx512_vnni") && system_lists("avx512_bf16")));
}
#endif

TEST_CASE("the processor has a name without padding", "[kernels][cpu]") {
    const std::string name = cpu_name();
    REQUIRE_FALSE(name.empty());
    CHECK(name.find('\0') == std::string::npos);
    CHECK(name.back() != ' ');
}
