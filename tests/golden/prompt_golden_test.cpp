#include <familiar/data/jsonl.hpp>
#include <familiar/prompt/original_format.hpp>

#include <support/resources.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace familiar;

namespace {

struct Case {
    Task task;
    std::vector<Demonstration> demonstrations;
    Demonstration test;
};

Demonstration demonstration(const nlohmann::ordered_json& json, Task& task, bool with_plugin) {
    Demonstration d;
    d.example.text = json["text_a"].get<std::string>();
    if (json.contains("text_b") && !json["text_b"].is_null()) d.example.text_b = json["text_b"].get<std::string>();
    d.example.label = json["label"].get<std::string>();
    const auto index = [&](const std::string& label) {
        if (!task.label_index(label)) task.labels.push_back(label);
        return *task.label_index(label);
    };
    index(*d.example.label);
    const auto predicted = index(json["plugin_label"].get<std::string>());
    if (with_plugin) d.prediction = Prediction{predicted, json["plugin_score"].get<double>(), {}};
    return d;
}

Case read_case(const nlohmann::ordered_json& json, bool with_plugin) {
    Case c;
    for (const auto& title : json["fields"]) {
        c.task.fields.push_back({"field" + std::to_string(c.task.fields.size()), title.get<std::string>()});
    }
    for (const auto& demo : json["demos"]) c.demonstrations.push_back(demonstration(demo, c.task, with_plugin));
    c.test = demonstration(json["test"], c.task, with_plugin);
    return c;
}

prompt::Prompt ask(const prompt::OriginalFormat& format, const Case& c) {
    const auto shared = format.prefix(c.task, {c.demonstrations, nullptr});
    return format.query(c.task, shared, c.test.example, c.test.prediction);
}

} // namespace

TEST_CASE("the original format is what the published SuperICL sends, byte for byte") {
    REQUIRE_RESOURCE(path, golden("prompts/supericl.jsonl"));
    std::size_t explained = 0;
    const auto rows = data::read_jsonl(path);
    CHECK(rows.size() == 44);
    for (const auto& [json, line] : rows) {
        CAPTURE(line);
        prompt::OriginalFormat::Parameters parameters;
        parameters.model_name = json["model_name"].get<std::string>();
        parameters.condition_explanation = false;
        const prompt::OriginalFormat format(parameters);
        const Case supericl = read_case(json, true);
        CHECK(ask(format, supericl).text() == json["prompt"].get<std::string>());
        CHECK(ask(format, read_case(json, false)).text() == json["icl_prompt"].get<std::string>());
        if (!json.contains("explanation_prompt")) continue;
        ++explained;
        const auto shared = format.prefix(supericl.task, {supericl.demonstrations, nullptr});
        const auto explanation =
            format.explanation(supericl.task, shared, supericl.test.example, supericl.test.prediction, "anything");
        CHECK(explanation.text() == json["explanation_prompt"].get<std::string>());
    }
    CHECK(explained > 20);
}

TEST_CASE("demonstrations are dropped whole from the end, as the published overflow handling does with plain texts") {
    REQUIRE_RESOURCE(path, golden("prompts/supericl.jsonl"));
    std::size_t compared = 0;
    for (const auto& [json, line] : data::read_jsonl(path)) {
        // The published code cuts at blank lines, and so goes wrong where a text holds one.
        if (!json.contains("prompt_after_one_overflow") || json["model_name"] == "MiniLM-L6") continue;
        CAPTURE(line);
        prompt::OriginalFormat::Parameters parameters;
        parameters.model_name = json["model_name"].get<std::string>();
        Case c = read_case(json, true);
        if (c.demonstrations.empty()) continue;
        ++compared;
        c.demonstrations.pop_back();
        CHECK(ask(prompt::OriginalFormat(parameters), c).text() ==
              json["prompt_after_one_overflow"].get<std::string>());
    }
    CHECK(compared > 20);
}

TEST_CASE("confidences are spelled as Python's round(x, 2) prints them") {
    REQUIRE_RESOURCE(path, golden("prompts/confidence.json"));
    const auto cases = data::parse_json(data::read_text_file(path), path.string());
    CHECK(cases.size() > 350);
    for (const auto& c : cases) {
        CAPTURE(c["score"].get<double>());
        CHECK(prompt::rounded_confidence(c["score"].get<double>()) == c["text"].get<std::string>());
    }
}
