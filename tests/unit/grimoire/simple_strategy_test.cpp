#include <familiar/grimoire/simple_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <string>

TEST_CASE("the simple grimoire condenses its parent's text", "[simple_strategy]") {
    familiar::tests::ToyDesk toy;
    std::string asked;
    toy.desk.ask_strong = [&](const std::string& message) { return asked = message, std::string("Brief."); };
    const familiar::grimoire::SimpleStrategy strategy({"long", "Rule one.\n\nRule {two}."});
    CHECK(strategy.write(toy.desk).text == "Brief.");
    CHECK_THAT(asked, Catch::Contains("Rule one.\n\nRule {two}.") && !Catch::Contains("row number"));
    CHECK(strategy.identity() == "simple:long");
}
