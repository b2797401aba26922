#include <familiar/grimoire/generated_strategy.hpp>

#include <familiar/grimoire/writing_plan.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;

TEST_CASE("notes are written from samples that the strong LLM wrote, train is shown in a few examples") {
    tests::ToyDesk toy;
    std::vector<std::string> asked;
    toy.desk.ask_strong = [&](const std::string& message) {
        asked.push_back(message);
        if (message.find("right answer is \"up\"") != std::string::npos)
            return std::string("- it climbs\n- it soars\n- it climbs\nSure!");
        if (message.find("right answer is \"down\"") != std::string::npos)
            return std::string("- it sinks\n- it soars high");
        return std::string("- The rules.");
    };
    toy.desk.predict = [](std::span<const Example> rows) {
        std::vector<Prediction> said;
        for (const auto& row : rows) said.push_back({row.text.find("sink") != std::string::npos ? 1U : 0U, 1.0, {}});
        return said;
    };
    const auto draft = grimoire::GeneratedStrategy().write(toy.desk);
    REQUIRE(asked.size() == 3);
    CHECK_THAT(asked[0], Catch::Contains("Write 8 new inputs") && Catch::Contains("Text: row number 2\nAnswer: up") &&
                             !Catch::Contains("row number 4"));
    CHECK_THAT(asked[2], Catch::Contains("Text: it climbs\nAnswer: up") && Catch::Contains("it sinks\nAnswer: down") &&
                             !Catch::Contains("soars high") && !Catch::Contains("row number"));
    CHECK(draft.text == "- The rules.");
    CHECK(draft.samples == std::vector<std::string>{"\"t0\"", "\"t2\"", "\"t1\"", "\"t3\""});
    REQUIRE(draft.remarks.size() == 1);
    CHECK(draft.remarks[0] == "samples written: 3 shown, 1 unreadable, 1 copies, 1 of another label by the plug-in, 0 "
                              "nearly like another");

    grimoire::WritingMeasure measure;
    measure.reply_tokens = 8;
    measure.strong_tokens = [](const std::string& message) { return message.size(); };
    measure.weak_tokens = [](const Example&, const Grimoire*) { return std::uint64_t{1}; };
    CHECK(grimoire::plan_writing(grimoire::GeneratedStrategy(), toy.desk, measure).strong_calls == 3);

    toy.desk.ask_strong = [](const std::string&) { return std::string("I cannot do that."); };
    CHECK_THROWS_WITH(grimoire::GeneratedStrategy().write(toy.desk), Catch::Contains("2 unreadable"));
    toy.task.labels.clear();
    CHECK_THROWS_WITH(grimoire::GeneratedStrategy().write(toy.desk), Catch::Contains("no labels"));
}
