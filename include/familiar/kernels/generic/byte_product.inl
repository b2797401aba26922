// The product of rows quantised as a whole with weights of one scale an output. The tile is that of product.inl, a step
// takes four inputs, and sums stay integers to the end: they are exact, and one product of both scales, two fused
// multiply-adds with the row's middle and the bias make the result. Weights are unsigned around 128, as the
// instructions that have it want: the sums' start takes it off again.

struct ByteTile {
    const std::int8_t* a; // [rows, 4 · steps]
    std::size_t a_stride;
    const tensor::ByteRow* facts; // [rows]
    const std::uint8_t* b;        // [steps, 64, 4], from the tile's first column on
    std::size_t steps;
    const float* scales; // [64]
    const float* sums;   // [64]
    const float* bias;   // [columns], or none
    std::size_t columns;
    float* c;
    std::size_t c_stride;
};

template <std::size_t kRows> void multiply_byte_tile(const ByteTile& t, const Epilogue& epilogue) noexcept {
    SumLanes sums[kRows][kTileVectors];
    FAMILIAR_UNROLL
    for (std::size_t m = 0; m < kRows; ++m) {
        Integers start = integers(0);
        if constexpr (kSignedCentre != 0) start = shift_left<kSignedCentre>(integers(t.facts[m].negative_sum));
        FAMILIAR_UNROLL
        for (std::size_t n = 0; n < kTileVectors; ++n) sums[m][n] = reinterpret_cast<SumLanes>(start);
    }
    const std::int8_t* a = t.a;
    const std::uint8_t* b = t.b;
    const std::size_t a_stride = t.a_stride;
    for (std::size_t step = t.steps; step > 0; --step) {
        Integers w[kTileVectors];
        FAMILIAR_UNROLL
        for (std::size_t n = 0; n < kTileVectors; ++n) w[n] = byte_weights(b + 4 * n * kLanes);
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            const Integers x = broadcast_word(a + m * a_stride);
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kTileVectors; ++n) sums[m][n] = add_dot_signed(sums[m][n], w[n], x);
        }
        a += 4;
        b += 4 * tensor::kPanelWidth;
    }
    constexpr std::size_t kWidth = kTileVectors * kLanes;
    const bool plain = epilogue.activation == Activation::none, whole = t.columns == kWidth;
    // What does not fill the tile, or is to be activated before it is added, waits here.
    float waiting[kRows * kWidth], padded[kWidth];
    const bool waits = !whole || (epilogue.accumulate && !plain), adds = epilogue.accumulate && !waits;
    float* const out = waits ? waiting : t.c;
    const std::size_t stride = waits ? kWidth : t.c_stride;
    const float* bias = t.bias;
    if (bias != nullptr && !whole) {
        for (std::size_t j = 0; j < kWidth; ++j) padded[j] = j < t.columns ? bias[j] : 0.0F;
        bias = padded;
    }
    FAMILIAR_UNROLL
    for (std::size_t n = 0; n < kTileVectors; ++n) {
        const Vector scale = load(t.scales + n * kLanes), weights = load(t.sums + n * kLanes);
        const Vector shift = bias != nullptr ? load(bias + n * kLanes) : zero();
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            float* const to = out + m * stride + n * kLanes;
            const Vector y = multiply_add(to_floats(reinterpret_cast<Integers>(sums[m][n])),
                                          multiply(broadcast(t.facts[m].scale), scale),
                                          multiply_add(broadcast(t.facts[m].middle), weights, shift));
            store(to, adds ? add(load(to), y) : y);
        }
    }
    if (plain && !waits) return;
    for (std::size_t m = 0; m < kRows; ++m) {
        float* const row = out + m * stride;
        if (!plain) activate(epilogue.activation, row, t.columns, row);
        if (!waits) continue;
        float* const c = t.c + m * t.c_stride;
        if (epilogue.accumulate) {
            add_all(c, row, t.columns, c);
        } else {
            for (std::size_t j = 0; j < t.columns; ++j) c[j] = row[j];
        }
    }
}

inline void multiply_byte_tile(std::size_t rows, const ByteTile& tile, const Epilogue& epilogue) noexcept {
    static_assert(kTileRows == 6);
    switch (rows) {
    case 1:
        return multiply_byte_tile<1>(tile, epilogue);
    case 2:
        return multiply_byte_tile<2>(tile, epilogue);
    case 3:
        return multiply_byte_tile<3>(tile, epilogue);
    case 4:
        return multiply_byte_tile<4>(tile, epilogue);
    case 5:
        return multiply_byte_tile<5>(tile, epilogue);
    default:
        return multiply_byte_tile<6>(tile, epilogue);
    }
}

inline void multiply_bytes(const tensor::ByteRows& a, const tensor::BytePanel& panel, std::size_t outputs,
                           const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    constexpr std::size_t kTileColumns = kTileVectors * kLanes;
    for (std::size_t first = 0; first < a.rows;) {
        const std::size_t rows = tile_rows(first, a.rows);
        for (std::size_t column = 0; column < outputs; column += kTileColumns) {
            const std::size_t left = outputs - column;
            multiply_byte_tile(rows,
                               {a.row(first), tensor::byte_row_stride(a.columns), a.facts + first,
                                panel.values + 4 * column, (panel.columns + 3) / 4, panel.scales + column,
                                panel.sums + column, epilogue.bias != nullptr ? epilogue.bias + column : nullptr,
                                left < kTileColumns ? left : kTileColumns, c.row(first) + column, c.stride},
                               epilogue);
        }
        first += rows;
    }
}
