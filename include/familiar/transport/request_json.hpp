#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/transport/llm_request.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests and replies as JSON, for cache keys and recordings. Both directions keep every bit: text that is not valid
/// UTF-8 (a model cut off within a character) and infinite log-probabilities included.
namespace familiar::transport {

namespace detail {

/// Bytes as a JSON string where they are UTF-8, else `{"hex": "…"}`.
inline nlohmann::json bytes_to_json(std::string_view bytes) {
    if (text::is_well_formed_utf8(bytes)) return std::string(bytes);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return {{"hex", std::move(hex)}};
}

inline std::string bytes_from_json(const nlohmann::json& json) {
    if (json.is_string()) return json.get<std::string>();
    const auto& hex = json.at("hex").get_ref<const std::string&>();
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        throw Error(ErrorCode::malformed_json, "a hexadecimal digit was expected");
    };
    if (hex.size() % 2 != 0)
        throw Error(ErrorCode::malformed_json, "an even number of hexadecimal digits was expected");
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return bytes;
}

/// JSON has no infinity: it and NaN are strings.
inline nlohmann::json number_to_json(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

inline double number_from_json(const nlohmann::json& json) {
    if (json.is_number()) return json.get<double>();
    const auto& name = json.get_ref<const std::string&>();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (name == "inf") return infinity;
    if (name == "-inf") return -infinity;
    if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
    throw Error(ErrorCode::malformed_json, "a number was expected");
}

} // namespace detail

/// Everything of a request that may change its reply, and nothing else: how a prompt is split into a shared and an own
/// part does not show, and the seed only where something is drawn.
[[nodiscard]] inline nlohmann::json to_json(const LlmRequest& request) {
    using detail::bytes_to_json;
    nlohmann::json json = nlohmann::json::object();
    if (request.prompt.form == prompt::Form::text) {
        json["text"] = bytes_to_json(request.prompt.text());
    } else {
        auto& messages = json["messages"] = nlohmann::json::array();
        for (const auto& message : request.prompt.messages()) {
            messages.push_back(
                {{"role", std::string(to_string(message.role))}, {"content", bytes_to_json(message.content)}});
        }
    }
    if (!request.candidates.empty()) {
        auto& candidates = json["candidates"] = nlohmann::json::array();
        for (const auto& candidate : request.candidates) candidates.push_back(bytes_to_json(candidate));
    }
    json["max_tokens"] = request.max_tokens;
    json["temperature"] = detail::number_to_json(request.temperature);
    if (request.temperature > 0) {
        json["top_p"] = detail::number_to_json(request.top_p);
        json["seed"] = request.seed;
    }
    if (!request.stop.empty()) {
        auto& stop = json["stop"] = nlohmann::json::array();
        for (const auto& text : request.stop) stop.push_back(bytes_to_json(text));
    }
    if (request.top_logprobs > 0) json["top_logprobs"] = request.top_logprobs;
    return json;
}

/// One line of JSON, keys in order: equal for requests that ask the same, different for any others.
[[nodiscard]] inline std::string canonical(const LlmRequest& request) {
    return to_json(request).dump();
}

/// A reply but for its `cached` mark, which says how it came and not what it is.
[[nodiscard]] inline nlohmann::json to_json(const LlmReply& reply) {
    nlohmann::json json = {
        {"text", detail::bytes_to_json(reply.text)},
        {"finish_reason", detail::bytes_to_json(reply.finish_reason)},
        {"usage",
         {{"prompt", reply.usage.prompt}, {"completion", reply.usage.completion}, {"reused", reply.usage.reused}}}};
    if (!reply.candidate_logprobs.empty()) {
        auto& logprobs = json["candidate_logprobs"] = nlohmann::json::array();
        for (const double value : reply.candidate_logprobs) logprobs.push_back(detail::number_to_json(value));
        json["candidate_tokens"] = reply.candidate_tokens;
    }
    if (!reply.first_token.empty()) {
        auto& tokens = json["first_token"] = nlohmann::json::array();
        for (const auto& [token, logprob] : reply.first_token) {
            tokens.push_back(nlohmann::json::array({detail::bytes_to_json(token), detail::number_to_json(logprob)}));
        }
    }
    return json;
}

/// The inverse. Throws Error (malformed_json) for anything that `to_json` does not write.
[[nodiscard]] inline LlmReply reply_from_json(const nlohmann::json& json) {
    try {
        LlmReply reply;
        reply.text = detail::bytes_from_json(json.at("text"));
        reply.finish_reason = detail::bytes_from_json(json.at("finish_reason"));
        const auto& usage = json.at("usage");
        reply.usage = {usage.at("prompt").get<std::uint64_t>(), usage.at("completion").get<std::uint64_t>(),
                       usage.at("reused").get<std::uint64_t>()};
        if (const auto logprobs = json.find("candidate_logprobs"); logprobs != json.end()) {
            for (const auto& value : *logprobs) reply.candidate_logprobs.push_back(detail::number_from_json(value));
            reply.candidate_tokens = json.at("candidate_tokens").get<std::vector<std::size_t>>();
            if (reply.candidate_tokens.size() != reply.candidate_logprobs.size()) {
                throw Error(ErrorCode::malformed_json, "as many token counts as log-probabilities were expected");
            }
        }
        if (const auto tokens = json.find("first_token"); tokens != json.end()) {
            for (const auto& entry : *tokens) {
                reply.first_token.emplace(detail::bytes_from_json(entry.at(0)), detail::number_from_json(entry.at(1)));
            }
        }
        return reply;
    } catch (const nlohmann::json::exception& problem) {
        throw Error(ErrorCode::malformed_json, std::string("this is no reply of an LLM (") + problem.what() + ")");
    }
}

} // namespace familiar::transport
