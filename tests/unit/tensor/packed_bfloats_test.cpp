#include <familiar/tensor/packed_bfloats.hpp>

#include <catch2/catch.hpp>

using namespace familiar::tensor;

TEST_CASE("bf16 weights stand in pairs of inputs, the last one with a zero") {
    PackedMatrix weights(70, 5);
    for (std::size_t i = 0; i < 2 * 5 * kPanelWidth; ++i) weights.panel(0)[i] = static_cast<float>(i) + 0.25F;
    const PackedBfloats bfloats(weights);
    CHECK(bfloats.outputs() == 70);
    CHECK(bfloats.inputs() == 5);
    CHECK(bfloats.panels() == 2);
    CHECK(bfloats.panel(1) == bfloats.panel(0) + 6 * kPanelWidth);
    for (std::size_t k = 0; k < 6; ++k) {
        for (std::size_t j = 0; j < kPanelWidth; ++j) {
            const float weight = k < 5 ? weights.panel(1)[k * kPanelWidth + j] : 0.0F;
            CHECK(bfloats.panel(1)[k / 2 * 2 * kPanelWidth + 2 * j + k % 2] == f32_to_bf16(weight));
        }
    }
    CHECK(PackedBfloats().panels() == 0);
}
