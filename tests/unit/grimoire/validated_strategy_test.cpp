#include <familiar/grimoire/validated_strategy.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace familiar;

namespace {

/// A weak LLM that is right where `right(row, notes)`; keeps which rows it was asked about.
struct Reader {
    tests::ToyDesk& toy;
    std::function<bool(const Example&, const Grimoire*)> right;
    std::set<std::string> asked{};

    void sit_down() {
        toy.desk.ask_weak = [this](std::span<const Example> rows, const Grimoire* notes) {
            std::vector<std::optional<std::size_t>> labels;
            for (const auto& row : rows) {
                asked.insert(row.text);
                labels.push_back(right(row, notes) ? toy.task.label_index(*row.label) : std::nullopt);
            }
            return labels;
        };
    }
};

} // namespace

TEST_CASE("the candidate that helps most is kept, and refined where that helps on unseen rows",
          "[validated_strategy]") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    toy.desk.ask_strong = [&](const std::string& message) {
        asked.push_back(message);
        return "notes " + std::to_string(asked.size());
    };
    const bool refined_helps = GENERATE(true, false);
    Reader reader{toy, [&](const Example& row, const Grimoire* notes) {
                      if (notes->text == "notes 4") return refined_helps;
                      return notes->text == "notes 2" && tests::ToyDesk::number(row) % 4 < 3;
                  }};
    reader.sit_down();
    const auto draft = grimoire::ValidatedStrategy().write(toy.desk);
    REQUIRE(asked.size() == 4);
    CHECK(draft.text == (refined_helps ? "notes 4" : "notes 2"));
    CHECK_THAT(asked[3], Catch::Contains("Notes:\n\nnotes 2\n") && Catch::Contains("none of the labels"));
    for (int i = 0; i < 3; ++i) {
        for (const auto& text : reader.asked) CHECK(asked[i].find(text + "\n") == std::string::npos);
    }
    CHECK(asked[0] != asked[1]);
}

TEST_CASE("a candidate without errors is not refined, and too few rows are an error", "[validated_strategy]") {
    tests::ToyDesk toy;
    std::size_t asked = 0;
    toy.desk.ask_strong = [&](const std::string&) { return "notes " + std::to_string(++asked); };
    Reader reader{toy, [](const Example&, const Grimoire*) { return true; }};
    reader.sit_down();
    CHECK(grimoire::ValidatedStrategy().write(toy.desk).text == "notes 1");
    CHECK(asked == 3);
    toy.desk.train = toy.desk.train.first(1);
    CHECK_THROWS_AS(grimoire::ValidatedStrategy().write(toy.desk), Error);
}
