#include <familiar/core/random.hpp>
#include <familiar/tensor/packed_bytes.hpp>

#include <catch2/catch.hpp>

#include <cmath>

using namespace familiar;
using namespace familiar::tensor;

TEST_CASE("8-bit weights are the nearest of 255 steps of each output") {
    CHECK(PackedBytes().empty());
    const std::size_t outputs = 70, inputs = 13;
    PackedMatrix weights(outputs, inputs);
    Random random(5, "bytes");
    for (std::size_t p = 0; p < weights.panels(); ++p) {
        for (std::size_t i = 0; i < inputs * kPanelWidth; ++i) {
            const bool exists = i % kPanelWidth < weights.panel_outputs(p), zero = p == 0 && i % kPanelWidth == 7;
            weights.panel(p)[i] = exists && !zero ? static_cast<float>(random.uniform() - 0.5) : 0.0F;
        }
    }
    const PackedBytes bytes(weights);
    CHECK(bytes.outputs() == outputs);
    CHECK(bytes.inputs() == inputs);
    CHECK(bytes.panels() == 2);
    CHECK(bytes.panel_outputs(1) == 6);
    for (std::size_t p = 0; p < 2; ++p) {
        const BytePanel panel = bytes.panel(p);
        CHECK(panel.columns == inputs);
        for (std::size_t j = 0; j < kPanelWidth; ++j) {
            float largest = 0.0F, sum = 0.0F;
            for (std::size_t k = 0; k < 16; ++k) { // three more inputs than there are: zeros
                const int q = panel.values[(k / 4 * kPanelWidth + j) * 4 + k % 4] - 128;
                const float weight = k < inputs ? weights.panel(p)[k * kPanelWidth + j] : 0.0F;
                largest = std::max(largest, std::fabs(weight));
                sum += panel.scales[j] * static_cast<float>(q);
                CHECK(std::fabs(weight - panel.scales[j] * static_cast<float>(q)) <= 0.5001F * panel.scales[j]);
                if (k >= inputs) CHECK(q == 0);
            }
            CHECK(panel.scales[j] == largest / 127.0F);
            CHECK(panel.sums[j] == Approx(sum).margin(1e-5));
        }
    }
}
