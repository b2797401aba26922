#pragma once

#include <familiar/encoder/text_encoder.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace familiar::laws {

template <encoder::TextEncoder E> std::vector<float> embedded(E& encoder, std::span<const Example> examples) {
    std::vector<float> values(examples.size() * encoder.dimension());
    encoder.embed(examples, tensor::MatrixView<float>(values.data(), examples.size(), encoder.dimension()));
    return values;
}

/// The laws of `TextEncoder`: a row's vector is finite and depends on its own text only (a batch gives what one by one
/// gives, in any order), and the same call gives the same again to the bit.
///
/// @param tolerance of a value, between a batch and one by one; 0 where the order of sums does not depend on the batch
template <encoder::TextEncoder E>
void check_encoder_laws(E& encoder, std::span<const Example> examples, double tolerance = 0.0) {
    const std::size_t dimension = encoder.dimension();
    REQUIRE(dimension > 0);
    REQUIRE(examples.size() >= 2);
    const std::string identity = encoder.identity();
    CHECK_FALSE(identity.empty());
    CHECK(embedded(encoder, {}).empty());

    const std::vector<float> batch = embedded(encoder, examples);
    CHECK(embedded(encoder, examples) == batch);
    const auto farthest = [&](const float* a, const float* b) {
        double distance = 0;
        for (std::size_t j = 0; j < dimension; ++j)
            distance = std::max(distance, std::abs(double(a[j]) - double(b[j])));
        return distance;
    };
    for (const float value : batch) REQUIRE(std::isfinite(value));
    const std::vector<Example> backwards(examples.rbegin(), examples.rend());
    const std::vector<float> reversed = embedded(encoder, backwards);
    for (std::size_t i = 0; i < examples.size(); ++i) {
        INFO("example " << i << ": " << examples[i].text);
        const std::vector<float> alone = embedded(encoder, examples.subspan(i, 1));
        CHECK(farthest(alone.data(), &batch[i * dimension]) <= tolerance);
        CHECK(farthest(&reversed[(examples.size() - 1 - i) * dimension], &batch[i * dimension]) <= tolerance);
    }
    CHECK(encoder.identity() == identity);
}

} // namespace familiar::laws
