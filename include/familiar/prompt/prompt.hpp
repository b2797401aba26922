#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::prompt {

enum class Role { system, user, assistant };

constexpr std::string_view to_string(Role role) noexcept {
    return role == Role::system ? "system" : role == Role::user ? "user" : "assistant";
}

struct ChatMessage {
    Role role = Role::user;
    std::string content;
    friend bool operator==(const ChatMessage&, const ChatMessage&) = default;
};

/// How a prompt is laid out: one text that the LLM continues, or messages of a chat.
enum class Form { text, chat };

/// A piece of a prompt: `text` in the text form, whole `messages` in the chat form.
struct PromptPart {
    std::string text;
    std::vector<ChatMessage> messages;
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
    [[nodiscard]] std::vector<ChatMessage> messages() const {
        std::vector<ChatMessage> all = shared->messages;
        all.insert(all.end(), query.messages.begin(), query.messages.end());
        return all;
    }
};

} // namespace familiar::prompt
