#include <familiar/evaluation/chrf.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using familiar::Error;
using familiar::evaluation::Chrf;

TEST_CASE("equal texts have 100, disjoint and empty ones 0") {
    CHECK(Chrf::of("the cat", "the cat") == Approx(100));
    CHECK(Chrf::of("  the   cat ", "the cat") == Approx(100));
    CHECK(Chrf::of("abc", "xyz") == 0.0);
    CHECK(Chrf::of("", "xyz") == 0.0);
    CHECK(Chrf::of("abc", "") == 0.0);
    CHECK(Chrf().score() == 0.0);
}

TEST_CASE("characters are counted, not bytes") {
    // Unigrams: one of two right; no bigram is.
    CHECK(Chrf::of("éa", "éb") == Approx(100 * 0.25));
}

TEST_CASE("counts of chrF add up, in any grouping") {
    Chrf whole, first, second;
    whole.add("a cat sat", std::string("the cat sat"));
    whole.add("dogs", std::string("dog"));
    first.add("a cat sat", std::string("the cat sat"));
    second.add("dogs", std::string("dog"));
    first += second;
    CHECK(first.score() == whole.score());
}

TEST_CASE("the better of several references counts") {
    Chrf two;
    const std::vector<std::string> references = {"something else", "the cat"};
    two.add("the cat", references);
    CHECK(two.score() == Approx(100));
    CHECK_THROWS_AS(two.add("x", std::vector<std::string>{}), Error);
}

TEST_CASE("bytes that are no UTF-8 do no harm") {
    CHECK(Chrf::of("a\xff", "a\xff") == Approx(100));
    CHECK(Chrf::of("\xe2\x82", "x") == 0.0);
}
