#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/operations.hpp>
#include <familiar/text/jinja/value.hpp>
#include <familiar/text/unicode.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text::jinja {

/// The methods of strings and dictionaries that templates call.
class Methods {
  public:
    /// @throws Error unsupported_model: no such method
    [[nodiscard]] static Value call(Context& context, const Value& object, std::string_view name,
                                    const Arguments& arguments) {
        if (const MarkedText* const text = object.text()) return of_text(context, *text, name, arguments);
        if (const Dictionary* const dictionary = object.dictionary())
            return of_dictionary(context, *dictionary, name, arguments);
        if (const List* const list = object.list()) return of_list(context, *list, name, arguments);
        if (object.is<Undefined>()) throw context.error("`" + object.get<Undefined>().name + "` is undefined");
        throw context.unknown("method of a " + std::string(object.type_name()), name);
    }

    [[nodiscard]] static bool is_method(const Value& object, std::string_view name) noexcept {
        return object.dictionary() != nullptr &&
               (name == "items" || name == "keys" || name == "values" || name == "get");
    }

    /// Case character by character; the few letters whose capital is two characters stay.
    [[nodiscard]] static MarkedText upper(const MarkedText& text) { return text.mapped(to_capital); }
    [[nodiscard]] static MarkedText lower(const MarkedText& text) { return text.mapped(to_small); }
    [[nodiscard]] static MarkedText capitalized(const MarkedText& text) {
        bool is_first = true;
        return text.mapped([&](char32_t c) { return std::exchange(is_first, false) ? to_capital(c) : to_small(c); });
    }
    /// The first letter of every word a capital. Python begins a word behind anything that is no letter.
    [[nodiscard]] static MarkedText titled(const MarkedText& text) {
        bool starts = true;
        return text.mapped([&](char32_t c) {
            const bool is_letter = character_class(c) == CharacterClass::letter;
            return std::exchange(starts, !is_letter) ? to_capital(c) : to_small(c);
        });
    }

    [[nodiscard]] static MarkedText replaced(Context& context, const MarkedText& text, const MarkedText& from,
                                             const MarkedText& to, std::int64_t most) {
        if (from.empty()) throw context.error("an empty string cannot be replaced", ErrorCode::unsupported_model);
        context.spend(text.size() + 1);
        MarkedText out;
        std::size_t done = 0;
        for (std::size_t at = text.bytes().find(from.bytes()); at != std::string::npos && most != 0;
             at = text.bytes().find(from.bytes(), done)) {
            context.spend(to.size() + 1);
            out += text.part(done, at);
            out += to;
            done = at + from.size();
            --most;
        }
        out += text.part(done, text.size());
        return out;
    }

