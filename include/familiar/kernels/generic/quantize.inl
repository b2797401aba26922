// Activations to 8 bits: blocks of 32 values with the scale that maps the largest magnitude to 127.

inline void quantize_row(const float* x, std::size_t n, std::int8_t* values, tensor::QuantizedBlock* blocks) noexcept {
    constexpr std::size_t kParts = tensor::kQuantizedBlock / kLanes;
    for (std::size_t b = 0; b < n / tensor::kQuantizedBlock; ++b) {
        Vector part[kParts], most = zero(), nothing = zero();
        FAMILIAR_UNROLL
        for (std::size_t i = 0; i < kParts; ++i) {
            part[i] = load(x + b * tensor::kQuantizedBlock + i * kLanes);
            most = maximum(most, magnitude(part[i]));
            nothing =
                multiply_add(part[i], zero(), nothing); // not a number where one of the values is none or infinite
        }
        const float magnitude = largest(most);
        const bool finite = sum(nothing) == 0.0F, any = finite && magnitude >= tensor::kLeastMagnitude;
        const Vector inverse = broadcast(any ? 127.0F / magnitude : 0.0F);
        Integers sums[2] = {integers(0), integers(0)};
        FAMILIAR_UNROLL
        for (std::size_t i = 0; i < kParts; ++i) {
            const Integers q = finite ? nearest_integers(multiply(part[i], inverse)) : integers(0);
            store_low_bytes(values + b * tensor::kQuantizedBlock + i * kLanes, q);
            sums[i / (kParts / 2)] = add_integers(sums[i / (kParts / 2)], q);
        }
        const std::int32_t half = sum_integers(sums[0]), all = half + sum_integers(sums[1]);
        const float scale = finite ? (any ? magnitude / 127.0F : 0.0F) : __builtin_nanf("");
        blocks[b] = {scale, scale * static_cast<float>(all), -all, -half};
    }
}

/// A row with one scale. It is read twice: once for its bounds.
inline void quantize_whole_row(const float* x, std::size_t n, std::int8_t* values, tensor::ByteRow& row) noexcept {
    if (n == 0) {
        row = {};
        return;
    }
    const Vector first = broadcast(x[0]);
    Vector least = first, most = first, nothing = zero();
    for (std::size_t i = 0; i < n; i += kLanes) {
        const std::size_t rest = n - i;
        const Vector y = rest >= kLanes ? load(x + i) : select(lanes_between(0, rest), load_first(x + i, rest), first);
        least = minimum(least, y);
        most = maximum(most, y);
        nothing = multiply_add(y, zero(), nothing);
    }
    const float low = -largest(subtract(zero(), least)), high = largest(most);
    const float middle = 0.5F * low + 0.5F * high, half = 0.5F * high - 0.5F * low;
    const bool finite = sum(nothing) == 0.0F, any = finite && half >= tensor::kLeastMagnitude;
    const Vector inverse = broadcast(any ? 127.0F / half : 0.0F), centre = broadcast(middle);
    Integers sums = integers(0);
    for (std::size_t i = 0; i < n; i += kLanes) {
        const std::size_t rest = n - i;
        // Behind the row stands its middle, which becomes zero.
        const Vector y = rest >= kLanes ? load(x + i) : select(lanes_between(0, rest), load_first(x + i, rest), centre);
        const Integers q = finite ? nearest_integers(multiply(subtract(y, centre), inverse)) : integers(0);
        store_low_bytes(values + i, q);
        sums = add_integers(sums, q);
    }
    row = {finite ? (any ? half / 127.0F : 0.0F) : __builtin_nanf(""), finite ? middle : 0.0F, -sum_integers(sums)};
}
