#include <familiar/tensor/packed_halves.hpp>

#include <catch2/catch.hpp>

using namespace familiar::tensor;

TEST_CASE("f16 weights stand where the f32 ones stood") {
    PackedMatrix weights(70, 3);
    for (std::size_t i = 0; i < 2 * 3 * kPanelWidth; ++i) weights.panel(0)[i] = static_cast<float>(i) + 0.25F;
    const PackedHalves halves(weights);
    CHECK(halves.outputs() == 70);
    CHECK(halves.inputs() == 3);
    CHECK(halves.panels() == 2);
    for (std::size_t i = 0; i < 3 * kPanelWidth; ++i) {
        CHECK(halves.panel(1)[i] == f32_to_f16(weights.panel(1)[i]));
    }
    CHECK(PackedHalves().panels() == 0);
}
