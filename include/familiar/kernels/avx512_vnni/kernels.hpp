#pragma once

#include <familiar/kernels/avx512/kernels.hpp>

#if FAMILIAR_KERNELS_X86

/// AVX-512 with VNNI: the f32 operations are those of avx512; integer products get kernels of their own here.
namespace familiar::kernels::avx512_vnni {

using avx512::make_table;

} // namespace familiar::kernels::avx512_vnni

#endif
