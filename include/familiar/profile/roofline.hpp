#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/isa.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <time.h>

#include <xsimd/xsimd.hpp>

#if FAMILIAR_KERNELS_X86
#include <immintrin.h>
#endif

namespace familiar::profile {

/// What this machine can do at most, measured here and now, so that a kernel's figure can be given as a share of it.
/// Every limit is measured once a process, at its first use (up to a second each), the arithmetic in processor time,
/// and as the best of many tries: other processes only ever make a try slower. For one caller at a time.
class Roofline {
  public:
    /// f32 FLOP/s of `threads` threads: independent fused multiply-adds (a multiplication and an addition where the set
    /// has no fused one) in registers. 1 FMA = 2 FLOP a lane. 0 where the machine lacks the set.
    static double f32_flops(kernels::Isa isa, std::size_t threads = 1);

    /// 8-bit OP/s of `threads` threads: independent 512-bit vpdpbusd; 1 multiply-accumulate = 2 OP. 0 without
    /// AVX512-VNNI.
    static double vnni_ops(std::size_t threads = 1);

    /// bf16 FLOP/s of `threads` threads: independent 512-bit vdpbf16ps; 1 multiply-accumulate = 2 FLOP. 0 without
    /// AVX512-BF16.
    static double bf16_flops(std::size_t threads = 1);

    /// Bytes a second that `threads` threads read from memory together: each four streams through its part of a buffer
    /// far larger than the last cache, on huge pages where the system gives them.
    static double read_bandwidth(std::size_t threads = 1);
};

namespace detail {

inline constexpr std::size_t kSums = 12; // more than latency times ports of any processor here (4 x 2)
inline constexpr int kTries = 24;

/// A loop of `rounds` rounds of kSums operations on one vector each, whose result goes to `out` so that it is not
/// optimised away.
using Loop = void (*)(std::size_t rounds, float* out);

inline void multiply_add_scalar(std::size_t rounds, float* out) {
    float sums[kSums] = {};
    for (std::size_t i = 0; i < rounds; ++i) {
        for (float& sum : sums) {
            sum = sum * 0.999F + 0.001F;
            __asm__ volatile("" : "+x"(sum)); // stays scalar
        }
    }
    for (const float sum : sums) *out += sum;
}

inline void multiply_add_portable(std::size_t rounds, float* out) {
    using Vector = xsimd::batch<float>;
    Vector a(0.1F), b(0.2F), c(0.3F), d(0.4F), e(0.5F), f(0.6F), g(0.7F), h(0.8F), i(0.9F), j(1.0F), k(1.1F), l(1.2F);
    const Vector factor(0.999F), term(0.001F);
    for (std::size_t round = 0; round < rounds; ++round) {
        a = xsimd::fma(a, factor, term);
        b = xsimd::fma(b, factor, term);
        c = xsimd::fma(c, factor, term);
        d = xsimd::fma(d, factor, term);
        e = xsimd::fma(e, factor, term);
        f = xsimd::fma(f, factor, term);
        g = xsimd::fma(g, factor, term);
        h = xsimd::fma(h, factor, term);
        i = xsimd::fma(i, factor, term);
        j = xsimd::fma(j, factor, term);
        k = xsimd::fma(k, factor, term);
        l = xsimd::fma(l, factor, term);
    }
    *out = xsimd::hadd(a + b + c + d + e + f + g + h + i + j + k + l);
}

#if FAMILIAR_KERNELS_X86
__attribute__((target("avx2,fma"))) inline void multiply_add_avx2(std::size_t rounds, float* out) {
    __m256 sums[kSums];
    for (auto& sum : sums) sum = _mm256_set1_ps(0.5F);
    const __m256 factor = _mm256_set1_ps(0.999F), term = _mm256_set1_ps(0.001F);
    for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
        for (auto& sum : sums) sum = _mm256_fmadd_ps(sum, factor, term);
    }
    for (auto& sum : sums) *out += _mm256_cvtss_f32(sum);
}

__attribute__((target("avx512f"))) inline void multiply_add_avx512(std::size_t rounds, float* out) {
    __m512 sums[kSums];
    for (auto& sum : sums) sum = _mm512_set1_ps(0.5F);
    const __m512 factor = _mm512_set1_ps(0.999F), term = _mm512_set1_ps(0.001F);
    for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
        for (auto& sum : sums) sum = _mm512_fmadd_ps(sum, factor, term);
    }
    for (auto& sum : sums) *out += _mm512_cvtss_f32(sum);
}

__attribute__((target("avx512f,avx512vnni"))) inline void dot_bytes(std::size_t rounds, float* out) {
    __m512i sums[kSums];
    for (auto& sum : sums) sum = _mm512_setzero_si512();
    const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-2);
    for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
        for (auto& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
    }
    for (auto& sum : sums) *out += static_cast<float>(_mm512_cvtsi512_si32(sum));
}

__attribute__((target("avx512f,avx512bf16"))) inline void dot_bfloats(std::size_t rounds, float* out) {
    __m512 sums[kSums];
    for (auto& sum : sums) sum = _mm512_set1_ps(0.5F);
    const auto a = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3f803f80)); // ones
    for (std::size_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
        for (auto& sum : sums) sum = _mm512_dpbf16_ps(sum, a, a);
    }
    for (auto& sum : sums) *out += _mm512_cvtss_f32(sum);
}
#endif

