#include <familiar/decoder/sampler.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <vector>

using namespace familiar;
using decoder::Sampler;
using decoder::SamplingOptions;

namespace {

/// Probabilities 0.4, 0.3, 0.2, 0.1, in another order.
const std::vector<float> kLogits{std::log(0.2F), std::log(0.4F), std::log(0.1F), std::log(0.3F)};

std::vector<double> shares(const SamplingOptions& options) {
    constexpr int draws = 40000;
    Sampler sampler(options);
    std::vector<double> share(kLogits.size());
    for (int i = 0; i < draws; ++i) share[sampler.draw(kLogits)] += 1.0 / draws;
    return share;
}

void check_shares(const SamplingOptions& options, const std::vector<double>& expected) {
    const auto came = shares(options);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (expected[i] == 0.0) CHECK(came[i] == 0.0);
        CHECK(came[i] == Approx(expected[i]).margin(0.012)); // five standard deviations of 40,000 draws
    }
}

SamplingOptions warm(double temperature = 1.0) {
    SamplingOptions options;
    options.temperature = temperature;
    options.seed = 3;
    return options;
}

} // namespace

TEST_CASE("draws follow the probabilities") {
    check_shares(warm(), {0.2, 0.4, 0.1, 0.3});
}

TEST_CASE("a temperature raises probabilities to its inverse power") {
    const double sum = 0.04 + 0.16 + 0.01 + 0.09;
    check_shares(warm(0.5), {0.04 / sum, 0.16 / sum, 0.01 / sum, 0.09 / sum});
}

TEST_CASE("temperature 0 and top-k 1 take the likeliest, the first of equals") {
    CHECK(Sampler(warm(0.0)).draw(kLogits) == 1);
    SamplingOptions options = warm(5.0);
    options.top_k = 1;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        options.seed = seed;
        CHECK(Sampler(options).draw(kLogits) == 1);
        CHECK(Sampler(options).draw(std::vector<float>{1.0F, 2.0F, 2.0F}) == 1);
    }
}

TEST_CASE("top-k keeps the k likeliest") {
    SamplingOptions options = warm();
    options.top_k = 2;
    check_shares(options, {0.0, 4.0 / 7, 0.0, 3.0 / 7});
    options.top_k = 9;
    check_shares(options, {0.2, 0.4, 0.1, 0.3});
}

TEST_CASE("top-p keeps the fewest whose probabilities reach it") {
    SamplingOptions options = warm();
    options.top_p = 0.65;
    check_shares(options, {0.0, 4.0 / 7, 0.0, 3.0 / 7});
    options.top_p = 0.75;
    check_shares(options, {2.0 / 9, 4.0 / 9, 0.0, 3.0 / 9});
    options.top_p = 1e-9;
    check_shares(options, {0.0, 1.0, 0.0, 0.0});
}

TEST_CASE("min-p keeps what is no less likely than its share of the likeliest") {
    SamplingOptions options = warm();
    options.min_p = 0.6;
    check_shares(options, {0.0, 4.0 / 7, 0.0, 3.0 / 7});
    options.min_p = 1.0;
    check_shares(options, {0.0, 1.0, 0.0, 0.0});
}

TEST_CASE("the same seed draws the same, another seed differently") {
    const auto draws = [](std::uint64_t seed) {
        SamplingOptions options = warm();
        options.seed = seed;
        Sampler sampler(options);
        std::vector<std::size_t> drawn;
        for (int i = 0; i < 50; ++i) drawn.push_back(sampler.draw(kLogits));
        return drawn;
    };
    CHECK(draws(1) == draws(1));
    CHECK(draws(1) != draws(2));
    Sampler sampler(warm());
    const auto first = sampler.draw(kLogits);
    static_cast<void>(sampler.draw(kLogits));
    sampler.reset(warm());
    CHECK(sampler.draw(kLogits) == first);
}

TEST_CASE("the penalty divides positive logits and multiplies others, once for each token") {
    SamplingOptions options;
    options.repetition_penalty = 2.0;
    Sampler sampler(options);
    const std::vector<std::int32_t> seen{0, 2, 2};
    sampler.see(seen);
    std::vector<float> logits{3.0F, 2.0F, -1.0F, 0.5F};
    sampler.penalise(logits);
    CHECK(logits == std::vector<float>{1.5F, 2.0F, -2.0F, 0.5F});
    CHECK(sampler.draw(logits) == 1);
    sampler.reset(options);
    sampler.penalise(logits);
    CHECK(logits[0] == 1.5F);
    options.repetition_penalty = 0.0;
    CHECK_THROWS_AS(sampler.reset(options), Error);
}

TEST_CASE("minus infinity is never drawn") {
    constexpr float never = -std::numeric_limits<float>::infinity();
    SamplingOptions options = warm();
    options.temperature = 50.0;
    Sampler sampler(options);
    for (int i = 0; i < 200; ++i) CHECK(sampler.draw(std::vector<float>{never, 1.0F, never, 1.0F, never}) % 2 == 1);
}
