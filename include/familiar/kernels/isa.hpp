#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace familiar::kernels {

/// Instruction sets that the dispatched backend knows, weakest first. `reference` is plain loops, `xsimd` whatever the
/// translation unit is compiled for.
enum class Isa : std::uint8_t { reference, xsimd, avx2, avx512, avx512_vnni, avx512_bf16 };

inline constexpr std::string_view kIsaNames[] = {"reference", "xsimd", "avx2", "avx512", "avx512_vnni", "avx512_bf16"};

constexpr std::string_view to_string(Isa isa) noexcept {
    return kIsaNames[static_cast<std::size_t>(isa)];
}

} // namespace familiar::kernels
