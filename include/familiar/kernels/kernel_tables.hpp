#pragma once

#include <familiar/kernels/avx2/kernels.hpp>
#include <familiar/kernels/avx512/kernels.hpp>
#include <familiar/kernels/avx512_bf16/kernels.hpp>
#include <familiar/kernels/avx512_vnni/kernels.hpp>
#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/parse_isa.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/kernels/xsimd/kernels.hpp>

#if defined(FAMILIAR_SEPARATE_KERNELS)
#define FAMILIAR_KERNEL_TABLES_LINKAGE
#else
#define FAMILIAR_KERNEL_TABLES_LINKAGE inline
#endif

namespace familiar::kernels {

/// The kernels for an instruction set. Throws `unsupported_isa` where this machine lacks it.
FAMILIAR_KERNEL_TABLES_LINKAGE const KernelTable* find_table(Isa isa) {
    static constexpr KernelTable reference = TableOf<Reference>::make(Isa::reference);
    static constexpr KernelTable portable_table = portable::make_table(Isa::xsimd);
    if (isa == Isa::reference) return &reference;
    if (isa == Isa::xsimd) return &portable_table;
#if FAMILIAR_KERNELS_X86
    static constexpr KernelTable vectors[] = {avx2::make_table(Isa::avx2), avx512::make_table(Isa::avx512),
                                              avx512_vnni::make_table(Isa::avx512_vnni),
                                              avx512_bf16::make_table(Isa::avx512_bf16)};
    if (available(isa)) {
        for (const KernelTable& table : vectors) {
            if (table.isa == isa) return &table;
        }
    }
#endif
    parse_isa(to_string(isa)); // throws: it is not available
    return nullptr;
}

} // namespace familiar::kernels

#undef FAMILIAR_KERNEL_TABLES_LINKAGE
