#pragma once

#include <familiar/tensor/bfloat_rows.hpp>
#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/tensor/interleaved_panel.hpp>
#include <familiar/tensor/packed_bytes.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/quantized_rows.hpp>
#include <familiar/tensor/views.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace familiar::kernels {

/// Element-wise function at the end of a product. `gelu` is the exact one (erf), `gelu_tanh` its published
/// approximation (Hendrycks, Gimpel, arXiv 1606.08415): models ask for one or the other and are never given the other
/// one.
enum class Activation { none, gelu, gelu_tanh, relu, silu, tanh };

/// What a panel product does with its sums before they are stored: y = activation(sum + bias), plus what `c` held where
/// `accumulate` is set (a residual connection).
struct Epilogue {
    const float* bias = nullptr; ///< [outputs of the panel], or none
    Activation activation = Activation::none;
    bool accumulate = false;
};

/// Keys and values of one head as an attention kernel reads them: row j of either stands at j * stride.
struct KeyValueSpan {
    const float* keys = nullptr;
    const float* values = nullptr;
    std::size_t count = 0;
    std::size_t stride = 0;
};

/// One head's attention: out[i] = softmax(scale · q[i] · Kᵀ + mask) · V for every query row i.
///
/// Every query sees all of `visible` (a shared prefix in one or two parts; may be empty); of `own` query i sees the
/// first i + 1 + `own_offset` rows where `causal`, else all. Of both together only the last `window` before a query's
/// own position where `window` > 0, and at most `ahead` after it. `slope` is ALiBi's (added slope · (key position −
/// query position)), 0 without. `bias` is added to the scaled scores: that of query i and key j, counted through all
/// keys, stands at i * bias_stride + j; with a stride of −1 one row of numbers is a bias by distance for a whole head.
struct AttentionTask {
    tensor::MatrixView<const float> queries; ///< [n, head_dim]
    std::span<const KeyValueSpan> visible;
    KeyValueSpan own;
    bool causal = false;
    std::size_t own_offset = 0;
    float scale = 1.0F;
    float slope = 0.0F;
    float soft_cap = 0.0F; ///< scores become cap · tanh(score / cap) where > 0
    std::size_t window = 0;
    std::size_t ahead = std::numeric_limits<std::size_t>::max();
    const float* bias = nullptr; ///< of query 0 and key 0, or none
    std::ptrdiff_t bias_stride = 0;
    bool rounded = false; ///< products may be of operands rounded to bf16, where a processor multiplies those faster
    tensor::MatrixView<float> out; ///< [n, head_dim]
    /// How many keys, from the first on, the last task had, too, that was done with the same scratch memory: what was
    /// made of them is used again. Never changes a result.
    std::size_t prepared = 0;
};

/// The bias of query i for all keys. Precondition: the task has one.
[[nodiscard]] inline const float* bias_row(const AttentionTask& task, std::size_t i) noexcept {
    return task.bias + static_cast<std::ptrdiff_t>(i) * task.bias_stride;
}

/// Products. Accumulators are f32; the order of a sum over k is the same for every number of rows, so that a row's
/// result never depends on its batch.
template <class K>
concept MultipliesPanels =
    requires(const K& k, tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
             const Epilogue& epilogue, tensor::MatrixView<float> c, const tensor::StoredMatrix& stored, std::size_t p,
             float* unpacked, const float* x, std::size_t n, const std::uint16_t* halves, std::uint16_t* values,
             tensor::BfloatRows rows) {
        // c[i, j] = epilogue(sum over k of a[i, k] * panel[k * 64 + j]) for j < outputs <= 64; a: [m, k], c: [m,
        // outputs]
        { k.multiply_panel(a, panel, outputs, epilogue, c) } noexcept -> std::same_as<void>;
        // the same of f16 weights; panel: that of PackedHalves
        { k.multiply_halves(a, halves, outputs, epilogue, c) } noexcept -> std::same_as<void>;
        // n values to the nearest bf16, ties to even, subnormal ones to 0, the same bits with every instruction set;
        // values: [bfloat_row_stride(n)]
        { k.round_row(x, n, values) } noexcept -> std::same_as<void>;
        // c = epilogue(a · panel) of bf16 rows; panel: that of PackedBfloats. The products of two bf16 are exact in
        // f32; in which of their roundings the sum of two at a time differs is the instruction set's
        { k.multiply_bfloats(rows, halves, outputs, epilogue, c) } noexcept -> std::same_as<void>;
        // panel p of a stored matrix as f32 in the layout of PackedMatrix: [columns * 64]; missing outputs become zero
        { k.unpack_panel(stored, p, unpacked) } noexcept -> std::same_as<void>;
    };

