#include <familiar/grimoire/playbook_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("a rule that mends rows is kept with its evidence, one that spoils them is dropped", "[playbook_strategy]") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    toy.desk.ask_strong = [&](const std::string& message) -> std::string {
        asked.push_back(message);
        return asked.size() == 1 ? "- a good rule" : "- some bad advice";
    };
    toy.desk.ask_weak = [&](std::span<const Example> rows, const Grimoire* notes) {
        const bool good = notes != nullptr && notes->text.find("good") != std::string::npos;
        const bool bad = notes != nullptr && notes->text.find("bad") != std::string::npos;
        std::vector<std::optional<std::size_t>> labels;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool right = !bad && (good ? i > 0 : i > 2);
            labels.push_back(right ? toy.task.label_index(*rows[i].label) : std::nullopt);
        }
        return labels;
    };
    const auto draft = grimoire::PlaybookStrategy().write(toy.desk);
    CHECK(draft.text == "- a good rule (helped 2, hurt 0)");
    REQUIRE(asked.size() == 3);
    CHECK_THAT(asked[0], Catch::Contains("(empty)"));
    CHECK_THAT(asked[1], Catch::Contains("1. a good rule (helped 2, hurt 0)\n"));
    CHECK_THAT(asked[2], !Catch::Contains("bad advice"));
    CHECK_FALSE(draft.samples.empty());
}
