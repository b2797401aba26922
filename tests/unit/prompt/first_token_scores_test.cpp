#include <familiar/prompt/first_token_scores.hpp>

#include <catch2/catch.hpp>

#include <cmath>

using familiar::prompt::first_token_scores;
using Labels = std::vector<std::string>;

TEST_CASE("tokens count for the label that they spell or begin") {
    const Labels labels = {"entailment", "neutral", "not_entailment"};
    const auto scores = first_token_scores({{" Entail", std::log(0.5)},
                                            {"entailment", std::log(0.1)},
                                            {"n", std::log(0.2)},
                                            {"neut", std::log(0.1)},
                                            {"\n", std::log(0.05)}},
                                           labels);
    REQUIRE(scores);
    CHECK((*scores)[0] == Approx(std::log(0.6)));
    CHECK((*scores)[1] == Approx(std::log(0.1)));  // "n" begins two labels and counts for none
    CHECK((*scores)[2] == Approx(std::log(0.05))); // what is left, 0.05, and no token has less
}

TEST_CASE("a label that nothing speaks for gets what is left, no more than the least likely token has") {
    const auto one = first_token_scores({{"yes", std::log(0.9)}, {"The", std::log(0.03)}}, Labels{"yes", "no"});
    CHECK((*one)[1] == Approx(std::log(0.03)));
    const auto sure = first_token_scores({{"yes", 0.0}}, Labels{"yes", "no"});
    CHECK((*sure)[0] == Approx(0.0));
    CHECK((*sure)[1] == Approx(std::log(1e-9)));
    CHECK_FALSE(first_token_scores({}, Labels{"yes", "no"}));
}

TEST_CASE("a label that begins another one is spelled by its own name alone") {
    const auto scores =
        first_token_scores({{"true", std::log(0.6)}, {"true_ish", std::log(0.3)}}, Labels{"true", "true_ish"});
    CHECK((*scores)[0] == Approx(std::log(0.6)));
    CHECK((*scores)[1] == Approx(std::log(0.3)));
}
