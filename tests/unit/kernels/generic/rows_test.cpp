#include "../backends.hpp"

#include <numeric>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

TEST_CASE("softmax equals its definition for every length and alignment", "[kernels][rows]") {
    for (const Dispatched& backend : backends()) {
        for (std::size_t n = 1; n <= 70; ++n) {
            for (const std::size_t offset : {0, 1}) {
                const auto x = random_values(n + offset, n, 10.0);
                std::vector<float> out(n + offset, 7.0F);
                backend.softmax(x.data() + offset, n, out.data() + offset);
                double most = -1e300, sum = 0.0;
                for (std::size_t i = 0; i < n; ++i) most = std::max(most, double{x[offset + i]});
                for (std::size_t i = 0; i < n; ++i) sum += std::exp(x[offset + i] - most);
                INFO(backend.name() << " n " << n);
                for (std::size_t i = 0; i < n; ++i) {
                    const double truth = std::exp(x[offset + i] - most) / sum;
                    if (!is_within(out[offset + i], truth, 2e-6 * truth)) FAIL(out[offset + i] << " for " << truth);
                }
                auto in_place = x;
                backend.softmax(in_place.data() + offset, n, in_place.data() + offset);
                for (std::size_t i = 0; i < n; ++i) REQUIRE(same_bits(in_place[offset + i], out[offset + i]));
                if (offset != 0) REQUIRE(out[0] == 7.0F);
            }
        }
    }
}

TEST_CASE("softmax of extreme rows", "[kernels][rows]") {
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        for (const std::size_t n : {1, 5, 16, 33}) {
            std::vector<float> out(n);
            // one value far above the rest, anywhere
            for (const std::size_t top : {std::size_t{0}, n / 2, n - 1}) {
                std::vector<float> x(n, -3e38F);
                x[top] = 3e38F;
                backend.softmax(x.data(), n, out.data());
                for (std::size_t i = 0; i < n; ++i) REQUIRE(out[i] == (i == top ? 1.0F : 0.0F));
                // masked values
                std::fill(x.begin(), x.end(), -kInfinity);
                x[top] = -5.0F;
                backend.softmax(x.data(), n, out.data());
                for (std::size_t i = 0; i < n; ++i) REQUIRE(out[i] == (i == top ? 1.0F : 0.0F));
                // a NaN is nobody's probability and everybody's
                x[top] = kNan;
                backend.softmax(x.data(), n, out.data());
                for (std::size_t i = 0; i < n; ++i) REQUIRE(std::isnan(out[i]));
            }
            const std::vector<float> equal(n, 1e30F);
            backend.softmax(equal.data(), n, out.data());
            for (std::size_t i = 0; i < n; ++i) REQUIRE(is_within(out[i], 1.0 / static_cast<double>(n), 1e-7));
        }
    }
}

TEST_CASE("norms equal their definition for every length and alignment", "[kernels][rows]") {
    for (const Dispatched& backend : backends()) {
        for (std::size_t n = 1; n <= 70; ++n) {
            for (const std::size_t offset : {0, 1}) {
                for (const bool biased : {false, true}) {
                    const auto x = random_values(n + offset, n, 2.0), gain = random_values(n + offset, n + 1, 2.0),
                               bias = random_values(n + offset, n + 2, 2.0);
                    const float epsilon = 1e-5F;
                    double mean = 0.0, squares = 0.0, variance = 0.0;
                    for (std::size_t i = 0; i < n; ++i) mean += x[offset + i];
                    mean /= static_cast<double>(n);
                    for (std::size_t i = 0; i < n; ++i) {
                        squares += double{x[offset + i]} * x[offset + i];
                        variance += (x[offset + i] - mean) * (x[offset + i] - mean);
                    }
                    const double layer = 1.0 / std::sqrt(variance / static_cast<double>(n) + epsilon),
                                 rms = 1.0 / std::sqrt(squares / static_cast<double>(n) + epsilon);
                    std::vector<float> a(n + offset, 7.0F), b(n + offset, 7.0F);
                    backend.layer_norm(x.data() + offset, gain.data() + offset, biased ? bias.data() + offset : nullptr,
                                       epsilon, n, a.data() + offset);
                    backend.rms_norm(x.data() + offset, gain.data() + offset, epsilon, n, b.data() + offset);
                    INFO(backend.name() << " n " << n << " biased " << biased);
                    for (std::size_t i = 0; i < n; ++i) {
                        const double shift = biased ? double{bias[offset + i]} : 0.0;
                        const double y = gain[offset + i] * (x[offset + i] - mean) * layer + shift,
                                     z = gain[offset + i] * x[offset + i] * rms;
                        // n = 1: the difference from the mean is 0, and its rounding is multiplied by 1/sqrt(epsilon)
                        if (!is_within(a[offset + i], y, n > 2 ? 5e-6 : 2e-4)) FAIL(a[offset + i] << " for " << y);
                        if (!is_within(b[offset + i], z, 3e-6)) FAIL(b[offset + i] << " for " << z);
                    }
                    auto in_place = x;
                    backend.layer_norm(in_place.data() + offset, gain.data() + offset,
                                       biased ? bias.data() + offset : nullptr, epsilon, n, in_place.data() + offset);
                    for (std::size_t i = offset; i < n + offset; ++i) REQUIRE(same_bits(in_place[i], a[i]));
                    in_place = x;
                    backend.rms_norm(in_place.data() + offset, gain.data() + offset, epsilon, n,
                                     in_place.data() + offset);
                    for (std::size_t i = offset; i < n + offset; ++i) REQUIRE(same_bits(in_place[i], b[i]));
                    if (offset != 0) REQUIRE((a[0] == 7.0F && b[0] == 7.0F));
                }
            }
        }
    }
}

TEST_CASE("a layer norm far from zero does not lose its variance", "[kernels][rows]") {
    for (const Dispatched& backend : backends()) {
        const std::size_t n = 384;
        auto x = random_values(n, 1);
        for (float& value : x) value = 1000.0F + std::round(value * 64.0F) / 64.0F; // exact in f32
        double mean = 0.0, variance = 0.0;
        for (const float value : x) mean += value;
        mean /= static_cast<double>(n);
        for (const float value : x) variance += (value - mean) * (value - mean);
        const double factor = 1.0 / std::sqrt(variance / static_cast<double>(n));
        const std::vector<float> gain(n, 1.0F);
        std::vector<float> out(n);
        backend.layer_norm(x.data(), gain.data(), nullptr, 0.0F, n, out.data());
        INFO(backend.name());
        double worst = 0.0;
        for (std::size_t i = 0; i < n; ++i) worst = std::max(worst, std::fabs(out[i] - (x[i] - mean) * factor));
        CHECK(worst <
              1e-3); // the mean itself is good to half a last place of 1000, 3e-5, and a plain sum to ten times that
    }
}

TEST_CASE("norms do not hide a NaN", "[kernels][rows]") {
    for (const Dispatched& backend : backends()) {
        auto x = random_values(40, 1);
        x[39] = kNan;
        const std::vector<float> gain(40, 1.0F);
        std::vector<float> a(40), b(40);
        backend.layer_norm(x.data(), gain.data(), nullptr, 1e-5F, 40, a.data());
        backend.rms_norm(x.data(), gain.data(), 1e-5F, 40, b.data());
        for (std::size_t i = 0; i < 40; ++i) REQUIRE((std::isnan(a[i]) && std::isnan(b[i])));
    }
}
