#include <familiar/grimoire/zero_shot_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <string>

TEST_CASE("the zero-shot grimoire comes from the task's description alone", "[zero_shot_strategy]") {
    familiar::tests::ToyDesk toy;
    std::string asked;
    toy.desk.ask_strong = [&](const std::string& message) { return asked = message, std::string("Rules."); };
    const auto draft = familiar::grimoire::ZeroShotStrategy().write(toy.desk);
    CHECK(draft.samples.empty());
    CHECK_THAT(asked, Catch::Contains("Say whether it goes up or down.") && !Catch::Contains("row number") &&
                          !Catch::Contains("Answer:"));
}
