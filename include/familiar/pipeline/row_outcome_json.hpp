#pragma once

#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/transport/request_json.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// A row's outcome as JSON, for the run store: both directions keep every bit.
namespace familiar::pipeline {

namespace detail {

inline nlohmann::json numbers_to_json(const std::vector<double>& values) {
    nlohmann::json array = nlohmann::json::array();
    for (const double value : values) array.push_back(transport::detail::number_to_json(value));
    return array;
}

inline std::vector<double> numbers_from_json(const nlohmann::json& json) {
    std::vector<double> values;
    for (const auto& value : json) values.push_back(transport::detail::number_from_json(value));
    return values;
}

inline nlohmann::json index_to_json(const std::optional<std::size_t>& index) {
    return index ? nlohmann::json(*index) : nlohmann::json(nullptr);
}

inline std::optional<std::size_t> index_from_json(const nlohmann::json& json) {
    return json.is_null() ? std::nullopt : std::optional(json.get<std::size_t>());
}

} // namespace detail

[[nodiscard]] inline nlohmann::json to_json(const RowOutcome& outcome) {
    using transport::detail::bytes_to_json;
    using transport::detail::number_to_json;
    nlohmann::json json = {
        {"dropped", outcome.demonstrations_dropped},
        {"notes_dropped", outcome.notes_lines_dropped},
        {"calls", {outcome.calls, outcome.cached_calls, outcome.failed_calls}},
        {"usage", {outcome.usage.prompt, outcome.usage.completion, outcome.usage.reused}},
    };
    if (const auto& p = outcome.prediction) {
        json["prediction"] = {{"label", p->label},
                              {"confidence", number_to_json(p->confidence)},
                              {"distribution", detail::numbers_to_json(p->distribution)}};
    }
    if (const auto& v = outcome.verdict) {
        json["verdict"] = {{"label", detail::index_to_json(v->label)},
                           {"text", bytes_to_json(v->text)},
                           {"logprobs", detail::numbers_to_json(v->label_logprobs)}};
    }
    if (const auto& a = outcome.answer) {
        json["answer"] = {{"label", detail::index_to_json(a->label)},
                          {"text", bytes_to_json(a->text)},
                          {"probability", number_to_json(a->probability)},
                          {"decided_by", static_cast<int>(a->decided_by)},
                          {"overridden", a->overridden}};
        if (!a->distribution.empty()) json["answer"]["distribution"] = detail::numbers_to_json(a->distribution);
        if (a->explanation) json["answer"]["explanation"] = bytes_to_json(*a->explanation);
    }
    if (const auto& f = outcome.failure) {
        json["failure"] = {{"code", static_cast<int>(f->code)},
                           {"message", bytes_to_json(f->message)},
                           {"scope", static_cast<int>(f->scope)}};
    }
    return json;
}

/// The inverse. Throws Error (malformed_json) for what `to_json` does not write.
[[nodiscard]] inline RowOutcome row_outcome_from_json(const nlohmann::json& json) {
    using transport::detail::bytes_from_json;
    using transport::detail::number_from_json;
    try {
        RowOutcome outcome;
        outcome.demonstrations_dropped = json.at("dropped").get<std::uint64_t>();
        outcome.notes_lines_dropped = json.value("notes_dropped", std::uint64_t{0}); // runs begun before it was counted
        const auto& calls = json.at("calls");
        outcome.calls = calls.at(0).get<std::uint64_t>();
        outcome.cached_calls = calls.at(1).get<std::uint64_t>();
        outcome.failed_calls = calls.at(2).get<std::uint64_t>();
        const auto& usage = json.at("usage");
        outcome.usage = {usage.at(0).get<std::uint64_t>(), usage.at(1).get<std::uint64_t>(),
                         usage.at(2).get<std::uint64_t>()};
        if (const auto p = json.find("prediction"); p != json.end()) {
            outcome.prediction = Prediction{p->at("label").get<std::size_t>(), number_from_json(p->at("confidence")),
                                            detail::numbers_from_json(p->at("distribution"))};
        }
        if (const auto v = json.find("verdict"); v != json.end()) {
            outcome.verdict = LlmVerdict{detail::index_from_json(v->at("label")), bytes_from_json(v->at("text")),
                                         detail::numbers_from_json(v->at("logprobs"))};
        }
        if (const auto a = json.find("answer"); a != json.end()) {
            Answer answer;
            answer.label = detail::index_from_json(a->at("label"));
            answer.text = bytes_from_json(a->at("text"));
            answer.probability = number_from_json(a->at("probability"));
            answer.decided_by = static_cast<DecidedBy>(a->at("decided_by").get<int>());
            answer.overridden = a->at("overridden").get<bool>();
            if (a->contains("distribution")) answer.distribution = detail::numbers_from_json(a->at("distribution"));
            if (a->contains("explanation")) answer.explanation = bytes_from_json(a->at("explanation"));
            outcome.answer = std::move(answer);
        }
        if (const auto f = json.find("failure"); f != json.end()) {
            outcome.failure =
                Failure{static_cast<ErrorCode>(f->at("code").get<int>()), bytes_from_json(f->at("message")),
                        static_cast<FailureScope>(f->at("scope").get<int>())};
        }
        return outcome;
    } catch (const nlohmann::json::exception& problem) {
        throw Error(ErrorCode::malformed_json, std::string("this is no outcome of a row (") + problem.what() + ")");
    }
}

} // namespace familiar::pipeline
