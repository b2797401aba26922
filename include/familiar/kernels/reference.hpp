#pragma once

#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/plain_bfloats.hpp>
#include <familiar/kernels/plain_integers.hpp>
#include <familiar/kernels/visible_keys.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/half.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace familiar::kernels {

/// What every other backend is compared with: plain loops in f32 in the order that the concept states, no vector code
/// and no fusing of operations. Slow (≈ 1 FLOP a cycle); for tests, for machines without anything better, and to read.
class Reference {
  public:
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "reference"; }

    /// 2 · m · k · outputs FLOP.
    void multiply_panel(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        multiply(
            a.columns, outputs, epilogue, c, [&](std::size_t i, std::size_t k) { return a.row(i)[k]; },
            [&](std::size_t k, std::size_t j) { return panel[k * tensor::kPanelWidth + j]; });
    }
    void multiply_halves(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                         const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        multiply(
            a.columns, outputs, epilogue, c, [&](std::size_t i, std::size_t k) { return a.row(i)[k]; },
            [&](std::size_t k, std::size_t j) { return tensor::f16_to_f32(panel[k * tensor::kPanelWidth + j]); });
    }
    void round_row(const float* x, std::size_t n, std::uint16_t* values) const noexcept {
        detail::plain_round_row(x, n, values);
    }
    void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                          const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        multiply(
            a.columns, outputs, epilogue, c,
            [&](std::size_t i, std::size_t k) { return tensor::bf16_to_f32(a.row(i)[k]); },
            [&](std::size_t k, std::size_t j) {
                return tensor::bf16_to_f32(panel[(k / 2 * tensor::kPanelWidth + j) * 2 + k % 2]);
            });
    }

    void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) const noexcept {
        const tensor::BlockLayout block = tensor::block_layout(stored.type);
        constexpr std::size_t kMostValues = 256;
        float values[kMostValues];
        const std::size_t first = p * tensor::kPanelWidth;
        for (std::size_t j = 0; j < tensor::kPanelWidth; ++j) {
            const std::size_t row = first + j;
            if (row >= stored.rows) {
                for (std::size_t k = 0; k < stored.columns; ++k) unpacked[k * tensor::kPanelWidth + j] = 0.0F;
                continue;
            }
            const std::byte* data = stored.data + row * stored.row_bytes();
            for (std::size_t k = 0; k < stored.columns; k += block.values, data += block.bytes) {
                tensor::dequantize(stored.type, data, block.values, values);
                for (std::size_t i = 0; i < block.values; ++i) unpacked[(k + i) * tensor::kPanelWidth + j] = values[i];
            }
        }
    }

    void quantize_row(const float* x, std::size_t n, std::int8_t* values,
                      tensor::QuantizedBlock* blocks) const noexcept {
        detail::plain_quantize_row(x, n, values, blocks);
    }
    void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                              std::size_t outputs, const Epilogue& epilogue,
                              tensor::MatrixView<float> c) const noexcept {
        detail::plain_multiply_interleaved(
            a, panel, outputs, [&](std::size_t i, std::size_t j, float sum) { finish(epilogue, j, sum, c.row(i)[j]); });
    }
    void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) const noexcept {
        detail::plain_quantize_whole_row(x, n, values, row);
    }
    void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        detail::plain_multiply_bytes(
            a, panel, outputs, [&](std::size_t i, std::size_t j, float sum) { finish(epilogue, j, sum, c.row(i)[j]); });
    }
    void layer_norm(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                    float* out) const noexcept {
        if (n == 0) return;
        float sum = 0.0F, squares = 0.0F;
        for (std::size_t i = 0; i < n; ++i) sum += x[i];
        const float mean = sum / static_cast<float>(n);
        for (std::size_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
        const float factor = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
        for (std::size_t i = 0; i < n; ++i) {
            out[i] = gain[i] * ((x[i] - mean) * factor) + (bias != nullptr ? bias[i] : 0.0F);
        }
    }

    void rms_norm(const float* x, const float* gain, float epsilon, std::size_t n, float* out) const noexcept {
        if (n == 0) return;
        float squares = 0.0F;
        for (std::size_t i = 0; i < n; ++i) squares += x[i] * x[i];
        const float factor = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
        for (std::size_t i = 0; i < n; ++i) out[i] = gain[i] * (x[i] * factor);
    }

    void softmax(const float* x, std::size_t n, float* out) const noexcept {
        float largest = -std::numeric_limits<float>::infinity(), sum = 0.0F;
        for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, x[i]);
        for (std::size_t i = 0; i < n; ++i) {
            out[i] = std::exp(x[i] - largest);
            sum += out[i];
        }
        for (std::size_t i = 0; i < n; ++i) out[i] /= sum;
    }

    void activate(Activation activation, const float* x, std::size_t n, float* out) const noexcept {
        for (std::size_t i = 0; i < n; ++i) out[i] = activated(activation, x[i]);
    }
    void gated(Activation activation, const float* x, const float* y, std::size_t n, float* out) const noexcept {
        for (std::size_t i = 0; i < n; ++i) out[i] = activated(activation, x[i]) * y[i];
    }
    void add(const float* x, const float* y, std::size_t n, float* out) const noexcept {
        for (std::size_t i = 0; i < n; ++i) out[i] = x[i] + y[i];
    }
    void multiply_add(float factor, const float* x, std::size_t n, float* out) const noexcept {
        for (std::size_t i = 0; i < n; ++i) out[i] += factor * x[i];
    }
    [[nodiscard]] float dot(const float* x, const float* y, std::size_t n) const noexcept {
        float sum = 0.0F;
        for (std::size_t i = 0; i < n; ++i) sum += x[i] * y[i];
        return sum;
    }

    [[nodiscard]] std::size_t attention_scratch(std::size_t /*queries*/, std::size_t keys,
                                                std::size_t /*head*/) const noexcept {
        return keys;
    }

    void attention(const AttentionTask& task, float* scratch) const noexcept {
        const std::size_t head = task.queries.columns;
        const VisibleKeys all(task);
        for (std::size_t i = 0; i < task.queries.rows; ++i) {
            float* const out = task.out.row(i);
            for (std::size_t h = 0; h < head; ++h) out[h] = 0.0F;
            const KeyRange range = all.range(i);
            if (range.first >= range.last) continue;
            for (std::size_t j = range.first; j < range.last; ++j) {
                float score = dot(task.queries.row(i), all.key(j), head) * task.scale;
                if (task.soft_cap > 0.0F) score = task.soft_cap * std::tanh(score / task.soft_cap);
                if (task.bias != nullptr) score += bias_row(task, i)[j];
                scratch[j] = score + task.slope * (static_cast<float>(j) - static_cast<float>(all.position(i)));
            }
            softmax(scratch + range.first, range.last - range.first, scratch + range.first);
            for (std::size_t j = range.first; j < range.last; ++j) multiply_add(scratch[j], all.value(j), head, out);
        }
    }

    void rotate_halves(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        const std::size_t half = n / 2;
        for (std::size_t i = 0; i < half; ++i) {
            const float a = x[i], b = x[i + half];
            x[i] = a * cosines[i] - b * sines[i];
            x[i + half] = b * cosines[i] + a * sines[i];
        }
    }
    void rotate_pairs(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        for (std::size_t i = 0; i < n / 2; ++i) {
            const float a = x[2 * i], b = x[2 * i + 1];
            x[2 * i] = a * cosines[i] - b * sines[i];
            x[2 * i + 1] = b * cosines[i] + a * sines[i];
        }
    }

  private:
    /// `left(i, k)`, `right(k, j)`: the matrices' values.
    template <class Left, class Right>
    static void multiply(std::size_t inputs, std::size_t outputs, const Epilogue& epilogue, tensor::MatrixView<float> c,
                         const Left& left, const Right& right) noexcept {
        for (std::size_t i = 0; i < c.rows; ++i) {
            float sums[tensor::kPanelWidth] = {};
            for (std::size_t k = 0; k < inputs; ++k) {
                for (std::size_t j = 0; j < outputs; ++j) sums[j] += left(i, k) * right(k, j);
            }
            for (std::size_t j = 0; j < outputs; ++j) finish(epilogue, j, sums[j], c.row(i)[j]);
        }
    }

    static void finish(const Epilogue& epilogue, std::size_t j, float sum, float& out) noexcept {
        const float y = activated(epilogue.activation, epilogue.bias != nullptr ? sum + epilogue.bias[j] : sum);
        out = epilogue.accumulate ? out + y : y;
    }

    [[nodiscard]] static float activated(Activation activation, float x) noexcept {
        switch (activation) {
        case Activation::none:
            return x;
        case Activation::gelu:
            return 0.5F * x * (1.0F + std::erf(x * 0.707106781F));
        case Activation::gelu_tanh:
            return 0.5F * x * (1.0F + std::tanh(0.797884561F * (x + 0.044715F * x * x * x)));
        case Activation::relu:
            return x < 0.0F ? 0.0F : x; // keeps a NaN
        case Activation::silu:
            return x / (1.0F + std::exp(-x));
        case Activation::tanh:
            return std::tanh(x);
        }
        return x;
    }
};

static_assert(KernelBackend<Reference>);

} // namespace familiar::kernels
