#pragma once

#include <familiar/core/example.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/tensor/views.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace familiar::tests {

/// Counts the letters a to z; other characters count for nothing.
struct LetterEncoder {
    [[nodiscard]] std::size_t dimension() const { return 26; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        for (std::size_t i = 0; i < examples.size(); ++i) {
            for (float& value : out[i]) value = 0.0F;
            for (const char c : examples[i].text) {
                if (c >= 'a' && c <= 'z') out[i][static_cast<std::size_t>(c - 'a')] += 1.0F;
            }
        }
    }
    [[nodiscard]] std::string identity() const { return "letters"; }
};

static_assert(encoder::TextEncoder<LetterEncoder>);

} // namespace familiar::tests
