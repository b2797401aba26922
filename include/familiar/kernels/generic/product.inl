// The product of a few rows with a panel, in registers: an outer-product micro-kernel (Goto, van de Geijn, ACM TOMS 34
// (3), 2008). A tile is kRows rows by kVectors vectors of columns; each step over k loads one row of the right matrix
// and broadcasts one value of each left row. Every sum starts at zero (or at what `c` holds, where `resume` says so)
// and takes its products in the order of k, one fused multiply-add each, whatever the tile: a row's result never
// depends on the rows beside it.

//
// What the matrices are made of is a choice of `Operands`: a step over k takes `kInputs` values of each row and each
// column, in `kParts` products of vectors.

struct FloatOperands {
    using Left = float;
    using Right = float;
    static constexpr std::size_t kInputs = 1, kParts = 1;

    static FAMILIAR_KERNEL_INLINE Vector left(const float* p, std::size_t /*part*/) noexcept { return broadcast(*p); }
    static FAMILIAR_KERNEL_INLINE Vector right(const float* p, std::size_t /*part*/) noexcept { return load(p); }
    static FAMILIAR_KERNEL_INLINE Vector add_product(Vector x, Vector w, Vector sum) noexcept {
        return multiply_add(x, w, sum);
    }
};

/// f32 rows, an f16 matrix that becomes f32 while it is loaded.
struct HalfOperands : FloatOperands {
    using Right = std::uint16_t;

    static FAMILIAR_KERNEL_INLINE Vector right(const std::uint16_t* p, std::size_t /*part*/) noexcept {
        return load_halves(reinterpret_cast<const std::byte*>(p));
    }
};

template <class Operands> struct BasicTile {
    const typename Operands::Left* a; // [rows, k * kInputs]
    std::size_t a_stride;
    const typename Operands::Right* b; // [k, vectors * kLanes, kInputs]
    std::size_t b_stride;
    std::size_t k;
    float* c; // [rows, columns]
    std::size_t c_stride;
    std::size_t columns; // that exist; the tile computes whole vectors and stores these
    const float* bias;   // [columns], or none
    bool resume;         // sums start at c
    bool accumulate;     // c += sums + bias, else c = sums + bias
};

using TileProduct = BasicTile<FloatOperands>;

/// A tile whose columns do not all exist goes through memory, [rows, width]: one vector of each row after another.
template <class Operands>
void load_edge(const BasicTile<Operands>& t, std::size_t rows, std::size_t width, float* edge) noexcept {
    for (std::size_t m = 0; m < rows; ++m) {
        for (std::size_t first = 0; first < width; first += kLanes) {
            const std::size_t rest = t.columns > first ? t.columns - first : 0;
            store(edge + m * width + first, load_first(t.c + m * t.c_stride + first, rest < kLanes ? rest : kLanes));
        }
    }
}

template <class Operands>
void store_edge(const BasicTile<Operands>& t, std::size_t rows, std::size_t width, const float* edge) noexcept {
    for (std::size_t m = 0; m < rows; ++m) {
        for (std::size_t first = 0; first < t.columns; first += kLanes) {
            const std::size_t left = t.columns - first, rest = left < kLanes ? left : kLanes;
            float* const c = t.c + m * t.c_stride + first;
            Vector y = load(edge + m * width + first);
            if (t.bias != nullptr) y = add(y, load_first(t.bias + first, rest));
            if (t.accumulate) y = add(load_first(c, rest), y);
            store_first(c, rest, y);
        }
    }
}

template <std::size_t kRows, std::size_t kVectors, class Operands>
void multiply_tile(const BasicTile<Operands>& t) noexcept {
    constexpr std::size_t kWidth = kVectors * kLanes;
    const bool whole = t.columns == kWidth;
    float edge[kRows * kWidth];
    Vector sums[kRows][kVectors];
    if (t.resume) {
        if (!whole) load_edge(t, kRows, kWidth, edge);
        const float* const from = whole ? t.c : edge;
        const std::size_t stride = whole ? t.c_stride : kWidth;
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kVectors; ++n) sums[m][n] = load(from + m * stride + n * kLanes);
        }
    } else {
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kVectors; ++n) sums[m][n] = zero();
        }
    }
    const auto* a = t.a;
    const auto* b = t.b;
    const std::size_t a_stride = t.a_stride, b_stride = t.b_stride;
    for (std::size_t k = t.k; k > 0; --k) {
        FAMILIAR_UNROLL
        for (std::size_t part = 0; part < Operands::kParts; ++part) {
            Vector row[kVectors];
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kVectors; ++n) {
                row[n] = Operands::right(b + n * kLanes * Operands::kInputs, part);
            }
            FAMILIAR_UNROLL
            for (std::size_t m = 0; m < kRows; ++m) {
                const Vector x = Operands::left(a + m * a_stride, part);
                FAMILIAR_UNROLL
                for (std::size_t n = 0; n < kVectors; ++n) sums[m][n] = Operands::add_product(x, row[n], sums[m][n]);
            }
        }
        a += Operands::kInputs;
        b += b_stride;
    }
    if (!whole) {
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kVectors; ++n) store(edge + m * kWidth + n * kLanes, sums[m][n]);
        }
        return store_edge(t, kRows, kWidth, edge);
    }
    if (t.bias != nullptr) {
        FAMILIAR_UNROLL
        for (std::size_t n = 0; n < kVectors; ++n) {
            const Vector bias = load(t.bias + n * kLanes);
            FAMILIAR_UNROLL
            for (std::size_t m = 0; m < kRows; ++m) sums[m][n] = add(sums[m][n], bias);
        }
    }
    if (t.accumulate) {
        FAMILIAR_UNROLL
        for (std::size_t m = 0; m < kRows; ++m) {
            FAMILIAR_UNROLL
            for (std::size_t n = 0; n < kVectors; ++n) {
                sums[m][n] = add(load(t.c + m * t.c_stride + n * kLanes), sums[m][n]);
            }
        }
    }
    FAMILIAR_UNROLL
    for (std::size_t m = 0; m < kRows; ++m) {
        FAMILIAR_UNROLL
        for (std::size_t n = 0; n < kVectors; ++n) store(t.c + m * t.c_stride + n * kLanes, sums[m][n]);
    }
}

