#pragma once

/// What the kernels' vector code is written with.
///
/// FAMILIAR_KERNEL_INLINE: a function of the vector interface is part of its caller, so that vectors stay in registers.
/// FAMILIAR_UNROLL: before a loop of constant length over registers, which must not remain a loop.

#define FAMILIAR_KERNEL_INLINE inline __attribute__((always_inline))

#if defined(__clang__)
#define FAMILIAR_UNROLL _Pragma("clang loop unroll(full)")
#else
#define FAMILIAR_UNROLL _Pragma("GCC unroll 16")
#endif
