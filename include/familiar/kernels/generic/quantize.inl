// Activations to 8 bits: blocks of 32 values with the scale that maps the largest magnitude to 127.

/// Magnitudes below count as zero: their reciprocal would not be finite.
inline constexpr float kLeastMagnitude = 0x1p-100F;

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
        const bool finite = sum(nothing) == 0.0F, any = finite && magnitude >= kLeastMagnitude;
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
