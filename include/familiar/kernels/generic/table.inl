/// This namespace's kernels as a table.
constexpr KernelTable make_table(Isa isa) noexcept {
    return {isa,
            multiply_panel,
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
            add_all,
            multiply_add_all,
            dot,
            attention_scratch,
            attention,
            rotate_halves,
            rotate_pairs};
}
