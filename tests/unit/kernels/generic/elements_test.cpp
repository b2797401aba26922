#include "../backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

namespace {

/// Every length around whole vectors of every width, and every offset of the pointers.
template <class Visit> void for_lengths_and_offsets(Visit visit) {
    for (std::size_t n = 0; n <= 67; ++n) {
        for (const std::size_t offset : {0, 1, 3}) visit(n, offset);
    }
    visit(std::size_t{1000}, std::size_t{1});
}

} // namespace

TEST_CASE("element-wise operations equal their definition for every length and alignment", "[kernels][elements]") {
    for (const Dispatched& backend : backends()) {
        for_lengths_and_offsets([&](std::size_t n, std::size_t offset) {
            const auto x = random_values(n + offset, 1, 3.0), y = random_values(n + offset, 2, 3.0);
            const float* const px = x.data() + offset;
            const float* const py = y.data() + offset;
            INFO(backend.name() << " n " << n << " offset " << offset);
            std::vector<float> out(n + offset, 7.0F);
            backend.add(px, py, n, out.data() + offset);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < n; ++i) wrong += !same_bits(out[offset + i], px[i] + py[i]);
            for (std::size_t i = 0; i < offset; ++i) wrong += out[i] != 7.0F;
            out = y;
            backend.multiply_add(0.37F, px, n, out.data() + offset);
            for (std::size_t i = 0; i < n; ++i) {
                const double truth = double{0.37F} * px[i] + py[i];
                wrong += !is_within(out[offset + i], truth, 2 * kUnit * (std::fabs(truth) + std::fabs(0.37 * px[i])));
            }
            double sum = 0.0, magnitudes = 0.0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += double{px[i]} * py[i];
                magnitudes += std::fabs(double{px[i]} * py[i]);
            }
            wrong += !is_within(backend.dot(px, py, n), sum, static_cast<double>(n + 1) * kUnit * magnitudes);
            if (wrong != 0) FAIL(wrong << " wrong values");
        });
    }
    SUCCEED();
}

TEST_CASE("a gate is an activation times a factor, in place too", "[kernels][elements]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            for (const std::size_t n : {0, 1, 15, 16, 17, 40, 129}) {
                const auto x = random_values(n, 3, 4.0), y = random_values(n, 4, 4.0);
                std::vector<float> activated(n), gated(n), in_place = x;
                backend.activate(activation, x.data(), n, activated.data());
                backend.gated(activation, x.data(), y.data(), n, gated.data());
                backend.gated(activation, in_place.data(), y.data(), n, in_place.data());
                INFO(backend.name() << " activation " << static_cast<int>(activation) << " n " << n);
                for (std::size_t i = 0; i < n; ++i) {
                    const double product = double{activated[i]} * y[i];
                    if (!is_within(gated[i], product, 1e-6)) FAIL(gated[i] << " for " << product);
                }
                CHECK(same_bits(gated, in_place));
                in_place = x;
                backend.activate(activation, in_place.data(), n, in_place.data());
                CHECK(same_bits(activated, in_place));
            }
        }
    }
}

TEST_CASE("an element's activation does not depend on its place", "[kernels][elements]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            const auto x = random_values(70, 5, 5.0);
            std::vector<float> together(x.size());
            backend.activate(activation, x.data(), x.size(), together.data());
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                float alone = 0.0F;
                backend.activate(activation, x.data() + i, 1, &alone);
                wrong += !same_bits(alone, together[i]);
            }
            INFO(backend.name() << " activation " << static_cast<int>(activation));
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("rotations turn pairs by their angle", "[kernels][elements]") {
    for (const Dispatched& backend : backends()) {
        for (const std::size_t n : {0, 2, 4, 8, 14, 16, 30, 32, 34, 62, 64, 66, 96, 128, 256}) {
            const std::size_t half = n / 2;
            const auto x = random_values(n, 6), angles = random_values(half, 7, 3.14);
            std::vector<float> cosines(half), sines(half);
            for (std::size_t i = 0; i < half; ++i) {
                cosines[i] = std::cos(angles[i]);
                sines[i] = std::sin(angles[i]);
            }
            auto halves = x, pairs = x;
            backend.rotate_halves(halves.data(), cosines.data(), sines.data(), n);
            backend.rotate_pairs(pairs.data(), cosines.data(), sines.data(), n);
            INFO(backend.name() << " n " << n);
            for (std::size_t i = 0; i < half; ++i) {
                const double c = cosines[i], s = sines[i];
                const double a = x[i], b = x[i + half], d = x[2 * i], e = x[2 * i + 1];
                const bool right =
                    is_within(halves[i], a * c - b * s, 3e-7) && is_within(halves[i + half], b * c + a * s, 3e-7) &&
                    is_within(pairs[2 * i], d * c - e * s, 3e-7) && is_within(pairs[2 * i + 1], e * c + d * s, 3e-7);
                if (!right) FAIL("pair " << i);
            }
        }
    }
    SUCCEED();
}
