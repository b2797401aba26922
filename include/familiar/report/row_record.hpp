#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/result.hpp>
#include <familiar/core/task.hpp>
#include <familiar/text/white_space.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::report {

/// One row of predictions.jsonl: what is known of an example when a run is done with it, labels by their names.
struct RowRecord {
    struct PluginSaid {
        std::string label;
        double confidence = 0.0;
        friend bool operator==(const PluginSaid&, const PluginSaid&) = default;
    };
    struct LlmSaid {
        std::optional<std::string> label;
        std::vector<std::pair<std::string, double>> logprobs; ///< a label, its natural log; empty where not scored
        std::string text;                                     ///< the reply; where not scored
        friend bool operator==(const LlmSaid&, const LlmSaid&) = default;
    };

    std::string id;                   ///< JSON text
    std::optional<std::string> label; ///< none where the reply is no label, or the row failed; for generation the reply
    std::optional<std::string> gold;
    std::optional<PluginSaid> plugin;
    std::optional<LlmSaid> llm;
    std::optional<DecidedBy> decided_by; ///< none where the row failed
    bool overridden = false;
    std::optional<std::string> explanation, error;
    std::optional<double> probability;                        ///< of `label`, where it is one
    std::vector<std::pair<std::string, double>> distribution; ///< a label, its probability; empty where not known

    friend bool operator==(const RowRecord&, const RowRecord&) = default;
};

constexpr std::string_view to_string(DecidedBy who) noexcept {
    return who == DecidedBy::plugin ? "plugin" : who == DecidedBy::llm ? "llm" : "both";
}

/// Puts together what plug-in, LLM and decision said of an example; `answer` or `failure` is there.
inline RowRecord make_row_record(const Task& task, const Example& example, const std::optional<Prediction>& prediction,
                                 const std::optional<LlmVerdict>& verdict, const std::optional<Answer>& answer,
                                 const std::optional<Failure>& failure) {
    const auto name = [&](std::optional<std::size_t> label) -> std::optional<std::string> {
        if (!label) return std::nullopt;
        return task.labels.at(*label);
    };
    const auto reply = [](const std::string& text) { return std::string(text::strip(text)); };
    RowRecord row;
    row.id = example.id;
    row.gold = example.label;
    if (prediction && !task.is_generation()) {
        row.plugin = RowRecord::PluginSaid{task.labels.at(prediction->label), prediction->confidence};
    }
    if (verdict) {
        row.llm.emplace();
        row.llm->label = task.is_generation() ? std::optional(reply(verdict->text)) : name(verdict->label);
        for (std::size_t i = 0; i < verdict->label_logprobs.size() && i < task.labels.size(); ++i) {
            row.llm->logprobs.emplace_back(task.labels[i], verdict->label_logprobs[i]);
        }
        if (row.llm->logprobs.empty()) row.llm->text = verdict->text;
    }
    if (failure) {
        row.error = failure->message;
    } else if (answer) {
        row.label = task.is_generation() ? std::optional(reply(answer->text)) : name(answer->label);
        row.decided_by = answer->decided_by;
        row.overridden = answer->overridden;
        row.explanation = answer->explanation;
        if (row.label && !task.is_generation()) {
            row.probability = answer->probability;
            if (answer->distribution.size() == task.labels.size()) {
                for (std::size_t i = 0; i < task.labels.size(); ++i)
                    row.distribution.emplace_back(task.labels[i], answer->distribution[i]);
            }
        }
    }
    return row;
}

/// The row as the program writes it, keys in their order; what is not known is null.
inline nlohmann::ordered_json to_json(const RowRecord& row) {
    using Json = nlohmann::ordered_json;
    const auto text = [](const std::optional<std::string>& value) { return value ? Json(*value) : Json(); };
    Json json;
    json["id"] = Json::parse(row.id, nullptr, false);
    if (json["id"].is_discarded()) json["id"] = row.id; // an example that a program made up: its id is any text
    json["label"] = text(row.label);
    json["gold"] = text(row.gold);
    json["plugin"] = nullptr;
    if (row.plugin) json["plugin"] = {{"label", row.plugin->label}, {"confidence", row.plugin->confidence}};
    json["llm"] = nullptr;
    if (row.llm) {
        json["llm"] = Json::object();
        json["llm"]["label"] = text(row.llm->label);
        if (row.llm->logprobs.empty()) {
            json["llm"]["text"] = row.llm->text;
        } else {
            auto& scores = json["llm"]["logprobs"] = Json::object();
            for (const auto& [label, logprob] : row.llm->logprobs) scores[label] = logprob;
        }
    }
    json["decided_by"] = row.decided_by ? Json(to_string(*row.decided_by)) : Json();
    json["overridden"] = row.overridden;
    json["explanation"] = text(row.explanation);
    json["error"] = text(row.error);
    json["probability"] = row.probability ? Json(*row.probability) : Json();
    json["distribution"] = nullptr;
    for (const auto& [label, p] : row.distribution) json["distribution"][label] = p;
    return json;
}

/// One line of predictions.jsonl, without the line feed. Bytes of a reply that are not UTF-8 (a model may stop within a
/// character) become U+FFFD.
inline std::string to_line(const RowRecord& row) {
    return to_json(row).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// The inverse of to_json. Throws Error (malformed_row) without a place where something is missing or of another kind.
inline RowRecord row_record_from_json(const nlohmann::ordered_json& json) {
    const auto text = [](const nlohmann::ordered_json& value) -> std::optional<std::string> {
        if (value.is_null()) return std::nullopt;
        return value.get<std::string>();
    };
    // JSON has no infinity: the log of probability 0 was written as null.
    const auto number = [](const nlohmann::ordered_json& value) {
        return value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>();
    };
    try {
        RowRecord row;
        row.id = json.at("id").dump();
        row.label = text(json.at("label"));
        row.gold = text(json.at("gold"));
        if (const auto& plugin = json.at("plugin"); !plugin.is_null()) {
            row.plugin =
                RowRecord::PluginSaid{plugin.at("label").get<std::string>(), plugin.at("confidence").get<double>()};
        }
        if (const auto& llm = json.at("llm"); !llm.is_null()) {
            row.llm.emplace();
            row.llm->label = text(llm.at("label"));
            if (const auto scores = llm.find("logprobs"); scores != llm.end()) {
                for (const auto& [label, logprob] : scores->items())
                    row.llm->logprobs.emplace_back(label, number(logprob));
            } else {
                row.llm->text = llm.at("text").get<std::string>();
            }
        }
        if (const auto who = text(json.at("decided_by"))) {
            for (const auto d : {DecidedBy::plugin, DecidedBy::llm, DecidedBy::both}) {
                if (*who == to_string(d)) row.decided_by = d;
            }
            if (!row.decided_by) throw Error(ErrorCode::malformed_row, "\"" + *who + "\" decides nothing");
        }
        row.overridden = json.at("overridden").get<bool>();
        row.explanation = text(json.at("explanation"));
        row.error = text(json.at("error"));
        if (const auto p = json.find("probability"); p != json.end() && !p->is_null())
            row.probability = p->get<double>();
        if (const auto p = json.find("distribution"); p != json.end() && !p->is_null()) {
            for (const auto& [label, value] : p->items()) row.distribution.emplace_back(label, value.get<double>());
        }
        return row;
    } catch (const nlohmann::json::exception& e) {
        throw Error(ErrorCode::malformed_row, std::string("this is no row of predictions.jsonl (") + e.what() + ")");
    }
}

} // namespace familiar::report