/// Products of 8-bit activations with quantised weights. Sums over 32 inputs (16 where a type has scales of 16) are
/// exact integers, the same with every instruction set; f32 sums of these, each times the weights' and the row's scale,
/// are taken in order. A row's result never depends on its batch.
template <class K>
concept MultipliesIntegers =
    requires(const K& k, const float* x, std::size_t n, std::int8_t* values, tensor::QuantizedBlock* blocks,
             const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel, std::size_t outputs,
             const Epilogue& epilogue, tensor::MatrixView<float> c, tensor::ByteRow& row, const tensor::ByteRows& rows,
             const tensor::BytePanel& bytes) {
        // n (a multiple of 32) values to integers, nearest, ties to even: values [n], blocks [n / 32]. The same bits
        // with every instruction set. A block with a NaN or an infinity gets a NaN for its scale
        { k.quantize_row(x, n, values, blocks) } noexcept -> std::same_as<void>;
        // c[i, j] = epilogue(sum over k of a[i, k] * weight[j, k]) for j < outputs <= 64; a: [m, panel.columns], c: [m,
        // outputs]
        { k.multiply_interleaved(a, panel, outputs, epilogue, c) } noexcept -> std::same_as<void>;
        // the same of any n values with one scale; values: [byte_row_stride(n)]
        { k.quantize_whole_row(x, n, values, row) } noexcept -> std::same_as<void>;
        // as multiply_interleaved; the sum over all inputs is one integer, exact for up to 2^16 inputs
        { k.multiply_bytes(rows, bytes, outputs, epilogue, c) } noexcept -> std::same_as<void>;
    };

/// Row-wise and element-wise operations over contiguous rows of n values.
template <class K>
concept NormalisesRows = requires(const K& k, const float* x, const float* gain, const float* bias, float epsilon,
                                  std::size_t n, float* out) {
    // out = gain * (x - mean) / sqrt(variance + epsilon) + bias; bias may be null; out may be x
    { k.layer_norm(x, gain, bias, epsilon, n, out) } noexcept -> std::same_as<void>;
    // out = gain * x / sqrt(mean of squares + epsilon); out may be x
    { k.rms_norm(x, gain, epsilon, n, out) } noexcept -> std::same_as<void>;
    // out = exp(x - max) / sum; out may be x; n > 0
    { k.softmax(x, n, out) } noexcept -> std::same_as<void>;
};

template <class K>
concept MapsElements = requires(const K& k, const float* x, const float* y, float factor, std::size_t n, float* out,
                                Activation activation) {
    { k.activate(activation, x, n, out) } noexcept -> std::same_as<void>; // out may be x
    { k.gated(activation, x, y, n, out) } noexcept -> std::same_as<void>; // out = activation(x) * y; SwiGLU, GeGLU
    { k.add(x, y, n, out) } noexcept -> std::same_as<void>;               // out = x + y
    { k.multiply_add(factor, x, n, out) } noexcept -> std::same_as<void>; // out += factor * x
    { k.dot(x, y, n) } noexcept -> std::same_as<float>;
};

/// Attention and rotary positions.
template <class K>
concept Attends = requires(const K& k, const AttentionTask& task, float* scratch, std::size_t n, float* x,
                           const float* cosines, const float* sines) {
    // floats of scratch memory that `attention` needs for `n` queries, `n` keys in all, a head of `n` values
    { k.attention_scratch(n, n, n) } noexcept -> std::same_as<std::size_t>;
    { k.attention(task, scratch) } noexcept -> std::same_as<void>;
    // pairs (x[i], x[i + n/2]) turned by angle i: `cosines` and `sines` [n/2]; x: [n]. Su et al., arXiv 2104.09864
    { k.rotate_halves(x, cosines, sines, n) } noexcept -> std::same_as<void>;
    // pairs (x[2i], x[2i + 1]) instead, as GGUF stores llama's heads
    { k.rotate_pairs(x, cosines, sines, n) } noexcept -> std::same_as<void>;
};

/// A set of kernels. Models are small copyable objects; every operation is const, noexcept, free of allocation and
/// safe to call from several threads. Pointers need the alignment of float only; results of all models agree within the
/// tolerance that the kernels' README states.
template <class K>
concept KernelBackend = std::copyable<K> && MultipliesPanels<K> && MultipliesIntegers<K> && NormalisesRows<K> &&
                        MapsElements<K> && Attends<K> && requires(const K& k) {
                            { k.name() } -> std::convertible_to<std::string_view>;
                        };

} // namespace familiar::kernels
