#include <familiar/kernels/avx2/kernels.hpp>
#include <familiar/kernels/avx512/kernels.hpp>
#include <familiar/kernels/xsimd/kernels.hpp>

#include "../backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

namespace {

using Exponentiate = void (*)(const float*, std::size_t, float*) noexcept;

std::vector<std::pair<std::string, Exponentiate>> exponentials() {
    std::vector<std::pair<std::string, Exponentiate>> all{{"xsimd", portable::exponentiate}};
#if FAMILIAR_KERNELS_X86
    if (available(Isa::avx2)) all.emplace_back("avx2", avx2::exponentiate);
    if (available(Isa::avx512)) all.emplace_back("avx512", avx512::exponentiate);
#endif
    return all;
}

/// Distance in units of the last place of the f32 nearest to `truth`.
double ulps(float value, double truth) {
    int exponent = 0;
    std::frexp(truth, &exponent);
    return std::fabs(static_cast<double>(value) - truth) / std::ldexp(1.0, exponent - 24);
}

std::vector<float> grid(double from, double to, std::size_t points) {
    std::vector<float> x(points);
    for (std::size_t i = 0; i < points; ++i) {
        x[i] = static_cast<float>(from + (to - from) * static_cast<double>(i) / static_cast<double>(points - 1));
    }
    return x;
}

} // namespace

TEST_CASE("the exponential is within 2 ulp over its whole range", "[kernels][functions]") {
    auto x = grid(-87.32, 88.72, 400001);
    for (const double small : {1e-30, 1e-10, 1e-7, 1e-5, 1e-3}) {
        x.push_back(static_cast<float>(small));
        x.push_back(static_cast<float>(-small));
    }
    std::vector<float> y(x.size());
    for (const auto& [name, exponentiate] : exponentials()) {
        exponentiate(x.data(), x.size(), y.data());
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, ulps(y[i], std::exp(double{x[i]})));
        INFO(name << ": " << worst << " ulp");
        CHECK(worst <= 2.0);
    }
}

TEST_CASE("the exponential's ends", "[kernels][functions]") {
    const std::vector<float> x{0.0F, -0.0F, -87.5F, -1e30F, -kInfinity, 88.7229F, 89.0F, 1e30F, kInfinity, kNan};
    std::vector<float> y(x.size());
    for (const auto& [name, exponentiate] : exponentials()) {
        exponentiate(x.data(), x.size(), y.data());
        INFO(name);
        CHECK(y[0] == 1.0F);
        CHECK(y[1] == 1.0F);
        for (std::size_t i = 2; i < 5; ++i) CHECK(same_bits(y[i], 0.0F)); // never subnormal
        for (std::size_t i = 5; i < 9; ++i) CHECK(y[i] == kInfinity);
        CHECK(std::isnan(y[9]));
    }
}

TEST_CASE("activations are within 1e-6 of their definition on a dense grid", "[kernels][functions]") {
    auto x = grid(-12.0, 12.0, 240001);
    const auto near_zero = grid(-1e-3, 1e-3, 2001);
    x.insert(x.end(), near_zero.begin(), near_zero.end());
    std::vector<float> y(x.size());
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            backend.activate(activation, x.data(), x.size(), y.data());
            double worst = 0.0;
            float where = 0.0F;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double truth = true_activation(activation, x[i]);
                // A result near x cannot be nearer to the truth than its own last place.
                const double error = std::fabs(y[i] - truth) - kUnit * std::fabs(truth);
                if (error > worst) {
                    worst = error;
                    where = x[i];
                }
            }
            INFO(backend.name() << " activation " << static_cast<int>(activation) << ": " << worst << " at " << where);
            CHECK(worst <= 1e-6);
        }
    }
}

TEST_CASE("activations of extreme values", "[kernels][functions]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            const std::vector<float> x{0.0F,  -0.0F,  20.0F,  -20.0F,  1e4F,   -1e4F,
                                       1e15F, -1e15F, 1e-38F, -1e-38F, 1e-42F, kNan};
            std::vector<float> y(x.size());
            backend.activate(activation, x.data(), x.size(), y.data());
            INFO(backend.name() << " activation " << static_cast<int>(activation));
            for (std::size_t i = 0; i + 1 < x.size(); ++i) {
                const double truth = true_activation(activation, x[i]);
                INFO(x[i] << " -> " << y[i]);
                CHECK(is_within(y[i], truth, 1e-6 + 1e-6 * std::fabs(truth)));
            }
            CHECK(y[0] == 0.0F);
            CHECK(std::isnan(y.back()));
        }
    }
}

TEST_CASE("tanh is accurate relative to its value", "[kernels][functions]") {
    auto x = grid(-9.0, 9.0, 100001);
    for (double tiny = 1e-30; tiny < 0.1; tiny *= 3.0) x.push_back(static_cast<float>(tiny));
    std::vector<float> y(x.size());
    for (const Dispatched& backend : backends()) {
        backend.activate(Activation::tanh, x.data(), x.size(), y.data());
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double truth = std::tanh(double{x[i]});
            if (truth != 0.0) worst = std::max(worst, std::fabs(y[i] - truth) / std::fabs(truth));
        }
        INFO(backend.name() << ": " << worst);
        CHECK(worst <= 4e-7);
    }
}
