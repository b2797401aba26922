#include <familiar/grimoire/mistakes_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("notes from mistakes: only what the weak LLM got wrong is shown, then the insights are condensed",
          "[mistakes_strategy]") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    std::size_t weak = 0;
    toy.desk.ask_strong = [&](const std::string& message) {
        asked.push_back(message);
        return "- insight " + std::to_string(asked.size());
    };
    toy.desk.ask_weak = [&](std::span<const Example> rows, const Grimoire* notes) {
        CHECK(asked.empty());
        CHECK(notes == nullptr);
        weak += rows.size();
        std::vector<std::optional<std::size_t>> labels;
        for (const auto& row : rows) {
            const std::size_t right = *toy.task.label_index(*row.label);
            labels.push_back(tests::ToyDesk::number(row) % 3 == 0 ? 1 - right : right);
        }
        return labels;
    };
    const auto draft = grimoire::MistakesStrategy().write(toy.desk);
    CHECK(weak == 24);
    REQUIRE(asked.size() == 3); // 2 · 3 mistakes, four a request, and the last one
    CHECK(draft.text == "- insight 3");
    CHECK(draft.samples == std::vector<std::string>{"\"t0\"", "\"t6\"", "\"t12\"", "\"t3\"", "\"t9\"", "\"t15\""});
    CHECK_THAT(asked[0], Catch::Contains("Text: row number 6\nThe reader's answer: down\nThe right answer: up\n") &&
                             !Catch::Contains("row number 2\n"));
    CHECK_THAT(asked[2], Catch::Contains("- insight 1\n- insight 2") && !Catch::Contains("row number"));

    toy.task.labels.clear();
    CHECK_THROWS_AS(grimoire::MistakesStrategy().write(toy.desk), Error);
}
