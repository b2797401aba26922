#include <familiar/prompt/confidence_text.hpp>

#include <catch2/catch.hpp>

#include <limits>

using namespace familiar;
using namespace familiar::prompt;

TEST_CASE("two digits are rounded half to even on the exact value, then spelled shortest") {
    CHECK(rounded_confidence(0.0) == "0.0");
    CHECK(rounded_confidence(1.0) == "1.0");
    CHECK(rounded_confidence(0.9) == "0.9");
    CHECK(rounded_confidence(0.125) == "0.12");
    CHECK(rounded_confidence(0.375) == "0.38");
    CHECK(rounded_confidence(0.9991) == "1.0");
    CHECK(rounded_confidence(0.005) == "0.01"); // the nearest double lies above
}

TEST_CASE("percent tells certain from nearly certain") {
    CHECK(percent_confidence(1.0) == "100%");
    CHECK(percent_confidence(0.999) == ">99%");
    CHECK(percent_confidence(0.994) == "99%");
    CHECK(percent_confidence(0.5) == "50%");
    CHECK(percent_confidence(0.0) == "0%");
}

TEST_CASE("what is no probability is an error") {
    for (const double x :
         {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        CHECK_THROWS_AS(rounded_confidence(x), Error);
        CHECK_THROWS_AS(percent_confidence(x), Error);
    }
}
