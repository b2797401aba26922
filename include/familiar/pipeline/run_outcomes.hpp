#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/grimoire/grimoire_store.hpp>
#include <familiar/grimoire/outcome.hpp>
#include <familiar/pipeline/rank_grimoires.hpp>
#include <familiar/report/read_report.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace familiar::pipeline {

/// The outcomes in a folder that `familiar run` wrote. Throws Error: what reading throws; invalid_argument for a run
/// over the test split, which must not be learnt from, and for one whose rows were shown different grimoires.
[[nodiscard]] inline std::vector<grimoire::Outcome> outcomes_of_run(const std::filesystem::path& run,
                                                                    const std::filesystem::path& task_folder,
                                                                    const grimoire::GrimoireStore& grimoires) {
    const auto report = report::read_report(run);
    const nlohmann::json parameters = nlohmann::json::parse(report.run.parameters.dump());
    const std::string split = parameters.value("split", "test");
    if (split == "test") {
        throw Error(ErrorCode::invalid_argument, "a run over the test split must not be learnt from", run.string(),
                    "Run it with --split dev or --split train");
    }
    const Task task = data::load_task(task_folder);
    std::map<std::string, Example> questions;
    for (auto& example : data::load_split(task_folder, task, split)) questions.emplace(example.id, example);
    std::string shown;
    if (const auto notes = parameters.find("grimoire"); notes != parameters.end() && notes->is_object()) {
        if (!notes->contains("name")) {
            throw Error(ErrorCode::invalid_argument, "the rows of this run were shown different grimoires",
                        run.string(), "Learn from runs with --grimoire NAME");
        }
        shown = grimoires.require(notes->at("name").get<std::string>()).grimoire.text;
    }
    const std::string llm = llm_name(parameters.at("llm"));
    std::vector<grimoire::Outcome> outcomes;
    const auto file = run / "predictions.jsonl";
    for (const auto& [row, line] : data::read_jsonl(file)) {
        const auto id = row.find("id"), label = row.find("label"), gold = row.find("gold");
        const auto question = id == row.end() ? questions.end() : questions.find(id->dump());
        if (question == questions.end() || label == row.end() || gold == row.end()) {
            throw Error(ErrorCode::malformed_row, "this is no prediction of the task's " + split + " split",
                        data::line_of(file, line));
        }
        if (!gold->is_null()) outcomes.push_back({question->second, llm, shown, *label == *gold});
    }
    return outcomes;
}

} // namespace familiar::pipeline
