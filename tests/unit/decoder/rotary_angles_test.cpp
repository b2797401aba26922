#include <familiar/decoder/rotary_angles.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;

TEST_CASE("angles are position times scale times the base to the power of minus 2i/n, divided by the factors") {
    const decoder::RotaryShape shape{decoder::RotaryLayout::pairs, 8, 10000.0, 0.5};
    const std::vector<float> factors{1.0F, 8.0F, 1.0F, 2.0F};
    const decoder::RotaryAngles plain(shape), divided(shape, factors);
    REQUIRE(plain.size() == 4);
    for (const std::size_t position : {0U, 1U, 6U, 100000U}) {
        float cosines[4], sines[4];
        for (const bool with_factors : {false, true}) {
            (with_factors ? divided : plain).at(position, cosines, sines);
            const double frequencies[] = {1.0, 0.1, 0.01, 0.001};
            for (std::size_t i = 0; i < 4; ++i) {
                const double factor = with_factors ? double(factors[i]) : 1.0;
                const double angle = double(position) * 0.5 * frequencies[i] / factor;
                CHECK(cosines[i] == Approx(std::cos(angle)).margin(1e-6));
                CHECK(sines[i] == Approx(std::sin(angle)).margin(1e-6));
            }
        }
    }
}
