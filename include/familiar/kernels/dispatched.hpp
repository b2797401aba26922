#pragma once

#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/parse_isa.hpp>

// The kernels of all instruction sets take a compiler some ten seconds. A program of many units compiles them in one of
// them: every unit defines FAMILIAR_SEPARATE_KERNELS, and one includes kernels/kernel_tables.hpp (the CMake target
// familiar::separate_kernels is both).
#if !defined(FAMILIAR_SEPARATE_KERNELS)
#include <familiar/kernels/kernel_tables.hpp>
#endif

#include <cstdint>
#include <string>
#include <string_view>

namespace familiar::kernels {

/// The backend that one binary runs everywhere with: a table of kernels for the instruction set that is chosen when the
/// object is made. A pointer in size; copies share the table.
class Dispatched {
  public:
    /// The instruction set of `FAMILIAR_ISA`, else the best of this machine. Throws as `parse_isa`.
    Dispatched() : Dispatched(isa_from_environment()) {}

    /// Throws `unsupported_isa` where this machine lacks `isa`.
    explicit Dispatched(Isa isa) : table_(find_table(isa)) {}

    [[nodiscard]] Isa isa() const noexcept { return table_->isa; }
    [[nodiscard]] std::string_view name() const noexcept { return to_string(table_->isa); }

    void multiply_panel(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        table_->multiply_panel(a, panel, outputs, epilogue, c);
    }
    void multiply_halves(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                         const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        table_->multiply_halves(a, panel, outputs, epilogue, c);
    }
    void round_row(const float* x, std::size_t n, std::uint16_t* values) const noexcept {
        table_->round_row(x, n, values);
    }
    void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                          const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        table_->multiply_bfloats(a, panel, outputs, epilogue, c);
    }
    void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) const noexcept {
        table_->unpack_panel(stored, p, unpacked);
    }
    void quantize_row(const float* x, std::size_t n, std::int8_t* values,
                      tensor::QuantizedBlock* blocks) const noexcept {
        table_->quantize_row(x, n, values, blocks);
    }
    void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                              std::size_t outputs, const Epilogue& epilogue,
                              tensor::MatrixView<float> c) const noexcept {
        table_->multiply_interleaved(a, panel, outputs, epilogue, c);
    }
    void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) const noexcept {
        table_->quantize_whole_row(x, n, values, row);
    }
    void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                        const Epilogue& epilogue, tensor::MatrixView<float> c) const noexcept {
        table_->multiply_bytes(a, panel, outputs, epilogue, c);
    }
    void layer_norm(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                    float* out) const noexcept {
        table_->layer_norm(x, gain, bias, epsilon, n, out);
    }
    void rms_norm(const float* x, const float* gain, float epsilon, std::size_t n, float* out) const noexcept {
        table_->rms_norm(x, gain, epsilon, n, out);
    }
    void softmax(const float* x, std::size_t n, float* out) const noexcept { table_->softmax(x, n, out); }
    void activate(Activation activation, const float* x, std::size_t n, float* out) const noexcept {
        table_->activate(activation, x, n, out);
    }
    void gated(Activation activation, const float* x, const float* y, std::size_t n, float* out) const noexcept {
        table_->gated(activation, x, y, n, out);
    }
    void add(const float* x, const float* y, std::size_t n, float* out) const noexcept { table_->add(x, y, n, out); }
    void multiply_add(float factor, const float* x, std::size_t n, float* out) const noexcept {
        table_->multiply_add(factor, x, n, out);
    }
    [[nodiscard]] float dot(const float* x, const float* y, std::size_t n) const noexcept {
        return table_->dot(x, y, n);
    }
    [[nodiscard]] std::size_t attention_scratch(std::size_t queries, std::size_t keys,
                                                std::size_t head) const noexcept {
        return table_->attention_scratch(queries, keys, head);
    }
    void attention(const AttentionTask& task, float* scratch) const noexcept { table_->attention(task, scratch); }
    void rotate_halves(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        table_->rotate_halves(x, cosines, sines, n);
    }
    void rotate_pairs(float* x, const float* cosines, const float* sines, std::size_t n) const noexcept {
        table_->rotate_pairs(x, cosines, sines, n);
    }

  private:
    const KernelTable* table_;
};

static_assert(KernelBackend<Dispatched>);

} // namespace familiar::kernels
