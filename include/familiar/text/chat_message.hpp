#pragma once

#include <string>
#include <string_view>

namespace familiar::text {

/// Who speaks in a chat.
enum class Role { system, user, assistant };

constexpr std::string_view to_string(Role role) noexcept {
    return role == Role::system ? "system" : role == Role::user ? "user" : "assistant";
}

/// One message of a chat; the content is UTF-8.
struct ChatMessage {
    Role role = Role::user;
    std::string content;
    friend bool operator==(const ChatMessage&, const ChatMessage&) = default;
};

} // namespace familiar::text
