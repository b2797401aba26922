#include <familiar/evaluation/rouge.hpp>

#include <catch2/catch.hpp>

using namespace familiar::evaluation;

TEST_CASE("common words, pairs and subsequences are counted as often as they stand in both texts") {
    const auto one = rouge_n("The cat, the cat!", "a cat", 1);
    CHECK(one.precision == Approx(0.25));
    CHECK(one.recall == Approx(0.5));
    CHECK(one.f1 == Approx(1.0 / 3));
    CHECK(rouge_n("a b c", "a b d c", 2).recall == Approx(1.0 / 3));
    CHECK(rouge_l("c a b", "a b c").recall == Approx(2.0 / 3));
    CHECK(rouge_l_sum("b c\na", "a\nb c").f1 == Approx(1.0));
    for (const char* nothing : {"", "…", "\n\n"}) {
        CHECK(rouge_n(nothing, "a", 1).f1 == 0.0);
        CHECK(rouge_l("a", nothing).f1 == 0.0);
        CHECK(rouge_l_sum(nothing, nothing).f1 == 0.0);
    }
}
