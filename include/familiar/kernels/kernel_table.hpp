#pragma once

#include <familiar/kernels/isa.hpp>
#include <familiar/kernels/kernel_backend.hpp>

#include <cstddef>
#include <cstdint>

namespace familiar::kernels {

/// One function for each operation of a KernelBackend: what the dispatched backend chooses among at run time. The
/// choice costs an indirect call per operation, never per element.
struct KernelTable {
    Isa isa;
    void (*multiply_panel)(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                           const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept;
    void (*multiply_halves)(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                            const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept;
    void (*round_row)(const float* x, std::size_t n, std::uint16_t* values) noexcept;
    void (*multiply_bfloats)(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                             const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept;
    void (*unpack_panel)(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) noexcept;
    void (*quantize_row)(const float* x, std::size_t n, std::int8_t* values, tensor::QuantizedBlock* blocks) noexcept;
    void (*multiply_interleaved)(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                                 std::size_t outputs, const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept;
    void (*quantize_whole_row)(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) noexcept;
    void (*multiply_bytes)(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                           const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept;
    void (*layer_norm)(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                       float* out) noexcept;
    void (*rms_norm)(const float* x, const float* gain, float epsilon, std::size_t n, float* out) noexcept;
    void (*softmax)(const float* x, std::size_t n, float* out) noexcept;
    void (*activate)(Activation activation, const float* x, std::size_t n, float* out) noexcept;
    void (*gated)(Activation activation, const float* x, const float* y, std::size_t n, float* out) noexcept;
    void (*add)(const float* x, const float* y, std::size_t n, float* out) noexcept;
    void (*multiply_add)(float factor, const float* x, std::size_t n, float* out) noexcept;
    float (*dot)(const float* x, const float* y, std::size_t n) noexcept;
    std::size_t (*attention_scratch)(std::size_t queries, std::size_t keys, std::size_t head) noexcept;
    void (*attention)(const AttentionTask& task, float* scratch) noexcept;
    void (*rotate_halves)(float* x, const float* cosines, const float* sines, std::size_t n) noexcept;
    void (*rotate_pairs)(float* x, const float* cosines, const float* sines, std::size_t n) noexcept;
};

#if defined(FAMILIAR_SEPARATE_KERNELS)
/// Defined by the unit that includes kernels/kernel_tables.hpp.
const KernelTable* find_table(Isa isa);
#endif

/// The table of a backend that is chosen at compile time.
template <KernelBackend K> class TableOf {
  public:
    [[nodiscard]] static constexpr KernelTable make(Isa isa) noexcept {
        return {isa,
                multiply_panel,
                multiply_halves,
                round_row,
                multiply_bfloats,
                unpack_panel,
                quantize_row,
                multiply_interleaved,
                quantize_whole_row,
                multiply_bytes,
                layer_norm,
                rms_norm,
                softmax,
                activate,
                gated,
                add,
                multiply_add,
                dot,
                attention_scratch,
                attention,
                rotate_halves,
                rotate_pairs};
    }

  private:
    static void multiply_panel(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                               const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
        K{}.multiply_panel(a, panel, outputs, epilogue, c);
    }
    static void multiply_halves(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                                const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
        K{}.multiply_halves(a, panel, outputs, epilogue, c);
    }
    static void round_row(const float* x, std::size_t n, std::uint16_t* values) noexcept {
        K{}.round_row(x, n, values);
    }
    static void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                                 const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
        K{}.multiply_bfloats(a, panel, outputs, epilogue, c);
    }
    static void unpack_panel(const tensor::StoredMatrix& stored, std::size_t p, float* unpacked) noexcept {
        K{}.unpack_panel(stored, p, unpacked);
    }
    static void quantize_row(const float* x, std::size_t n, std::int8_t* values,
                             tensor::QuantizedBlock* blocks) noexcept {
        K{}.quantize_row(x, n, values, blocks);
    }
    static void multiply_interleaved(const tensor::QuantizedRows& a, const tensor::InterleavedPanel& panel,
                                     std::size_t outputs, const Epilogue& epilogue,
                                     tensor::MatrixView<float> c) noexcept {
        K{}.multiply_interleaved(a, panel, outputs, epilogue, c);
    }
    static void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) noexcept {
        K{}.quantize_whole_row(x, n, values, row);
    }
    static void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                               const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
        K{}.multiply_bytes(a, panel, outputs, epilogue, c);
    }
    static void layer_norm(const float* x, const float* gain, const float* bias, float epsilon, std::size_t n,
                           float* out) noexcept {
        K{}.layer_norm(x, gain, bias, epsilon, n, out);
    }
    static void rms_norm(const float* x, const float* gain, float epsilon, std::size_t n, float* out) noexcept {
        K{}.rms_norm(x, gain, epsilon, n, out);
    }
    static void softmax(const float* x, std::size_t n, float* out) noexcept { K{}.softmax(x, n, out); }
    static void activate(Activation activation, const float* x, std::size_t n, float* out) noexcept {
        K{}.activate(activation, x, n, out);
    }
    static void gated(Activation activation, const float* x, const float* y, std::size_t n, float* out) noexcept {
        K{}.gated(activation, x, y, n, out);
    }
    static void add(const float* x, const float* y, std::size_t n, float* out) noexcept { K{}.add(x, y, n, out); }
    static void multiply_add(float factor, const float* x, std::size_t n, float* out) noexcept {
        K{}.multiply_add(factor, x, n, out);
    }
    static float dot(const float* x, const float* y, std::size_t n) noexcept { return K{}.dot(x, y, n); }
    static std::size_t attention_scratch(std::size_t queries, std::size_t keys, std::size_t head) noexcept {
        return K{}.attention_scratch(queries, keys, head);
    }
    static void attention(const AttentionTask& task, float* scratch) noexcept { K{}.attention(task, scratch); }
    static void rotate_halves(float* x, const float* cosines, const float* sines, std::size_t n) noexcept {
        K{}.rotate_halves(x, cosines, sines, n);
    }
    static void rotate_pairs(float* x, const float* cosines, const float* sines, std::size_t n) noexcept {
        K{}.rotate_pairs(x, cosines, sines, n);
    }
};

} // namespace familiar::kernels
