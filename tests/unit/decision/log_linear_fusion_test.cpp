#include <familiar/decision/log_linear_fusion.hpp>

#include <familiar/core/random.hpp>

#include <catch2/catch.hpp>

#include <cmath>

using namespace familiar;
using namespace familiar::decision;

namespace {

std::vector<double> logs(std::vector<double> p) {
    for (double& x : p) x = std::log(x);
    return p;
}

struct Rows {
    std::vector<TwoVoices> voices;
    std::vector<std::size_t> gold;
};

/// Rows of two labels, each voice right with its own probability and saying so; the LLM leans towards label 0.
Rows rows(std::size_t count, double plugin, double llm, double lean, std::uint64_t seed) {
    Random random(seed);
    Rows out;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t gold = random.below(2);
        const auto say = [&](double right) {
            const std::size_t said = random.uniform() < right ? gold : 1 - gold;
            return said == 0 ? std::vector<double>{right, 1 - right} : std::vector<double>{1 - right, right};
        };
        TwoVoices voices{logs(say(plugin)), logs(say(llm))};
        voices.llm[0] += lean;
        out.voices.push_back(std::move(voices));
        out.gold.push_back(gold);
    }
    return out;
}

double objective(const Rows& r, const std::vector<double>& prior, const FusionWeights& w) {
    return quality(r.voices, r.gold, prior, w).loss * static_cast<double>(r.voices.size()) +
           0.5 * (w.plugin * w.plugin + w.llm * w.llm + w.prior * w.prior);
}

} // namespace

TEST_CASE("a fusion is the normalised product of powers") {
    const TwoVoices voices{logs({0.5, 0.3, 0.2}), logs({0.1, 0.6, 0.3})};
    const auto prior = logs({0.2, 0.5, 0.3});
    const auto p = fused(voices, prior, {1.5, 0.5, 0.25});
    double sum = 0;
    std::vector<double> wanted(3);
    for (std::size_t y = 0; y < 3; ++y)
        sum += wanted[y] = std::exp(1.5 * voices.plugin[y] + 0.5 * voices.llm[y] - 0.25 * prior[y]);
    for (std::size_t y = 0; y < 3; ++y) CHECK(p[y] == Approx(wanted[y] / sum));
    const auto alone = fused({{}, voices.llm}, {}, {1.0, 1.0, 1.0});
    CHECK(alone[1] == Approx(0.6));
    CHECK(fused({{0.0, -INFINITY}, {-INFINITY, 0.0}}, {}, {1.0, 2.0, 0.0})[1] > 0.99); // never is only hardly
}

TEST_CASE("the fitted weights are at the minimum, whatever voices there are") {
    const auto prior = logs({0.8, 0.2});
    for (const auto& r :
         {rows(300, 0.8, 0.7, 1.4, 1), rows(200, 0.55, 0.95, 0.0, 2), rows(50, 1.0 - 1e-9, 0.5, 2.0, 3)}) {
        const auto w = fit_fusion(r.voices, r.gold, prior);
        const double least = objective(r, prior, w);
        for (const double step : {1e-4, 1e-2, 0.5}) {
            for (int f = 0; f < 3; ++f) {
                for (const double sign : {-1.0, 1.0}) {
                    FusionWeights moved = w;
                    double& x = f == 0 ? moved.plugin : f == 1 ? moved.llm : moved.prior;
                    x = std::max(x + sign * step, 0.0);
                    CHECK(objective(r, prior, moved) >= least - 1e-9);
                }
            }
        }
        CHECK(std::isfinite(least));
    }
    auto alone = rows(100, 0.8, 0.7, 0.0, 4);
    for (auto& voices : alone.voices) voices.plugin.clear();
    const auto w = fit_fusion(alone.voices, alone.gold, {});
    CHECK(w.plugin == 0.0);
    CHECK(w.prior == 0.0);
    CHECK(w.llm > 0.3);
    CHECK(fit_fusion({}, {}, {}) == FusionWeights{});
    CHECK_THROWS_AS(fit_fusion(alone.voices, {}, {}), Error);
}

TEST_CASE("independent voices are weighed by what they know, and a lean is taken off") {
    const auto prior = logs({0.8, 0.2}); // what the lean of 1.386 makes of two equal labels
    const auto r = rows(20000, 0.8, 0.7, std::log(4.0), 5);
    const auto w = fit_fusion(r.voices, r.gold, prior);
    CHECK(w.plugin == Approx(1.0).margin(0.08));
    CHECK(w.llm == Approx(1.0).margin(0.1));
    CHECK(w.prior == Approx(1.0).margin(0.1));
    const auto noise = rows(20000, 0.8, 0.5, 0.0, 6);
    CHECK(fit_fusion(noise.voices, noise.gold, {}).plugin == Approx(1.0).margin(0.05));
}
