#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/report/report.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace familiar::report {

/// A report from the JSON that `to_json` gives: the inverse of it. Throws Error (malformed_json) at `where` for a key
/// that is missing or has another type.
inline Report from_json(const nlohmann::ordered_json& json, const std::string& where) {
    const auto number = [](const nlohmann::ordered_json& object, const char* key) -> std::optional<double> {
        const auto& value = object.at(key);
        return value.is_null() ? std::nullopt : std::optional(value.get<double>());
    };
    try {
        Report report;
        report.rows = json.at("rows").get<std::size_t>();
        report.failed = json.at("failed").get<std::size_t>();
        report.accuracy = number(json, "accuracy");
        report.macro_f1 = number(json, "macro_f1");
        report.matthews = number(json, "matthews");
        report.ece = number(json, "ece");
        report.invalid_rate = json.at("invalid_rate").get<double>();
        report.override_rate = json.at("override_rate").get<double>();
        report.override_accuracy = number(json, "override_accuracy");
        report.majority_share = number(json, "majority_share");
        if (json.contains("chrf")) report.chrf = number(json, "chrf");
        if (json.contains("bleu")) report.bleu = number(json, "bleu");
        if (json.contains("rouge_l")) report.rouge_l = number(json, "rouge_l");
        if (json.contains("brier")) report.brier = number(json, "brier");
        if (json.contains("auroc")) report.auroc = number(json, "auroc");
        const auto baseline = [&](const char* key, const char* name) -> std::optional<Baseline> {
            if (!json.contains(key) || json[key].is_null()) return std::nullopt;
            const auto& range = json[key].at("interval");
            return Baseline{name,
                            json[key].at("accuracy").get<double>(),
                            json[key].at("macro_f1").get<double>(),
                            {range.at(0).get<double>(), range.at(1).get<double>()}};
        };
        report.majority_class = baseline("majority_class", "majority class");
        report.majority_vote = baseline("majority_vote", "majority vote");
        if (json.contains("balanced_accuracy")) report.balanced_accuracy = number(json, "balanced_accuracy");
        if (const auto& interval = json.at("interval"); !interval.is_null()) {
            report.interval = {interval.at(0).get<double>(), interval.at(1).get<double>()};
        }
        if (const auto& mcnemar = json.at("mcnemar"); !mcnemar.is_null()) {
            report.mcnemar = {mcnemar.at("b").get<std::size_t>(), mcnemar.at("c").get<std::size_t>(),
                              mcnemar.at("p").get<double>()};
        }
        RunFigures& run = report.run;
        run.calls = json.at("calls").get<std::uint64_t>();
        run.cached_calls = json.at("cached_calls").get<std::uint64_t>();
        const auto& tokens = json.at("tokens");
        run.tokens = {tokens.at("prompt").get<std::uint64_t>(), tokens.at("completion").get<std::uint64_t>(),
                      tokens.at("reused").get<std::uint64_t>()};
        run.demonstrations_dropped = json.at("demonstrations_dropped").get<std::uint64_t>();
        if (json.contains("notes_lines_dropped")) {
            run.notes_lines_dropped = json["notes_lines_dropped"].get<std::uint64_t>();
        }
        run.seconds = json.at("seconds").get<double>();
        run.parameters = json.at("parameters");
        run.hashes = json.at("hashes");
        return report;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::malformed_json, "this is no report: " + std::string(error.what()), where,
                    "Name a folder that `familiar run` wrote");
    }
}

/// The report of a run's folder. Throws Error: file_not_found where it has none (yet), malformed_json.
inline Report read_report(const std::filesystem::path& folder) {
    const auto path = folder / "report.json";
    return from_json(data::parse_json(data::read_text_file(path), path.string()), path.string());
}

} // namespace familiar::report
