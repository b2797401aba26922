#include <familiar/tensor/symmetric_scale.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

using familiar::tensor::SymmetricScale;

TEST_CASE("the largest magnitude takes the last step", "[symmetric_scale]") {
    const std::vector<float> x{1.0F, -2.54F, 0.5F};
    const auto scale = SymmetricScale::of(x.data(), x.size());
    CHECK(scale.finite);
    CHECK(scale.scale == 2.54F / 127.0F);
    CHECK(scale.inverse == 127.0F / 2.54F);
    CHECK(std::nearbyint(x[1] * scale.inverse) == -127.0F);
}

TEST_CASE("what is too small counts as zero, what is not finite shows", "[symmetric_scale]") {
    for (const float tiny : {0.0F, 0x1p-101F}) {
        const auto scale = SymmetricScale::of(tiny);
        CHECK(scale.finite);
        CHECK(scale.scale == 0.0F);
        CHECK(scale.inverse == 0.0F);
    }
    CHECK(SymmetricScale::of(nullptr, 0).scale == 0.0F);
    for (const float odd : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        const std::vector<float> x{1.0F, odd, 2.0F};
        const auto scale = SymmetricScale::of(x.data(), x.size());
        CHECK_FALSE(scale.finite);
        CHECK(std::isnan(scale.scale));
        CHECK(scale.inverse == 0.0F);
    }
}
