#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/grimoire/outcome.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace familiar::grimoire {

/// The 33,750 outcomes of the published archive (`keep_hard/keep_hard_TASK_LLM.json`): which train questions five LLMs
/// got right without notes. Throws Error naming the file.
[[nodiscard]] inline std::vector<Outcome> archived_outcomes(const std::filesystem::path& archive) {
    const auto folder = archive / "keep_hard";
    if (!std::filesystem::is_directory(folder))
        throw Error(ErrorCode::file_not_found, "there is no folder of archived outcomes", folder.string());
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Outcome> outcomes;
    for (const auto& file : files) {
        const auto json = data::parse_json(data::read_text_file(file), file.string());
        std::string llm = file.stem().string();
        const std::size_t begin = llm.find('_', std::string("keep_hard_").size());
        // Names of tasks hold an underscore at most before a number: hate_speech18.
        llm = llm.find("hate_speech18_") != std::string::npos ? llm.substr(llm.find("hate_speech18_") + 14)
              : begin == std::string::npos                    ? llm
                                                              : llm.substr(begin + 1);
        for (const std::string kind : {"easy", "hard"}) {
            const auto rows = json.find(kind);
            if (!json.is_object() || rows == json.end() || !rows->is_array())
                throw Error(ErrorCode::malformed_json, "there is no list " + kind, file.string());
            for (const auto& row : *rows) {
                if (!row.is_object() || !row.contains("text") || !row["text"].is_string())
                    throw Error(ErrorCode::malformed_json, "a question has no text", file.string());
                outcomes.push_back({{"", row["text"].get<std::string>(), {}, {}}, llm, "", kind == "easy"});
            }
        }
    }
    return outcomes;
}

} // namespace familiar::grimoire
