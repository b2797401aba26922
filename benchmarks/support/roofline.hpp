#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/isa.hpp>

#include <cstddef>
#include <map>
#include <utility>

namespace familiar::benchmarks {

/// What this machine can do at most, measured here and now, so that a kernel's figure can be given as a share of it.
/// Every limit is measured once a process, at its first use (up to a second each), the arithmetic in processor time,
/// and as the best of many tries: other processes only ever make a try slower.
class Roofline {
  public:
    /// f32 FLOP/s of `threads` threads: independent fused multiply-adds (a multiplication and an addition where the set
    /// has no fused one) in registers. 1 FMA = 2 FLOP a lane. 0 where the machine lacks the set.
    static double f32_flops(kernels::Isa isa, std::size_t threads = 1);

    /// 8-bit OP/s of `threads` threads: independent 512-bit vpdpbusd; 1 multiply-accumulate = 2 OP. 0 without
    /// AVX512-VNNI.
    static double vnni_ops(std::size_t threads = 1);

    /// Bytes a second that `threads` threads read from memory together: each four streams through its part of a buffer
    /// far larger than the last cache, on huge pages where the system gives them.
    static double read_bandwidth(std::size_t threads = 1);
};

} // namespace familiar::benchmarks
