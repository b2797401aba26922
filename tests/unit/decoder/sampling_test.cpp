#include <familiar/decoder/sampling.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace familiar;
using decoder::SamplingOptions;

TEST_CASE("sampling options out of range are refused") {
    const auto refused = [](auto change) {
        SamplingOptions options;
        change(options);
        CHECK_THROWS_AS(options.check(), Error);
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double bad : {-0.1, nan, std::numeric_limits<double>::infinity()}) {
        refused([=](SamplingOptions& o) { o.temperature = bad; });
    }
    for (const double bad : {0.0, -1.0, 1.1, nan}) refused([=](SamplingOptions& o) { o.top_p = bad; });
    for (const double bad : {-0.1, 1.1, nan}) refused([=](SamplingOptions& o) { o.min_p = bad; });
}
