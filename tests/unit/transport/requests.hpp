#pragma once

#include <familiar/transport/llm_request.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace familiar::tests {

/// A prompt in the text form.
inline transport::LlmRequest text_request(const std::string& shared, const std::string& query = "") {
    transport::LlmRequest request;
    request.prompt.form = prompt::Form::text;
    request.prompt.shared = std::make_shared<prompt::PromptPart>(prompt::PromptPart{shared, {}});
    request.prompt.query.text = query;
    return request;
}

/// A prompt in the chat form: the first messages shared, the last one the query's.
inline transport::LlmRequest chat_request(std::vector<text::ChatMessage> messages) {
    transport::LlmRequest request;
    request.prompt.query.messages = {messages.back()};
    messages.pop_back();
    request.prompt.shared = std::make_shared<prompt::PromptPart>(prompt::PromptPart{"", std::move(messages)});
    return request;
}

inline transport::LlmRequest chat_request(const std::string& question) {
    return chat_request({{text::Role::system, "Answer with a label."}, {text::Role::user, question}});
}

} // namespace familiar::tests
