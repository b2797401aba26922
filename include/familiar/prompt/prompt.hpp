#pragma once

#include <familiar/text/chat_message.hpp>

#include <memory>
#include <string>
#include <vector>

namespace familiar::prompt {

/// How a prompt is laid out: one text that the LLM continues, or messages of a chat.
enum class Form { text, chat };

/// A piece of a prompt: `text` in the text form, whole `messages` in the chat form.
struct PromptPart {
    std::string text;
    std::vector<text::ChatMessage> messages;
    friend bool operator==(const PromptPart&, const PromptPart&) = default;
};

/// What an LLM is asked: a prefix, the same object for every query that shares it (so that a transport can keep what it
/// computed for it), and the query's own part after it.
struct Prompt {
    Form form = Form::chat;
    std::shared_ptr<const PromptPart> shared; ///< never null
    PromptPart query;

    /// Prefix and query part together, text form.
    [[nodiscard]] std::string text() const { return shared->text + query.text; }

    /// Prefix and query part together, chat form.
    [[nodiscard]] std::vector<text::ChatMessage> messages() const {
        std::vector<text::ChatMessage> all = shared->messages;
        all.insert(all.end(), query.messages.begin(), query.messages.end());
        return all;
    }
};

} // namespace familiar::prompt
