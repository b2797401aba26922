#include <familiar/decoder/rotary_angles.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using decoder::RotaryAngles;
using decoder::RotaryScalingKind;
using decoder::RotaryShape;

namespace {

RotaryShape shape_of(RotaryScalingKind kind, double factor, std::size_t original) {
    RotaryShape shape;
    shape.dimensions = 8;
    shape.scaling.kind = kind;
    shape.scaling.factor = factor;
    shape.scaling.original_context = original;
    return shape;
}

/// Frequencies, told by the angles of a position that is small enough not to turn once.
std::vector<double> frequencies(const RotaryAngles& angles, std::size_t length = 1) {
    std::vector<float> cosines(angles.size()), sines(angles.size());
    angles.at(1, length, cosines.data(), sines.data());
    std::vector<double> out;
    for (std::size_t i = 0; i < angles.size(); ++i) out.push_back(std::atan2(double(sines[i]), double(cosines[i])));
    return out;
}

void check_frequencies(const std::vector<double>& came, const std::vector<double>& wanted) {
    REQUIRE(came.size() == wanted.size());
    for (std::size_t i = 0; i < came.size(); ++i) {
        INFO(i);
        CHECK(came[i] == Approx(wanted[i]).epsilon(1e-6));
    }
}

} // namespace

TEST_CASE("angles are position times the base to the power of minus 2i/n, divided by factor and factors") {
    RotaryShape shape = shape_of(RotaryScalingKind::linear, 2.0, 0);
    const RotaryAngles plain(shape);
    shape.factors = {1.0, 8.0, 1.0, 2.0};
    const RotaryAngles divided(shape);
    REQUIRE(plain.size() == 4);
    for (const std::size_t position : {0U, 1U, 6U, 100000U}) {
        float cosines[4], sines[4];
        for (const bool with_factors : {false, true}) {
            (with_factors ? divided : plain).at(position, position + 1, cosines, sines);
            const double powers[] = {1.0, 0.1, 0.01, 0.001};
            for (std::size_t i = 0; i < 4; ++i) {
                const double factor = with_factors ? shape.factors[i] : 1.0;
                const double angle = double(position) * 0.5 * powers[i] / factor;
                CHECK(cosines[i] == Approx(std::cos(angle)).margin(1e-6));
                CHECK(sines[i] == Approx(std::sin(angle)).margin(1e-6));
            }
        }
    }
    CHECK(plain.regime(1000000) == 0);
}

TEST_CASE("dynamic positions take a larger base for sequences longer than the original context") {
    const RotaryAngles angles(shape_of(RotaryScalingKind::dynamic, 2.0, 32));
    check_frequencies(frequencies(angles, 32), {1.0, 0.1, 0.01, 0.001});
    // 64 tokens: base 10000 * (2 * 64 / 32 - 1)^(8 / 6) = 10000 * 3^(4/3)
    const double base = 10000.0 * std::pow(3.0, 4.0 / 3.0);
    check_frequencies(frequencies(angles, 64),
                      {1.0, std::pow(base, -0.25), std::pow(base, -0.5), std::pow(base, -0.75)});
    CHECK(angles.regime(32) == 0);
    CHECK(angles.regime(33) != angles.regime(34));
}

TEST_CASE("Llama 3's positions keep high frequencies, divide low ones and go from one to the other between") {
    RotaryShape shape = shape_of(RotaryScalingKind::llama3, 8.0, 256);
    shape.scaling.high_frequency = 5.0;
    // Turns within 256 tokens: 40.7, 4.07, 0.407, 0.0407; kept above 5, divided below 1.
    const double turns = 256.0 * 0.1 / 6.283185307179586, kept = (turns - 1.0) / 4.0;
    check_frequencies(frequencies(RotaryAngles(shape)),
                      {1.0, 0.1 * kept + 0.1 / 8.0 * (1.0 - kept), 0.01 / 8.0, 0.001 / 8.0});
}

TEST_CASE("YaRN's ramp lies between the pairs that turn beta_fast and beta_slow times") {
    RotaryShape shape = shape_of(RotaryScalingKind::yarn, 4.0, 4096);
    shape.scaling.amplitude = 1.5;
    // Turns within 4096 tokens: 652, 65, 6.5, 0.65. 32 at pair 1.31, 1 at pair 2.81: from 1 to 3 when whole.
    float cosines[4], sines[4];
    RotaryAngles(shape).at(0, 1, cosines, sines);
    CHECK(cosines[2] == 1.5F);
    check_frequencies(frequencies(RotaryAngles(shape)), {1.0, 0.1, 0.01 * 0.5 + 0.0025 * 0.5, 0.00025});
    shape.scaling.whole_bounds = false;
    const double first = 8.0 * std::log(4096.0 / (32.0 * 6.283185307179586)) / (2.0 * std::log(10000.0));
    const double last = 8.0 * std::log(4096.0 / 6.283185307179586) / (2.0 * std::log(10000.0));
    const double divided = (2.0 - first) / (last - first);
    check_frequencies(frequencies(RotaryAngles(shape)), {1.0, 0.1, 0.01 * (1.0 - divided) + 0.0025 * divided, 0.00025});
}

TEST_CASE("LongRoPE has other factors for sequences longer than the original context") {
    RotaryShape shape = shape_of(RotaryScalingKind::longrope, 1.0, 16);
    shape.factors = {1.0, 2.0, 1.0, 1.0};
    shape.long_factors = {1.0, 4.0, 5.0, 1.0};
    const RotaryAngles angles(shape);
    check_frequencies(frequencies(angles, 16), {1.0, 0.05, 0.01, 0.001});
    check_frequencies(frequencies(angles, 17), {1.0, 0.025, 0.002, 0.001});
    CHECK(angles.regime(17) == angles.regime(500));
    CHECK(angles.regime(16) != angles.regime(17));
}
