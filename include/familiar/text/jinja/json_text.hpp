#pragma once

#include <familiar/text/jinja/value.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text::jinja {

/// A float as Python writes it: the shortest digits that give it back, with a point.
[[nodiscard]] inline std::string float_text(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
    char buffer[40];
    const double size = std::abs(number);
    const auto format =
        size != 0 && (size < 1e-4 || size >= 1e16) ? std::chars_format::scientific : std::chars_format::fixed;
    std::string out(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr);
    if (format == std::chars_format::fixed && out.find('.') == std::string::npos) out += ".0";
    return out;
}

/// A JSON document as a value of the template language; its texts are a message's. Precondition: the caller has bounded
/// the nesting.
[[nodiscard]] inline Value from_json(const nlohmann::ordered_json& json) {
    switch (json.type()) {
    case nlohmann::ordered_json::value_t::null:
        return None{};
    case nlohmann::ordered_json::value_t::boolean:
        return json.get<bool>();
    case nlohmann::ordered_json::value_t::number_integer:
        return json.get<std::int64_t>();
    case nlohmann::ordered_json::value_t::number_unsigned: {
        const auto number = json.get<std::uint64_t>();
        return number <= INT64_MAX ? Value(static_cast<std::int64_t>(number)) : Value(static_cast<double>(number));
    }
    case nlohmann::ordered_json::value_t::number_float:
        return json.get<double>();
    case nlohmann::ordered_json::value_t::string:
        return MarkedText::of_message(to_well_formed(json.get_ref<const std::string&>()));
    case nlohmann::ordered_json::value_t::array: {
        List list;
        for (const auto& item : json) list.items.push_back(from_json(item));
        return list;
    }
    case nlohmann::ordered_json::value_t::object: {
        Dictionary dictionary;
        for (const auto& [key, item] : json.items())
            dictionary.items.emplace_back(to_well_formed(key), from_json(item));
        return dictionary;
    }
    default:
        return None{};
    }
}

/// Python's json.dumps(value, ensure_ascii=False, indent=indent).
class JsonWriter {
  public:
    /// @param deepest levels of nesting before nothing is given
    [[nodiscard]] static std::optional<std::string> write(const Value& value, std::optional<std::int64_t> indent,
                                                          std::size_t deepest) {
        JsonWriter writer{indent, deepest};
        if (!writer.put(value, 0)) return std::nullopt;
        return std::move(writer.out_);
    }

  private:
    JsonWriter(std::optional<std::int64_t> indent, std::size_t deepest) : indent_(indent), deepest_(deepest) {}

    void quote(std::string_view text) {
        out_ += '"';
        for (const char c : text) {
            switch (c) {
            case '"':
                out_ += "\\\"";
                break;
            case '\\':
                out_ += "\\\\";
                break;
            case '\n':
                out_ += "\\n";
                break;
            case '\r':
                out_ += "\\r";
                break;
            case '\t':
                out_ += "\\t";
                break;
            case '\b':
                out_ += "\\b";
                break;
            case '\f':
                out_ += "\\f";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    constexpr std::string_view kDigits = "0123456789abcdef";
                    out_ += "\\u00";
                    out_ += kDigits[static_cast<unsigned char>(c) >> 4];
                    out_ += kDigits[static_cast<unsigned char>(c) & 15];
                } else {
                    out_ += c;
                }
            }
        }
        out_ += '"';
    }

    void new_line(std::size_t level) {
        if (!indent_) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(*indent_) * level, ' ');
    }

    bool put(const Value& value, std::size_t level) {
        if (level > deepest_) return false;
        if (value.is<None>()) {
            out_ += "null";
        } else if (value.is<bool>()) {
            out_ += value.get<bool>() ? "true" : "false";
        } else if (value.is<std::int64_t>()) {
            out_ += std::to_string(value.get<std::int64_t>());
        } else if (value.is<double>()) {
            const double number = value.get<double>();
            out_ += std::isnan(number)   ? "NaN"
                    : std::isinf(number) ? (number < 0 ? "-Infinity" : "Infinity")
                                         : float_text(number);
        } else if (const MarkedText* const text = value.text()) {
            quote(text->bytes());
        } else if (const List* const list = value.list()) {
            return put_items('[', ']', list->items.size(), level,
                             [&](std::size_t i) { return put(list->items[i], level + 1); });
        } else if (const Dictionary* const dictionary = value.dictionary()) {
            return put_items('{', '}', dictionary->items.size(), level, [&](std::size_t i) {
                quote(dictionary->items[i].first);
                out_ += ": ";
                return put(dictionary->items[i].second, level + 1);
            });
        } else {
            return false;
        }
        return true;
    }

    template <class Item> bool put_items(char open, char close, std::size_t count, std::size_t level, Item&& item) {
        out_ += open;
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) out_ += indent_ ? "," : ", ";
            new_line(level + 1);
            if (!item(i)) return false;
        }
        if (count > 0) new_line(level);
        out_ += close;
        return true;
    }

    std::optional<std::int64_t> indent_;
    std::size_t deepest_;
    std::string out_;
};

} // namespace familiar::text::jinja
