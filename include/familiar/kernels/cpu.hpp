#pragma once

#include <familiar/kernels/isa.hpp>

#include <cstdint>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define FAMILIAR_KERNELS_X86 1
#else
#define FAMILIAR_KERNELS_X86 0
#endif

namespace familiar::kernels {

/// What the processor has *and* the operating system saves on a context switch (XCR0): without the second, the first
/// use of a register ends the process.
struct CpuFeatures {
    bool avx2 = false;        ///< AVX2, FMA, F16C
    bool avx512 = false;      ///< AVX-512 F, BW, DQ, VL, and avx2
    bool avx512_vnni = false; ///< AVX512-VNNI, and avx512
    bool avx512_bf16 = false; ///< AVX512-BF16, and avx512_vnni
};

namespace detail {

#if FAMILIAR_KERNELS_X86
inline std::uint64_t enabled_registers() noexcept {
    std::uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0)); // the intrinsic would need -mxsave
    return (std::uint64_t{high} << 32) | low;
}
#endif

inline CpuFeatures detect_cpu() noexcept {
    CpuFeatures features;
#if FAMILIAR_KERNELS_X86
    const auto bit = [](std::uint32_t word, int position) { return ((word >> position) & 1U) != 0; };
    std::uint32_t a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !bit(c, 27)) return features; // 27: OSXSAVE, xgetbv exists
    const bool fma = bit(c, 12), avx = bit(c, 28), f16c = bit(c, 29);
    const std::uint64_t enabled = enabled_registers();
    const bool ymm = (enabled & 0x06) == 0x06, zmm = (enabled & 0xe6) == 0xe6;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return features;
    features.avx2 = ymm && avx && fma && f16c && bit(b, 5);
    features.avx512 = features.avx2 && zmm && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
    features.avx512_vnni = features.avx512 && bit(c, 11);
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0) return features;
    features.avx512_bf16 = features.avx512_vnni && bit(a, 5);
#endif
    return features;
}

} // namespace detail

/// Of this machine; found once.
inline const CpuFeatures& cpu_features() noexcept {
    static const CpuFeatures features = detail::detect_cpu();
    return features;
}

/// Whether this machine can run kernels of an instruction set.
inline bool available(Isa isa) noexcept {
    switch (isa) {
    case Isa::reference:
    case Isa::xsimd:
        return true;
    case Isa::avx2:
        return cpu_features().avx2;
    case Isa::avx512:
        return cpu_features().avx512;
    case Isa::avx512_vnni:
        return cpu_features().avx512_vnni;
    case Isa::avx512_bf16:
        return cpu_features().avx512_bf16;
    }
    return false;
}

/// The strongest of this machine.
inline Isa best_isa() noexcept {
    for (const Isa isa : {Isa::avx512_bf16, Isa::avx512_vnni, Isa::avx512, Isa::avx2}) {
        if (available(isa)) return isa;
    }
    return Isa::xsimd;
}

/// The processor's name as it gives it ("AMD EPYC …"), or the architecture's.
inline std::string cpu_name() {
    std::string name;
#if FAMILIAR_KERNELS_X86
    for (std::uint32_t leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
        std::uint32_t words[4] = {};
        if (__get_cpuid(leaf, &words[0], &words[1], &words[2], &words[3]) == 0) break;
        for (const std::uint32_t word : words) {
            for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>((word >> shift) & 0xff);
        }
    }
    name.resize(name.find('\0') != std::string::npos ? name.find('\0') : name.size());
    while (!name.empty() && name.back() == ' ') name.pop_back();
#endif
    return name.empty() ? "unknown processor" : name;
}

} // namespace familiar::kernels
