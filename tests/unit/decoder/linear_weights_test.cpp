#include <familiar/decoder/linear_weights.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <vector>

using namespace familiar;

TEST_CASE("a part of a layer's outputs is a layer of the same rows and biases") {
    const std::vector<std::byte> bytes(4 * 2 * 18);
    const decoder::LinearWeights all{{tensor::ElementType::q4_0, bytes.data(), 4, 64}, {1.0F, 2.0F, 3.0F, 4.0F}};
    const auto part = all.part(1, 2);
    CHECK(part.outputs() == 2);
    CHECK(part.matrix.data == bytes.data() + 36);
    CHECK(part.matrix.columns == 64);
    CHECK(part.bias == std::vector<float>{2.0F, 3.0F});
    CHECK(decoder::LinearWeights{all.matrix, {}}.part(0, 4).bias.empty());
}
