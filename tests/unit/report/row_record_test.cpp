#include <familiar/report/row_record.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::report;
using nlohmann::ordered_json;

namespace {

Task yes_no() {
    Task task;
    task.labels = {"yes", "no"};
    return task;
}

RowRecord round_trip(const RowRecord& row) {
    return row_record_from_json(ordered_json::parse(to_line(row)));
}

} // namespace

TEST_CASE("a row has the contract's keys in their order") {
    const Example example{"\"a-7\"", "text", std::nullopt, "no"};
    Answer answer;
    answer.label = 0;
    answer.probability = 0.75;
    answer.distribution = {0.75, 0.25};
    answer.overridden = true;
    answer.explanation = "because";
    const auto row = make_row_record(yes_no(), example, Prediction{1, 0.625, {}},
                                     LlmVerdict{0, "", {std::log(0.75), std::log(0.25)}}, answer, std::nullopt);
    auto json = to_json(row);
    CHECK(json["llm"]["logprobs"]["yes"].get<double>() == std::log(0.75));
    json["llm"]["logprobs"] = nullptr;
    CHECK(json.dump() ==
          R"({"id":"a-7","label":"yes","gold":"no","plugin":{"label":"no","confidence":0.625},)"
          R"("llm":{"label":"yes","logprobs":null},"decided_by":"llm","overridden":true,)"
          R"("explanation":"because","error":null,"probability":0.75,"distribution":{"yes":0.75,"no":0.25}})");
    CHECK(round_trip(row) == row);
}

TEST_CASE("what is not known is null") {
    const auto row = make_row_record(yes_no(), {"3", "text", std::nullopt, std::nullopt}, std::nullopt, std::nullopt,
                                     std::nullopt, Failure{ErrorCode::endpoint_failed, "no answer", FailureScope::row});
    CHECK(to_line(row) ==
          R"({"id":3,"label":null,"gold":null,"plugin":null,"llm":null,"decided_by":null,)"
          R"("overridden":false,"explanation":null,"error":"no answer","probability":null,"distribution":null})");
    CHECK(round_trip(row) == row);
}

TEST_CASE("an invalid reply is kept as it came") {
    Answer answer;
    answer.overridden = true;
    const auto row = make_row_record(yes_no(), {"3", "text", std::nullopt, "yes"}, Prediction{0, 0.5, {}},
                                     LlmVerdict{std::nullopt, " perhaps\n", {}}, answer, std::nullopt);
    CHECK_FALSE(row.label);
    CHECK_FALSE(row.error);
    CHECK(to_json(row)["llm"].dump() == R"({"label":null,"text":" perhaps\n"})");
    CHECK(round_trip(row) == row);
}

TEST_CASE("for generation the reply is the label") {
    Answer answer;
    answer.text = " Good day\n";
    const auto row = make_row_record(Task{}, {"0", "Guten Tag", std::nullopt, "Good day"}, std::nullopt,
                                     LlmVerdict{std::nullopt, " Good day\n", {}}, answer, std::nullopt);
    CHECK(row.label == "Good day");
    CHECK(row.llm->label == "Good day");
    CHECK(row.llm->text == " Good day\n");
    CHECK(round_trip(row) == row);
}

TEST_CASE("infinite log-probabilities survive, broken bytes are replaced, ids may be any text") {
    RowRecord row;
    row.id = "not JSON";
    row.llm.emplace();
    row.llm->logprobs = {{"yes", -std::numeric_limits<double>::infinity()}, {"no", 0.0}};
    const auto back = round_trip(row);
    CHECK(back.llm == row.llm);
    CHECK(back.id == "\"not JSON\"");
    row.llm->logprobs.clear();
    row.llm->text = "cut \xe2\x82";
    CHECK(round_trip(row).llm->text == "cut \uFFFD");
}

TEST_CASE("what is no row is an error") {
    for (const char* text : {"{}", R"({"id": 1})", "[]"})
        CHECK_THROWS_AS(row_record_from_json(ordered_json::parse(text)), Error);
    RowRecord row;
    row.id = "1";
    auto json = to_json(row);
    json["decided_by"] = "the cat";
    CHECK_THROWS_AS(row_record_from_json(json), Error);
    json["decided_by"] = nullptr;
    json["overridden"] = "no";
    CHECK_THROWS_AS(row_record_from_json(json), Error);
}
