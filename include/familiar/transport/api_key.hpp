#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/replace_all.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::transport {

/// The secret of an endpoint. It leaves this object in the Authorization header only, and is taken out of every text
/// that an endpoint sends back.
class ApiKey {
  public:
    /// No key: nothing is sent; what looks like a key is taken out of texts all the same.
    ApiKey() = default;

    explicit ApiKey(std::string value) : value_(std::move(value)) {}

    /// Reads the variable. An empty name means no key. One that is not set (or empty) is an Error
    /// (missing_environment), unless `optional`.
    [[nodiscard]] static ApiKey from_environment(const std::string& variable, bool optional = false) {
        if (variable.empty()) return {};
        const char* const value = std::getenv(variable.c_str());
        if (value == nullptr || *value == '\0') {
            if (optional) return {};
            throw Error(
                ErrorCode::missing_environment, "the environment variable " + variable + " is not set", "key_env",
                "Set it to the endpoint's key, name another variable, or give \"key_env\": \"\" where none is needed");
        }
        const std::string_view text = value;
        if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
            throw Error(ErrorCode::missing_environment,
                        "the environment variable " + variable + " holds white space or a character that no key has",
                        "key_env", "Set it to the key alone");
        }
        return ApiKey(std::string(text));
    }

    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    /// `Bearer …`; empty without a key.
    [[nodiscard]] std::string authorization() const { return value_.empty() ? std::string() : "Bearer " + value_; }

    /// The text without the key itself: for replies, which must not change otherwise.
    [[nodiscard]] std::string without_key(std::string text) const {
        text::replace_all(text, value_, kMark);
        return text;
    }

    /// The text without the key and without what looks like one (`sk-…`, `Bearer …`), whole or masked: for messages.
    [[nodiscard]] std::string redacted(std::string text) const {
        text = without_key(std::move(text));
        remove_after(text, "sk-", 0);
        remove_after(text, "Bearer ", 7);
        remove_after(text, "bearer ", 7);
        return text;
    }

  private:
    static constexpr std::string_view kMark = "[key removed]";

    /// Takes out what follows `prefix` and looks like a secret: eight characters or more, or masked by asterisks.
    static void remove_after(std::string& text, std::string_view prefix, std::size_t kept) {
        const auto is_alphanumeric = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        };
        const auto of_a_key = [&](char c) {
            return is_alphanumeric(c) || std::string_view("-_.*+/=~").find(c) != std::string_view::npos;
        };
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
            std::size_t end = at + prefix.size();
            bool masked = false;
            for (; end < text.size() && of_a_key(text[end]); ++end) masked = masked || text[end] == '*';
            const bool within_word = at > 0 && is_alphanumeric(text[at - 1]); // a risk-averse word is no key
            if (within_word || (end - at - prefix.size() < 8 && !masked)) continue;
            text.replace(at + kept, end - at - kept, kMark);
        }
    }

    std::string value_;
};

} // namespace familiar::transport