  private:
    static char32_t to_capital(char32_t c) noexcept {
        return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)));
    }
    static char32_t to_small(char32_t c) noexcept {
        return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    }

    static const MarkedText& need_text(Context& context, const Arguments& arguments, std::size_t position,
                                       std::string_view name) {
        const Value* const value = arguments.find(position, name);
        if (value == nullptr || value->text() == nullptr)
            throw context.error("the argument `" + std::string(name) + "` must be a string");
        return *value->text();
    }

    static std::int64_t integer_or(Context& context, const Arguments& arguments, std::size_t position,
                                   std::string_view name, std::int64_t otherwise) {
        const Value* const value = arguments.find(position, name);
        if (value == nullptr) return otherwise;
        if (!value->integer()) throw context.error("the argument `" + std::string(name) + "` must be an integer");
        return *value->integer();
    }

    static Value of_text(Context& context, const MarkedText& text, std::string_view name, const Arguments& arguments) {
        context.spend(text.size() + 1);
        if (name == "strip" || name == "lstrip" || name == "rstrip") {
            const Value* const set = arguments.find(0, "chars");
            const bool is_given = set != nullptr && set->text() != nullptr;
            return text.stripped(is_given ? std::string_view(set->text()->bytes()) : std::string_view(),
                                 name != "rstrip", name != "lstrip");
        }
        if (name == "startswith" || name == "endswith") {
            const Value* const what = arguments.find(0, "prefix");
            const auto fits = [&](const Value& part) {
                if (part.text() == nullptr) throw context.error("`" + std::string(name) + "` takes a string");
                return name == "startswith" ? text.bytes().starts_with(part.text()->bytes())
                                            : text.bytes().ends_with(part.text()->bytes());
            };
            if (what == nullptr) throw context.error("`" + std::string(name) + "` takes a string");
            if (what->list() == nullptr) return fits(*what);
            for (const Value& part : what->list()->items) {
                if (fits(part)) return true;
            }
            return false;
        }
        if (name == "upper") return upper(text);
        if (name == "lower") return lower(text);
        if (name == "capitalize") return capitalized(text);
        if (name == "title") return titled(text);
        if (name == "replace") {
            return replaced(context, text, need_text(context, arguments, 0, "old"),
                            need_text(context, arguments, 1, "new"), integer_or(context, arguments, 2, "count", -1));
        }
        if (name == "split") return split(context, text, arguments);
        if (name == "rsplit") return split_from_right(context, text, arguments);
        if (name == "splitlines") return split_lines(context, text);
        if (name == "join") return join(context, text, arguments);
        if (name == "find" || name == "count") return find_or_count(context, text, name, arguments);
        if (name == "isdigit") return is_all(text, [](char c) { return c >= '0' && c <= '9'; });
        throw context.unknown("method of a string", name);
    }

    template <class Is> static bool is_all(const MarkedText& text, Is&& is) {
        return !text.empty() && std::all_of(text.bytes().begin(), text.bytes().end(), is);
    }

    static Value find_or_count(Context& context, const MarkedText& text, std::string_view name,
                               const Arguments& arguments) {
        const std::string& part = need_text(context, arguments, 0, "sub").bytes();
        if (name == "find") {
            const std::size_t at = text.bytes().find(part);
            if (at == std::string::npos) return std::int64_t{-1};
            return static_cast<std::int64_t>(text.part(0, at).starts().size() - 1);
        }
        if (part.empty()) throw context.error("an empty string cannot be counted", ErrorCode::unsupported_model);
        std::int64_t count = 0;
        for (std::size_t at = text.bytes().find(part); at != std::string::npos;
             at = text.bytes().find(part, at + part.size()))
            ++count;
        return count;
    }

    static Value split(Context& context, const MarkedText& text, const Arguments& arguments) {
        std::int64_t most = integer_or(context, arguments, 1, "maxsplit", -1);
        const Value* const separator = arguments.find(0, "sep");
        List out;
        if (separator == nullptr || separator->is<None>()) {
            const auto starts = text.starts();
            for (std::size_t i = 0; i + 1 < starts.size();) {
                const auto is_space = [&](std::size_t k) {
                    return is_python_space(decode_utf8(text.bytes(), starts[k]).character);
                };
                if (is_space(i)) {
                    ++i;
                    continue;
                }
                std::size_t end = i;
                while (end + 1 < starts.size() && (most == 0 || !is_space(end))) ++end;
                const MarkedText part = text.part(starts[i], starts[end]);
                out.items.push_back(context.made(most == 0 ? part.stripped({}, false, true) : part));
                if (most > 0) --most;
                i = end;
            }
            return context.made(std::move(out));
        }
        const std::string& by = need_text(context, arguments, 0, "sep").bytes();
        if (by.empty()) throw context.error("an empty separator");
        std::size_t done = 0;
        for (std::size_t at = text.bytes().find(by); at != std::string::npos && most != 0;
             at = text.bytes().find(by, done)) {
            out.items.push_back(context.made(text.part(done, at)));
            done = at + by.size();
            --most;
        }
        out.items.push_back(context.made(text.part(done, text.size())));
        return context.made(std::move(out));
    }

    static Value split_from_right(Context& context, const MarkedText& text, const Arguments& arguments) {
        const std::string& by = need_text(context, arguments, 0, "sep").bytes();
        if (by.empty()) throw context.error("an empty separator");
        std::int64_t most = integer_or(context, arguments, 1, "maxsplit", -1);
        List out;
        std::size_t end = text.size();
        while (most != 0 && end >= by.size()) {
            const std::size_t at = text.bytes().rfind(by, end - by.size());
            if (at == std::string::npos) break;
            out.items.push_back(context.made(text.part(at + by.size(), end)));
            end = at;
            --most;
        }
        out.items.push_back(context.made(text.part(0, end)));
        std::reverse(out.items.begin(), out.items.end());
        return context.made(std::move(out));
    }

    static Value split_lines(Context& context, const MarkedText& text) {
        List out;
        std::size_t done = 0;
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (text.bytes()[at] != '\n' && text.bytes()[at] != '\r') continue;
            out.items.push_back(context.made(text.part(done, at)));
            if (text.bytes()[at] == '\r' && at + 1 < text.size() && text.bytes()[at + 1] == '\n') ++at;
            done = at + 1;
        }
        if (done < text.size()) out.items.push_back(context.made(text.part(done, text.size())));
        return context.made(std::move(out));
    }

    static Value join(Context& context, const MarkedText& between, const Arguments& arguments) {
        const Value* const parts = arguments.find(0, "iterable");
        if (parts == nullptr) throw context.error("`join` takes a list");
        MarkedText out;
        bool is_first = true;
        for (const Value& part : items_of(context, *parts)) {
            if (part.text() == nullptr) throw context.error("`join` takes strings");
            context.spend(between.size() + part.text()->size() + 1);
            if (!std::exchange(is_first, false)) out += between;
            out += *part.text();
        }
        return out;
    }

    static Value of_dictionary(Context& context, const Dictionary& dictionary, std::string_view name,
                               const Arguments& arguments) {
        if (name == "get") {
            const MarkedText& key = need_text(context, arguments, 0, "key");
            context.spend(dictionary.items.size());
            if (const Value* const found = dictionary.find(key.bytes())) return *found;
            const Value* const otherwise = arguments.find(1, "default");
            return otherwise != nullptr ? *otherwise : Value(None{});
        }
        if (name != "items" && name != "keys" && name != "values")
            throw context.unknown("method of a dictionary", name);
        List out;
        for (const auto& [key, value] : dictionary.items) {
            if (name == "values") {
                out.items.push_back(value);
                continue;
            }
            Value key_value = context.made(MarkedText::of_message(key));
            if (name == "keys") {
                out.items.push_back(std::move(key_value));
            } else {
                List pair;
                pair.is_tuple = true;
                pair.items = {std::move(key_value), value};
                out.items.push_back(context.made(std::move(pair)));
            }
        }
        return context.made(std::move(out));
    }

    static Value of_list(Context& context, const List& list, std::string_view name, const Arguments& arguments) {
        const Value* const item = arguments.find(0, "value");
        if (item == nullptr || (name != "index" && name != "count")) throw context.unknown("method of a list", name);
        std::int64_t count = 0;
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            if (!equal(context, list.items[i], *item)) continue;
            if (name == "index") return static_cast<std::int64_t>(i);
            ++count;
        }
        if (name == "index") throw context.error("the list does not hold what is looked for");
        return count;
    }
};

} // namespace familiar::text::jinja
