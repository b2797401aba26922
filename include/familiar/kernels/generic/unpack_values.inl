// Any stored type by its scalar reference, and the choice of a faster way where there is one.

/// Rows [begin, end) of the panel that starts at row `first`, columns from `column` on (the start of a block). Rows
/// that do not exist become zero.
inline void unpack_values(const tensor::StoredMatrix& stored, std::size_t first, std::size_t begin, std::size_t end,
                          std::size_t column, float* unpacked) noexcept {
    const tensor::BlockLayout block = tensor::block_layout(stored.type);
    // Plain types are taken sixteen values at a time.
    const std::size_t step = block.values > 1 ? block.values : 16;
    float values[256];
    for (std::size_t j = begin; j < end; ++j) {
        if (first + j >= stored.rows) {
            for (std::size_t k = column; k < stored.columns; ++k) unpacked[k * tensor::kPanelWidth + j] = 0.0F;
            continue;
        }
        const std::byte* data = stored.data + (first + j) * stored.row_bytes() + column / block.values * block.bytes;
        for (std::size_t k = column; k < stored.columns;) {
            const std::size_t count = stored.columns - k < step ? stored.columns - k : step;
            tensor::dequantize(stored.type, data, count, values);
            for (std::size_t i = 0; i < count; ++i) unpacked[(k + i) * tensor::kPanelWidth + j] = values[i];
            data += count / block.values * block.bytes;
            k += count;
        }
    }
}
