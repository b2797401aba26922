#include <familiar/prompt/grimoire_prompts.hpp>

#include <familiar/data/jsonl.hpp>
#include <familiar/prompt/sleicl_format.hpp>
#include <familiar/prompt/sleicl_reply.hpp>

#include <support/resources.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace familiar;
using prompt::WritingStyle;

namespace {

Task task_of(const nlohmann::ordered_json& json) {
    Task task;
    task.labels = json["labels"].get<std::vector<std::string>>();
    task.type = json.value("task_type", "");
    task.description = json.value("task_description", "");
    task.fields = {{"text", "Text"}};
    return task;
}

std::vector<Demonstration> shots_of(const nlohmann::ordered_json& json) {
    std::vector<Demonstration> shots;
    for (const auto& shot : json.value("shots", nlohmann::ordered_json::array())) {
        shots.push_back({{"", shot["text"].get<std::string>(), {}, shot["label"].get<std::string>()}, {}});
    }
    return shots;
}

} // namespace

TEST_CASE("prompts are what the published Grimoire sends, byte for byte, and replies are read as there") {
    REQUIRE_RESOURCE(path, golden("prompts/grimoire.jsonl"));
    std::map<std::string, int> seen;
    for (const auto& [json, line] : data::read_jsonl(path)) {
        CAPTURE(line);
        const std::string setting = json["setting"].get<std::string>();
        ++seen[setting];
        const Task task = task_of(json);
        if (setting == "parse") {
            const std::string reply = json["reply"].get<std::string>();
            CHECK(prompt::published_reply(reply) == json["parsed"].get<std::string>());
            CHECK(prompt::published_as_valid(reply, task, json["question"].get<std::string>()) ==
                  json["valid"].get<bool>());
            const auto label = prompt::published_label(reply, task);
            CHECK((label && task.labels[*label] == json["gold"].get<std::string>()) == json["correct"].get<bool>());
            continue;
        }
        const auto shots = shots_of(json);
        const std::string wanted = json["prompt"].get<std::string>();
        if (setting.starts_with("write-profound")) {
            std::vector<Example> samples;
            for (const auto& shot : shots) samples.push_back(shot.example);
            CHECK(prompt::profound_request(task, samples, WritingStyle::published) == wanted);
            continue;
        }
        if (setting == "write-simple") {
            const std::string profound = json["profound"].get<std::string>();
            CHECK(prompt::simple_request(task, profound, WritingStyle::published) == wanted);
            CHECK(std::string(prompt::kPublishedPreamble) + profound == json["stored"].get<std::string>());
            continue;
        }
        const prompt::SleiclFormat format;
        const Example test{"", json["test"].get<std::string>(), {}, {}};
        const Grimoire notes{"notes", json.value("grimoire", "")};
        const bool with_notes = setting == "with-grimoire";
        const auto shared = format.prefix(task, {shots, with_notes ? &notes : nullptr});
        CHECK(format.query(task, shared, test, std::nullopt).text() == wanted);
        if (with_notes) { // a text as the LLM wrote it is put under the published sentence
            const Grimoire bare{"bare", notes.text.substr(prompt::kPublishedPreamble.size())};
            CHECK(format.query(task, format.prefix(task, {{}, &bare}), test, std::nullopt).text() == wanted);
        }
    }
    for (const char* setting :
         {"zero-shot", "few-shot", "with-grimoire", "write-profound", "write-profound-zero-shot", "write-simple"}) {
        CHECK(seen[setting] == 3);
    }
    CHECK(seen["parse"] == 17);
}