template <std::size_t kVectors, class Operands>
void multiply_rows(std::size_t rows, const BasicTile<Operands>& tile) noexcept {
    static_assert(kTileRows == 6);
    switch (rows) {
    case 1:
        return multiply_tile<1, kVectors>(tile);
    case 2:
        return multiply_tile<2, kVectors>(tile);
    case 3:
        return multiply_tile<3, kVectors>(tile);
    case 4:
        return multiply_tile<4, kVectors>(tile);
    case 5:
        return multiply_tile<5, kVectors>(tile);
    default:
        return multiply_tile<6, kVectors>(tile);
    }
}

/// Rows <= kTileRows, columns <= kTileVectors * kLanes.
template <class Operands> void multiply_tile_of(std::size_t rows, const BasicTile<Operands>& tile) noexcept {
    const std::size_t vectors = (tile.columns + kLanes - 1) / kLanes;
    if constexpr (kTileVectors == 4) {
        if (vectors == 4) return multiply_rows<4>(rows, tile);
        if (vectors == 3) return multiply_rows<3>(rows, tile);
    }
    if (vectors == 2) return multiply_rows<2>(rows, tile);
    return multiply_rows<1>(rows, tile);
}

inline void multiply_tile(std::size_t rows, const TileProduct& tile) noexcept {
    multiply_tile_of(rows, tile);
}

/// Rows of the tile that starts at `done` of `total`: equal tiles instead of full ones and a rest.
FAMILIAR_KERNEL_INLINE std::size_t tile_rows(std::size_t done, std::size_t total) noexcept {
    const std::size_t left = total - done, tiles = (left + kTileRows - 1) / kTileRows;
    return (left + tiles - 1) / tiles;
}

template <class Operands>
void multiply_operands(tensor::MatrixView<const typename Operands::Left> a, const typename Operands::Right* panel,
                       std::size_t outputs, const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    constexpr std::size_t kTileColumns = kTileVectors * kLanes;
    const bool plain = epilogue.activation == Activation::none;
    // What is to be activated and then added must not yet be added: it waits here.
    float waiting[kTileRows * tensor::kPanelWidth];
    for (std::size_t first = 0; first < a.rows;) {
        const std::size_t rows = tile_rows(first, a.rows);
        float* const c_row = c.data + first * c.stride;
        const bool waits = !plain && epilogue.accumulate;
        float* const sums = waits ? waiting : c_row;
        const std::size_t sums_stride = waits ? tensor::kPanelWidth : c.stride;
        for (std::size_t column = 0; column < outputs; column += kTileColumns) {
            const std::size_t left = outputs - column, columns = left < kTileColumns ? left : kTileColumns;
            multiply_tile_of(rows, BasicTile<Operands>{a.data + first * a.stride, a.stride,
                                                       panel + column * Operands::kInputs,
                                                       tensor::kPanelWidth * Operands::kInputs,
                                                       (a.columns + Operands::kInputs - 1) / Operands::kInputs,
                                                       sums + column, sums_stride, columns,
                                                       epilogue.bias != nullptr ? epilogue.bias + column : nullptr,
                                                       false, epilogue.accumulate && plain});
        }
        if (!plain) {
            for (std::size_t m = 0; m < rows; ++m) {
                float* const row = sums + m * sums_stride;
                activate(epilogue.activation, row, outputs, row);
                if (waits) add_all(c_row + m * c.stride, row, outputs, c_row + m * c.stride);
            }
        }
        first += rows;
    }
}

inline void multiply_panel(tensor::MatrixView<const float> a, const float* panel, std::size_t outputs,
                           const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    multiply_operands<FloatOperands>(a, panel, outputs, epilogue, c);
}

inline void multiply_halves(tensor::MatrixView<const float> a, const std::uint16_t* panel, std::size_t outputs,
                            const Epilogue& epilogue, tensor::MatrixView<float> c) noexcept {
    multiply_operands<HalfOperands>(a, panel, outputs, epilogue, c);
}
