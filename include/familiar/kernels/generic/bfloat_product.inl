// Products of bf16 rows with bf16 weights, and the rounding of a row; sums are f32. `BfloatOperands` is the set's.

inline void round_row(const float* x, std::size_t n, std::uint16_t* values) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes) {
        const std::size_t rest = n - i;
        store_bfloats(values + i, rest >= kLanes ? load(x + i) : load_first(x + i, rest));
    }
}

inline void multiply_bfloats(tensor::BfloatRows a, const std::uint16_t* panel, std::size_t outputs,
                             const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    multiply_operands<BfloatOperands>(a, panel, outputs, epilogue, c);
}
