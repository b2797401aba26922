#pragma once

#include <familiar/core/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace program {

/// JSON written straight to text: a row of a thousand numbers is built without a tree of a thousand nodes.
template <class Number> void append_number(std::string& out, Number value) {
    if constexpr (std::is_floating_point_v<Number>) {
        if (!std::isfinite(value)) {
            throw familiar::Error(familiar::ErrorCode::numeric_failure, "a result is not a finite number", {},
                                  "The model's weights or the input are broken");
        }
    }
    char digits[48];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end.ptr);
}

inline void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            constexpr char hex[] = "0123456789abcdef";
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

/// `[a,b,c]` of what `append_one(out, value)` writes.
template <class Range, class AppendOne> void append_array(std::string& out, const Range& values, AppendOne append_one) {
    out += '[';
    bool first = true;
    for (const auto& value : values) {
        if (!first) out += ',';
        first = false;
        append_one(out, value);
    }
    out += ']';
}

template <class Range> void append_numbers(std::string& out, const Range& values) {
    append_array(out, values, [](std::string& text, auto value) { append_number(text, value); });
}

/// The start of an output row: every key of the input row but its texts, then room for `"key":value` pairs.
class RowText {
  public:
    explicit RowText(const nlohmann::ordered_json& input,
                     std::initializer_list<std::string_view> consumed = {"text", "text_a", "text_b"}) {
        text_ = "{";
        for (const auto& [key, value] : input.items()) {
            if (std::find(consumed.begin(), consumed.end(), key) != consumed.end()) continue;
            this->key(key) += value.dump();
        }
    }

    /// Writes `"name":`; the caller appends the value to what comes back.
    std::string& key(std::string_view name) {
        if (text_.size() > 1) text_ += ',';
        append_string(text_, name);
        text_ += ':';
        return text_;
    }

    void error(std::string_view message) { append_string(key("error"), message); }

    [[nodiscard]] std::string finish() && {
        text_ += '}';
        return std::move(text_);
    }

  private:
    std::string text_;
};

} // namespace program
