#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace familiar::tensor {

/// How a stored tensor's values are encoded. The quantised types are blocks along the fastest dimension, as GGUF has
/// them.
enum class ElementType : std::uint8_t {
    f32,
    f16,
    bf16,
    i8,
    i16,
    i32,
    i64,
    u8,
    boolean,
    f64,
    q4_0,
    q4_1,
    q5_0,
    q5_1,
    q8_0,
    q2_k,
    q3_k,
    q4_k,
    q5_k,
    q6_k,
    iq4_nl,
    iq4_xs,
};

/// Values and bytes of one block; plain types are blocks of one value.
struct BlockLayout {
    std::size_t values = 1, bytes = 0;
};

constexpr BlockLayout block_layout(ElementType type) noexcept {
    switch (type) {
    case ElementType::f32:
        return {1, 4};
    case ElementType::f16:
        return {1, 2};
    case ElementType::bf16:
        return {1, 2};
    case ElementType::i8:
        return {1, 1};
    case ElementType::i16:
        return {1, 2};
    case ElementType::i32:
        return {1, 4};
    case ElementType::i64:
        return {1, 8};
    case ElementType::u8:
        return {1, 1};
    case ElementType::boolean:
        return {1, 1};
    case ElementType::f64:
        return {1, 8};
    case ElementType::q4_0:
        return {32, 18};
    case ElementType::q4_1:
        return {32, 20};
    case ElementType::q5_0:
        return {32, 22};
    case ElementType::q5_1:
        return {32, 24};
    case ElementType::q8_0:
        return {32, 34};
    case ElementType::q2_k:
        return {256, 84};
    case ElementType::q3_k:
        return {256, 110};
    case ElementType::q4_k:
        return {256, 144};
    case ElementType::q5_k:
        return {256, 176};
    case ElementType::q6_k:
        return {256, 210};
    case ElementType::iq4_nl:
        return {32, 18};
    case ElementType::iq4_xs:
        return {256, 136};
    }
    return {1, 0};
}

/// `F32`, `Q4_K` …, as GGUF tools and safetensors print them.
constexpr std::string_view to_string(ElementType type) noexcept {
    constexpr std::string_view names[] = {"F32",  "F16",  "BF16", "I8",   "I16",    "I32",   "I64",  "U8",
                                          "BOOL", "F64",  "Q4_0", "Q4_1", "Q5_0",   "Q5_1",  "Q8_0", "Q2_K",
                                          "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"};
    return names[static_cast<std::size_t>(type)];
}

/// A stored weight matrix of `rows` × `columns` in row order (each row `columns` values); does not own.
struct StoredMatrix {
    ElementType type = ElementType::f32;
    const std::byte* data = nullptr;
    std::size_t rows = 0, columns = 0;

    [[nodiscard]] constexpr std::size_t row_bytes() const noexcept {
        const auto block = block_layout(type);
        return columns / block.values * block.bytes;
    }
};

} // namespace familiar::tensor
