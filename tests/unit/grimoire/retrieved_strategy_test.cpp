#include <familiar/grimoire/retrieved_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("retrieved notes are a section for each kind of input, from samples of it", "[retrieved_strategy]") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    toy.desk.ask_strong = [&](const std::string& message) -> std::string {
        asked.push_back(message);
        if (asked.size() == 1) return "# Low numbers\n- go up\n## not a section";
        return asked.size() == 2 ? "- a rule at once\n- another" : "one line alone";
    };
    const auto draft = grimoire::RetrievedStrategy().write(toy.desk);
    REQUIRE(asked.size() == 4);
    CHECK(draft.text == "## Low numbers\n- go up\nnot a section\n\n## Kind 2\n- a rule at once\n- another\n\n"
                        "## Kind 3\none line alone\n\n## Kind 4\none line alone");
    CHECK(draft.samples.size() == 24);
    CHECK_THAT(asked[1], Catch::Contains("row number 10\n") && !Catch::Contains("row number 4\n"));
}
