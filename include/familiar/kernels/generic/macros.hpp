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

/// FAMILIAR_KERNELS_BEGIN("avx2,fma"), FAMILIAR_KERNELS_END: functions between them are compiled for these instruction
/// sets, whatever the unit is compiled for.
#define FAMILIAR_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define FAMILIAR_KERNELS_BEGIN(sets)                                                                                   \
    FAMILIAR_PRAGMA(clang attribute push(__attribute__((target(sets))), apply_to = function))
#define FAMILIAR_KERNELS_END _Pragma("clang attribute pop")
#else
// g++ 12 takes the deliberately undefined operand of its own intrinsics for a mistake (GCC bug 105593).
#define FAMILIAR_KERNELS_BEGIN(sets)                                                                                   \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"")                               \
        _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"") _Pragma("GCC push_options")                        \
            FAMILIAR_PRAGMA(GCC target(sets))
#define FAMILIAR_KERNELS_END _Pragma("GCC pop_options") _Pragma("GCC diagnostic pop")
#endif
