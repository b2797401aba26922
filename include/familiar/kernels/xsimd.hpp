#pragma once

#include <familiar/kernels/xsimd/kernels.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace familiar::kernels {

/// The generic kernels over xsimd's batches for whatever the unit is compiled for: SSE2 by default on x86-64, NEON on
/// ARM, AVX-512 with -march=native on a machine that has it. Chosen at compile time, so that calls can be inlined.
/// Units with different flags have different types of this name.
inline namespace FAMILIAR_UNIT_ISA {

class Xsimd {
  public:
    [[nodiscard]] static constexpr std::string_view name() noexcept { return "xsimd"; }

    void multiply_panel(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        portable::multiply_panel(a, panel, outputs, epilogue, c);
    }
    void multiply_halves(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                         const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        portable::multiply_halves(a, panel, outputs, epilogue, c);
    }
    void round_row(const float* x, std::size_t n, std::uint16_t* values) const noexcept {
        portable::round_row(x, n, values);
    }
    void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                          const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        portable::multiply_bfloats(a, panel, outputs, epilogue, c);
    }
    void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) const noexcept {
        portable::unpack_panel(stored, p, unpacked);
    }
    void quantize_row(const float* x, std::size_t n, std::int8_t* values,
                      tensor::QuantizedBlock* blocks) const noexcept {
        portable::quantize_row(x, n, values, blocks);
    }
    void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                              std::size_t outputs, const Epilogue& epilogue,
                              tensor::MatrixView<float> c) const noexcept {
        portable::multiply_interleaved(a, panel, outputs, epilogue, c);
    }
    void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) const noexcept {
        portable::quantize_whole_row(x, n, values, row);
    }
    void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        portable::multiply_bytes(a, panel, outputs, epilogue, c);
    }
    void layer_norm(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                    float* out) const noexcept {
        portable::layer_norm(x, gain, bias, epsilon, n, out);
    }
    void rms_norm(const float* x, const float* gain, float epsilon, std::size_t n, float* out) const noexcept {
        portable::rms_norm(x, gain, epsilon, n, out);
    }
    void softmax(const float* x, std::size_t n, float* out) const noexcept { portable::softmax(x, n, out); }
    void activate(Activation activation, const float* x, std::size_t n, float* out) const noexcept {
        portable::activate(activation, x, n, out);
    }
    void gated(Activation activation, const float* x, const float* y, std::size_t n, float* out) const noexcept {
        portable::gated(activation, x, y, n, out);
    }
    void add(const float* x, const float* y, std::size_t n, float* out) const noexcept {
        portable::add_all(x, y, n, out);
    }
    void multiply_add(float factor, const float* x, std::size_t n, float* out) const noexcept {
        portable::multiply_add_all(factor, x, n, out);
    }
    [[nodiscard]] float dot(const float* x, const float* y, std::size_t n) const noexcept {
        return portable::dot(x, y, n);
    }
    [[nodiscard]] std::size_t attention_scratch(std::size_t queries, std::size_t keys,
                                                std::size_t head) const noexcept {
        return portable::attention_scratch(queries, keys, head);
    }
    void attention(const AttentionTask& task, float* scratch) const noexcept { portable::attention(task, scratch); }
    void rotate_halves(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        portable::rotate_halves(x, cosines, sines, n);
    }
    void rotate_pairs(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        portable::rotate_pairs(x, cosines, sines, n);
    }
};

} // namespace FAMILIAR_UNIT_ISA

static_assert(KernelBackend<Xsimd>);

} // namespace familiar::kernels
