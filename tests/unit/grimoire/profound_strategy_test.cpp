#include <familiar/grimoire/profound_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("the profound grimoire is the reply to one request with samples of each label", "[profound_strategy]") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    toy.desk.ask_strong = [&](const std::string& message) {
        asked.push_back(message);
        return std::string(" - Rules. \n");
    };
    const auto draft = grimoire::ProfoundStrategy().write(toy.desk);
    REQUIRE(asked.size() == 1);
    CHECK(draft.text == " - Rules. \n");
    CHECK(draft.samples == std::vector<std::string>{"\"t0\"", "\"t2\"", "\"t4\"", "\"t1\"", "\"t3\"", "\"t5\""});
    CHECK_THAT(asked[0], Catch::Contains("Say whether it goes up or down.\nLabels: up, down\n") &&
                             Catch::Contains("Text: row number 4\nAnswer: up\n") &&
                             Catch::Contains("Text: row number 5\nAnswer: down\n") && !Catch::Contains("row number 6"));
}