/// Processor time of the calling thread: other processes on the machine then take nothing away.
inline double thread_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// `body(task)` once on every thread at the same time; gives the best sum over threads of units per second of a thread.
template <class Body> double best_rate(std::size_t threads, double units, Body body) {
    ThreadPool pool(threads);
    std::vector<double> rates(threads);
    double best = 0.0;
    for (int i = 0; i < kTries; ++i) {
        pool.run(threads, [&](std::size_t task, std::size_t) {
            const double start = thread_seconds();
            body(task);
            rates[task] = units / (thread_seconds() - start);
        });
        double sum = 0.0;
        for (const double rate : rates) sum += rate;
        best = std::max(best, sum);
    }
    return best;
}

/// Rounds a second of a loop on every one of `threads` threads, together.
inline double rounds_per_second(Loop loop, std::size_t threads) {
    constexpr std::size_t kRounds = 500'000; // ≈ 2 ms
    std::vector<float> results(threads * 16);
    return best_rate(threads, static_cast<double>(kRounds),
                     [&](std::size_t task) { loop(kRounds, &results[task * 16]); });
}

template <class Measure>
double once(std::map<std::pair<int, std::size_t>, double>& known, int what, std::size_t threads, Measure measure) {
    const auto [place, is_new] = known.try_emplace({what, threads}, 0.0);
    if (is_new) place->second = measure();
    return place->second;
}

inline std::map<std::pair<int, std::size_t>, double>& known_limits() {
    static std::map<std::pair<int, std::size_t>, double> limits;
    return limits;
}

struct Unmap {
    std::size_t size = 0;
    void operator()(void* p) const noexcept { munmap(p, size); }
};

/// In elapsed time, since what is measured is shared; in short tries, so that some run undisturbed.
inline double measure_bandwidth(std::size_t threads) {
    constexpr std::size_t kWindow = std::size_t{64} << 20, kWindows = 8; // a try reads a window, each in turn
    constexpr std::size_t kStreams = 4, kLine = 64 / sizeof(std::uint64_t);
    void* const memory = mmap(nullptr, kWindow * kWindows, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 0.0;
    const std::unique_ptr<void, Unmap> owner(memory, Unmap{kWindow * kWindows});
    madvise(memory, kWindow * kWindows, MADV_HUGEPAGE);
    std::memset(memory, 1, kWindow * kWindows);
    ThreadPool pool(threads);
    std::vector<std::uint64_t> totals(threads * 16);
    const std::size_t part = kWindow / sizeof(std::uint64_t) / threads / kStreams / kLine * kLine; // of one stream
    double best = 0.0;
    for (std::size_t i = 0; i < kWindows * 8; ++i) {
        const auto* const words =
            static_cast<const std::uint64_t*>(memory) + i % kWindows * kWindow / sizeof(std::uint64_t);
        const auto start = std::chrono::steady_clock::now();
        pool.run(threads, [&](std::size_t task, std::size_t) {
            const std::uint64_t* const first = words + task * kStreams * part;
            std::uint64_t sums[kLine] = {};
            for (std::size_t at = 0; at < part; at += kLine) {
                for (std::size_t stream = 0; stream < kStreams; ++stream) {
                    const std::uint64_t* const line = first + stream * part + at;
                    for (std::size_t word = 0; word < kLine; ++word) sums[word] += line[word];
                }
            }
            for (const std::uint64_t sum : sums) totals[task * 16] += sum;
        });
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        best = std::max(best, static_cast<double>(part * kStreams * threads * sizeof(std::uint64_t)) / seconds);
    }
    __asm__ volatile("" : : "r"(totals.data()) : "memory"); // the sums are wanted
    return best;
}

} // namespace detail

inline double Roofline::f32_flops(kernels::Isa isa, std::size_t threads) {
    if (!kernels::available(isa)) return 0.0;
    return detail::once(detail::known_limits(), static_cast<int>(isa), threads, [&] {
        detail::Loop loop = detail::multiply_add_scalar;
        std::size_t lanes = 1;
        if (isa == kernels::Isa::xsimd) {
            loop = detail::multiply_add_portable;
            lanes = xsimd::batch<float>::size;
        }
#if FAMILIAR_KERNELS_X86
        if (isa == kernels::Isa::avx2) {
            loop = detail::multiply_add_avx2;
            lanes = 8;
        } else if (isa >= kernels::Isa::avx512) {
            loop = detail::multiply_add_avx512;
            lanes = 16;
        }
#endif
        return 2.0 * static_cast<double>(lanes * detail::kSums) * detail::rounds_per_second(loop, threads);
    });
}

inline double Roofline::vnni_ops(std::size_t threads) {
#if FAMILIAR_KERNELS_X86
    if (kernels::available(kernels::Isa::avx512_vnni)) {
        return detail::once(detail::known_limits(), -1, threads, [&] {
            return 2.0 * 64.0 * static_cast<double>(detail::kSums) *
                   detail::rounds_per_second(detail::dot_bytes, threads);
        });
    }
#endif
    return 0.0;
}

inline double Roofline::bf16_flops(std::size_t threads) {
#if FAMILIAR_KERNELS_X86
    if (kernels::available(kernels::Isa::avx512_bf16)) {
        return detail::once(detail::known_limits(), -3, threads, [&] {
            return 2.0 * 32.0 * static_cast<double>(detail::kSums) *
                   detail::rounds_per_second(detail::dot_bfloats, threads);
        });
    }
#endif
    return 0.0;
}

inline double Roofline::read_bandwidth(std::size_t threads) {
    return detail::once(detail::known_limits(), -2, threads, [&] { return detail::measure_bandwidth(threads); });
}

} // namespace familiar::profile
