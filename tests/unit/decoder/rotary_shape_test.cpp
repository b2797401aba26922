#include <familiar/decoder/rotary_shape.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <limits>
#include <vector>

using namespace familiar;
using decoder::RotaryScalingKind;
using decoder::RotaryShape;

TEST_CASE("positions that no model has are refused, and the file is named") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    RotaryShape good;
    good.dimensions = 8;
    CHECK_NOTHROW(good.check(8, "a.gguf"));
    CHECK_THROWS(good.check(6, "a.gguf"));
    const std::vector<std::function<void(RotaryShape&)>> changes{
        [](RotaryShape& s) { s.dimensions = 5; },
        [](RotaryShape& s) { s.dimensions = 10; },
        [](RotaryShape& s) { s.dimensions = 0; },
        [](RotaryShape& s) { s.base = -1.0; },
        [=](RotaryShape& s) { s.base = nan; },
        [](RotaryShape& s) { s.scaling.factor = 0.0; },
        [=](RotaryShape& s) { s.scaling.amplitude = nan; },
        [](RotaryShape& s) { s.scaling.high_frequency = s.scaling.low_frequency; },
        [](RotaryShape& s) { s.scaling.kind = RotaryScalingKind::yarn; },
        [](RotaryShape& s) {
            s.factors = {1.0, 1.0};
        },
        [](RotaryShape& s) {
            s.factors = {1.0, 1.0, 0.0, 1.0};
        },
        [](RotaryShape& s) {
            s.scaling.kind = RotaryScalingKind::longrope;
            s.scaling.original_context = 4;
        },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        INFO(i);
        RotaryShape shape = good;
        changes[i](shape);
        CHECK_THROWS_WITH(shape.check(8, "a.gguf"), Catch::StartsWith("a.gguf"));
    }
}
