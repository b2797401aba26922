#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/json_nesting.hpp>
#include <familiar/core/result.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/transport/api_key.hpp>
#include <familiar/transport/llm_request.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The two OpenAI-compatible APIs that text can be asked of: what is sent, and what comes back.
/// Source: OpenAI API reference, "Create chat completion" and "Create completion (legacy)".
namespace familiar::transport {

enum class OpenAiApi { chat, completions };

/// Path below the base URL.
[[nodiscard]] constexpr std::string_view endpoint_of(OpenAiApi api) noexcept {
    return api == OpenAiApi::chat ? "/chat/completions" : "/completions";
}

namespace detail {

/// A chat as one text for the completions API: contents joined by empty lines, none of the roles named, since a base
/// model knows no roles. The text ends as the last message does.
inline std::string flattened(const prompt::Prompt& prompt) {
    if (prompt.form == prompt::Form::text) return prompt.text();
    std::string text;
    for (const auto& message : prompt.messages()) {
        if (!text.empty()) text += "\n\n";
        text += message.content;
    }
    return text;
}

inline nlohmann::json messages_of(const prompt::Prompt& prompt) {
    nlohmann::json messages = nlohmann::json::array();
    if (prompt.form == prompt::Form::text) {
        messages.push_back({{"role", "user"}, {"content", text::to_well_formed(prompt.text())}});
        return messages;
    }
    for (const auto& message : prompt.messages()) {
        messages.push_back(
            {{"role", std::string(to_string(message.role))}, {"content", text::to_well_formed(message.content)}});
    }
    return messages;
}

} // namespace detail

/// The body of a request. A text prompt is one user message of a chat; a chat is its contents joined by empty lines for
/// the completions API. Candidates are not sent: these APIs score none. The seed is sent where something is drawn, in
/// 31 bits, which every server takes.
/// @param model            empty: none is named, for servers that have but one
/// @param max_tokens_field `max_tokens`, or `max_completion_tokens` for models that want it so
[[nodiscard]] inline std::string request_body(OpenAiApi api, const std::string& model, const LlmRequest& request,
                                              const std::string& max_tokens_field = "max_tokens") {
    nlohmann::json body = {{max_tokens_field, request.max_tokens}, {"temperature", request.temperature}};
    if (!model.empty()) body["model"] = model;
    if (request.temperature > 0) {
        body["seed"] = request.seed & 0x7fffffffU;
        if (request.top_p < 1.0) body["top_p"] = request.top_p;
    }
    if (!request.stop.empty()) body["stop"] = request.stop;
    if (api == OpenAiApi::chat) {
        body["messages"] = detail::messages_of(request.prompt);
        if (request.top_logprobs > 0) {
            body["logprobs"] = true;
            body["top_logprobs"] = request.top_logprobs;
        }
    } else {
        body["prompt"] = text::to_well_formed(detail::flattened(request.prompt));
        if (request.top_logprobs > 0) body["logprobs"] = request.top_logprobs;
    }
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace detail {

/// JSON nested deeper than any reply costs far more memory than its text: it is refused before it is parsed.
inline constexpr std::size_t kDeepestReply = 64;

inline Failure malformed(std::string what) {
    return {ErrorCode::malformed_reply, std::move(what)};
}

/// What stands in an endpoint's text, for a message: without keys, well-formed, on one line of about `most` bytes.
inline std::string excerpt(std::string_view text, std::size_t most, const ApiKey& key) {
    // Keys go before the text is cut: half a key is a secret too.
    std::string line = text::to_well_formed(key.redacted(std::string(text.substr(0, most * 4 + 4096))));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
    if (line.size() > most) {
        std::size_t end = most;
        while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
        line.resize(end);
        line += "…";
    }
    return line;
}

inline std::uint64_t count_at(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) return 0;
    const auto found = object.find(key);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

inline void add_token(std::map<std::string, double>& tokens, const nlohmann::json& token,
                      const nlohmann::json& logprob) {
    if (!token.is_string() || !logprob.is_number()) return;
    const double value = logprob.get<double>();
    if (!std::isfinite(value)) return;
    const auto [place, fresh] = tokens.emplace(token.get<std::string>(), value);
    if (!fresh) place->second = std::max(place->second, value);
}

/// The likeliest first tokens of a choice, in the layout of either API (llama.cpp's server answers completions in that
/// of the chat API).
inline std::map<std::string, double> first_token_of(const nlohmann::json& choice) {
    std::map<std::string, double> tokens;
    const auto logprobs = choice.find("logprobs");
    if (logprobs == choice.end() || !logprobs->is_object()) return tokens;
    if (const auto content = logprobs->find("content");
        content != logprobs->end() && content->is_array() && !content->empty()) {
        const auto& first = content->front();
        if (!first.is_object()) return tokens;
        if (const auto top = first.find("top_logprobs"); top != first.end() && top->is_array()) {
            for (const auto& entry : *top) {
                if (entry.is_object() && entry.contains("token") && entry.contains("logprob")) {
                    add_token(tokens, entry["token"], entry["logprob"]);
                }
            }
        }
        if (first.contains("token") && first.contains("logprob")) add_token(tokens, first["token"], first["logprob"]);
        return tokens;
    }
    if (const auto top = logprobs->find("top_logprobs");
        top != logprobs->end() && top->is_array() && !top->empty() && top->front().is_object()) {
        for (const auto& [token, logprob] : top->front().items()) add_token(tokens, token, logprob);
    }
    const auto chosen = logprobs->find("tokens"), value = logprobs->find("token_logprobs");
    if (chosen != logprobs->end() && value != logprobs->end() && chosen->is_array() && value->is_array() &&
        !chosen->empty() && !value->empty()) {
        add_token(tokens, chosen->front(), value->front());
    }
    return tokens;
}

/// The text of a choice: a string, or (chat) a list of parts; nullptr-like where there is none.
inline std::optional<std::string> text_of(OpenAiApi api, const nlohmann::json& choice) {
    const nlohmann::json* content = nullptr;
    if (api == OpenAiApi::completions) {
        if (choice.contains("text")) content = &choice["text"];
    } else if (choice.contains("message") && choice["message"].is_object() && choice["message"].contains("content")) {
        content = &choice["message"]["content"];
    }
    if (content == nullptr) return std::nullopt;
    if (content->is_string()) return content->get<std::string>();
    if (!content->is_array()) return std::nullopt;
    std::string text;
    for (const auto& part : *content) {
        if (part.is_object() && part.contains("text") && part["text"].is_string())
            text += part["text"].get<std::string>();
    }
    return text;
}

} // namespace detail

/// Reads the body of a 200. A body that is no such reply is a failure (malformed_reply): no JSON, no choices, no text.
/// Log-probabilities and usage are taken where they are given. A key that an endpoint echoes is taken out of the text.
[[nodiscard]] inline Result<LlmReply> parse_reply(OpenAiApi api, std::string_view body, const ApiKey& key) {
    if (find_deeper_than(detail::kDeepestReply, body)) return detail::malformed("the reply is JSON nested too deeply");
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded()) {
        return detail::malformed(body.empty() ? "the reply is empty"
                                              : "the reply is not JSON: " + detail::excerpt(body, 120, key));
    }
    if (!json.is_object())
        return detail::malformed("the reply is JSON, but no object: " + detail::excerpt(body, 120, key));
    const auto choices = json.find("choices");
    if (choices == json.end() || !choices->is_array() || choices->empty() || !choices->front().is_object()) {
        return detail::malformed("the reply has no choices: " + detail::excerpt(body, 200, key));
    }
    const auto& choice = choices->front();
    auto text = detail::text_of(api, choice);
    if (!text) return detail::malformed("the reply's choice has no text: " + detail::excerpt(body, 200, key));
    LlmReply reply;
    reply.text = key.without_key(std::move(*text));
    reply.first_token = detail::first_token_of(choice);
    const auto reason = choice.find("finish_reason");
    reply.finish_reason =
        reason != choice.end() && reason->is_string() ? key.redacted(reason->get<std::string>()) : "stop";
    if (const auto usage = json.find("usage"); usage != json.end() && usage->is_object()) {
        reply.usage.prompt = detail::count_at(*usage, "prompt_tokens");
        reply.usage.completion = detail::count_at(*usage, "completion_tokens");
        if (const auto details = usage->find("prompt_tokens_details"); details != usage->end()) {
            reply.usage.reused = detail::count_at(*details, "cached_tokens");
        }
    }
    return reply;
}

/// What an endpoint says went wrong, on one line of at most about 300 bytes, in the layouts of OpenAI, FastAPI (vLLM)
/// and Ollama; else the body itself. Well-formed UTF-8 whatever came, and without keys.
[[nodiscard]] inline std::string error_message(std::string_view body, const ApiKey& key) {
    constexpr std::size_t most = 300;
    const auto json =
        find_deeper_than(detail::kDeepestReply, body) ? nlohmann::json() : nlohmann::json::parse(body, nullptr, false);
    const auto text_at = [&](const nlohmann::json& object, const char* name) -> std::string {
        if (!object.is_object()) return {};
        const auto found = object.find(name);
        if (found == object.end() || found->is_null()) return {};
        if (found->is_string()) return detail::excerpt(found->get_ref<const std::string&>(), most, key);
        if (found->is_object() && found->contains("message")) return {};
        return detail::excerpt(found->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), most, key);
    };
    if (json.is_object()) {
        if (json.contains("error")) {
            if (auto said = text_at(json["error"], "message"); !said.empty()) return said;
            if (auto said = text_at(json, "error"); !said.empty()) return said;
        }
        for (const char* name : {"message", "detail"}) {
            if (auto said = text_at(json, name); !said.empty()) return said;
        }
    }
    return detail::excerpt(body, most, key);
}

} // namespace familiar::transport
