#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/json_text.hpp>
#include <familiar/text/jinja/methods.hpp>
#include <familiar/text/jinja/operations.hpp>
#include <familiar/text/jinja/tests.hpp>
#include <familiar/text/jinja/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

/// What stands behind `|`.
class Filters {
  public:
    /// @throws Error unsupported_model: no such filter
    [[nodiscard]] static Value apply(Context& context, std::string_view name, const Value& value,
                                     const Arguments& arguments) {
        context.spend(1);
        if (name == "default" || name == "d") return otherwise(value, arguments);
        if (name == "tojson") return to_json(context, value, arguments);
        if (name == "safe") return value;
        if (name == "string") return to_text(context, value);
        if (name == "length" || name == "count") return length_of(context, value);
        if (auto out = of_text(context, name, value, arguments)) return *std::move(out);
        if (auto out = of_number(context, name, value, arguments)) return *std::move(out);
        if (auto out = of_items(context, name, value, arguments)) return *std::move(out);
        throw context.unknown("filter", name);
    }

  private:
    static Value otherwise(const Value& value, const Arguments& arguments) {
        const Value* const given = arguments.find(0, "default_value");
        const Value* const falsy = arguments.find(1, "boolean");
        const bool is_missing = value.is<Undefined>() || (falsy != nullptr && falsy->truth() && !value.truth());
        if (!is_missing) return value;
        return given != nullptr ? *given : Value(MarkedText());
    }

    static Value to_json(Context& context, const Value& value, const Arguments& arguments) {
        std::optional<std::int64_t> indent;
        if (const Value* const given = arguments.find(0, "indent"); given != nullptr && given->integer()) {
            indent = std::clamp<std::int64_t>(*given->integer(), 0, 16);
        }
        auto text = JsonWriter::write(value, indent, Context::kDeepestValue);
        if (!text) throw context.error("a " + std::string(value.type_name()) + " cannot be written as JSON");
        return context.made(MarkedText::of_message(*std::move(text)));
    }

    static std::optional<Value> of_text(Context& context, std::string_view name, const Value& value,
                                        const Arguments& arguments) {
        static constexpr std::string_view kNames[] = {"trim",    "upper",  "lower",  "capitalize", "title",
                                                      "replace", "indent", "escape", "e"};
        if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) return std::nullopt;
        const MarkedText text = to_text(context, value);
        if (name == "trim") {
            const Value* const set = arguments.find(0, "chars");
            const bool is_given = set != nullptr && set->text() != nullptr;
            return text.stripped(is_given ? std::string_view(set->text()->bytes()) : std::string_view(), true, true);
        }
        if (name == "upper") return Methods::upper(text);
        if (name == "lower") return Methods::lower(text);
        if (name == "capitalize") return Methods::capitalized(text);
        if (name == "title") return Methods::titled(text);
        if (name == "replace") {
            const Value *const from = arguments.find(0, "old"), *const to = arguments.find(1, "new"),
                               *const most = arguments.find(2, "count");
            if (from == nullptr || to == nullptr || from->text() == nullptr || to->text() == nullptr)
                throw context.error("`replace` takes two strings");
            return Methods::replaced(context, text, *from->text(), *to->text(),
                                     most != nullptr ? most->integer().value_or(-1) : -1);
        }
        if (name == "indent") return indented(context, text, arguments);
        return escaped(context, text);
    }

    static MarkedText indented(Context& context, const MarkedText& text, const Arguments& arguments) {
        const Value *const width = arguments.find(0, "width"), *const first = arguments.find(1, "first"),
                           *const blank = arguments.find(2, "blank");
        const auto spaces = static_cast<std::size_t>(
            std::clamp<std::int64_t>(width != nullptr ? width->integer().value_or(4) : 4, 0, 1000));
        const MarkedText margin = MarkedText::of_template(std::string(spaces, ' '));
        MarkedText out;
        std::size_t line = 0;
        for (bool is_first = true; line <= text.size(); is_first = false) {
            const std::size_t newline = std::min(text.bytes().find('\n', line), text.size());
            const bool is_blank = newline == line;
            if (is_first ? first != nullptr && first->truth() : !is_blank || (blank != nullptr && blank->truth()))
                out += margin;
            context.spend(newline - line + spaces + 1);
            out += text.part(line, std::min(newline + 1, text.size()));
            line = newline + 1;
        }
        return out;
    }

    static MarkedText escaped(Context& context, const MarkedText& text) {
        static constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
            {"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"'", "&#39;"}, {"\"", "&#34;"}};
        MarkedText out = text;
        for (const auto& [from, to] : kEscapes) {
            out = Methods::replaced(context, out, MarkedText::of_template(std::string(from)),
                                    MarkedText::of_template(std::string(to)), -1);
        }
        return out;
    }

    static std::optional<Value> of_number(Context& context, std::string_view name, const Value& value,
                                          const Arguments& arguments) {
        if (name == "int" || name == "float") return converted(name, value, arguments);
        if (name != "abs" && name != "round") return std::nullopt;
        const auto number = value.number();
        if (!number) throw context.error("`" + std::string(name) + "` takes a number");
        if (name == "round") {
            const Value* const digits = arguments.find(0, "precision");
            const double scale = std::pow(10.0, static_cast<double>(std::clamp<std::int64_t>(
                                                    digits != nullptr ? digits->integer().value_or(0) : 0, 0, 15)));
            return std::nearbyint(*number * scale) / scale;
        }
        if (!value.is<double>()) return operate(context, "*", value, Value(std::int64_t{*number < 0 ? -1 : 1}));
        return std::abs(*number);
    }

    static Value converted(std::string_view name, const Value& value, const Arguments& arguments) {
        const Value* const given = arguments.find(0, "default");
        const Value fallback = given != nullptr ? *given : name == "int" ? Value(std::int64_t{0}) : Value(0.0);
        std::optional<double> number = value.number();
        if (name == "int" && value.integer()) return *value.integer();
        if (value.text() != nullptr) {
            const std::string digits = value.text()->stripped({}, true, true).bytes();
            const char* const first = digits.data() + (digits.starts_with('+') ? 1 : 0);
            const char* const last = digits.data() + digits.size();
            std::int64_t whole = 0;
            if (name == "int") {
                const auto read = std::from_chars(first, last, whole);
                if (read.ec == std::errc() && read.ptr == last) return whole;
            }
            double real = 0;
            const auto read = std::from_chars(first, last, real);
            if (read.ec == std::errc() && read.ptr == last) number = real;
        }
        if (!number) return fallback;
        if (name == "float") return *number;
        constexpr double kLimit = 9.2e18;
        return std::abs(*number) < kLimit ? Value(static_cast<std::int64_t>(*number)) : fallback;
    }

    static std::optional<Value> of_items(Context& context, std::string_view name, const Value& value,
                                         const Arguments& arguments) {
        if (name == "items") return Methods::call(context, value, "items", {});
        if (name == "dictsort") return sorted_members(context, value);
        if (name == "join") return join(context, value, arguments);
        if (name == "select" || name == "reject" || name == "selectattr" || name == "rejectattr")
            return select(context, name, value, arguments);
        if (name == "map") return map(context, value, arguments);
        if (name == "first" || name == "last") {
            const auto items = items_of(context, value);
            if (items.empty()) return Value(Undefined{std::string(name) + " of nothing"});
            return name == "first" ? items.front() : items.back();
        }
        if (name == "list") return made(context, items_of(context, value));
        if (name == "sum") {
            Value out(std::int64_t{0});
            for (const Value& item : items_of(context, value)) out = operate(context, "+", out, item);
            return out;
        }
        if (name == "min" || name == "max") {
            std::optional<Value> best;
            for (const Value& item : items_of(context, value)) {
                const bool is_better =
                    !best || (name == "min" ? order(context, item, *best) < 0 : order(context, item, *best) > 0);
                if (is_better) best = item;
            }
            return best ? *best : Value(Undefined{std::string(name) + " of nothing"});
        }
        if (name == "reverse") {
            auto items = items_of(context, value);
            std::reverse(items.begin(), items.end());
            if (value.text() == nullptr) return made(context, std::move(items));
            MarkedText out;
            for (const Value& item : items) out += *item.text();
            return context.made(std::move(out));
        }
        if (name == "unique") {
            std::vector<Value> out;
            for (const Value& item : items_of(context, value)) {
                if (std::none_of(out.begin(), out.end(), [&](const Value& held) { return equal(context, held, item); }))
                    out.push_back(item);
            }
            return made(context, std::move(out));
        }
        if (name == "sort") return sorted(context, value, arguments);
        return std::nullopt;
    }

    static Value made(Context& context, std::vector<Value> items) {
        List list;
        list.items = std::move(items);
        return context.made(std::move(list));
    }

    /// `a.b` of an item, for the filters that take an attribute's name.
    static Value member(const Value& item, std::string_view path) {
        Value out = item;
        while (!path.empty()) {
            const std::size_t dot = path.find('.');
            const std::string_view name = path.substr(0, dot);
            const Dictionary* const dictionary = out.dictionary();
            const Value* const found = dictionary != nullptr ? dictionary->find(name) : nullptr;
            if (found == nullptr) return Value(Undefined{std::string(name)});
            out = Value(*found);
            path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
        }
        return out;
    }

    static std::string name_argument(Context& context, const Arguments& arguments, std::size_t position,
                                     std::string_view name) {
        const Value* const value = arguments.find(position, name);
        if (value == nullptr || value->text() == nullptr)
            throw context.error("the argument `" + std::string(name) + "` must be a string");
        return value->text()->bytes();
    }

    static Value join(Context& context, const Value& value, const Arguments& arguments) {
        const Value* const between = arguments.find(0, "d");
        const bool by_attribute = arguments.find(1, "attribute") != nullptr;
        const std::string attribute = by_attribute ? name_argument(context, arguments, 1, "attribute") : std::string();
        MarkedText out;
        const MarkedText separator = between != nullptr ? to_text(context, *between) : MarkedText();
        bool is_first = true;
        for (const Value& item : items_of(context, value)) {
            if (!std::exchange(is_first, false)) {
                context.spend(separator.size());
                out += separator;
            }
            out += to_text(context, by_attribute ? member(item, attribute) : item);
        }
        return out;
    }

    static Value select(Context& context, std::string_view name, const Value& value, const Arguments& arguments) {
        const bool by_attribute = name.ends_with("attr"), keeps = name.starts_with("select");
        const std::string attribute = by_attribute ? name_argument(context, arguments, 0, "attribute") : std::string();
        const std::size_t at = by_attribute ? 1 : 0;
        const bool has_test = arguments.positional.size() > at;
        const std::string test = has_test ? name_argument(context, arguments, at, "test") : std::string();
        Arguments rest;
        for (std::size_t i = at + 1; i < arguments.positional.size(); ++i)
            rest.positional.push_back(arguments.positional[i]);
        std::vector<Value> out;
        for (const Value& item : items_of(context, value)) {
            const Value subject = by_attribute ? member(item, attribute) : item;
            const bool holds = has_test ? Tests::apply(context, test_name(test), subject, rest) : subject.truth();
            if (holds == keeps) out.push_back(item);
        }
        return made(context, std::move(out));
    }

    /// Operators are names of tests too: `selectattr("role", "==", "user")`.
    static std::string_view test_name(std::string_view name) noexcept {
        return name == "=="   ? "eq"
               : name == "!=" ? "ne"
               : name == "<"  ? "lt"
               : name == "<=" ? "le"
               : name == ">"  ? "gt"
               : name == ">=" ? "ge"
                              : name;
    }

    static Value map(Context& context, const Value& value, const Arguments& arguments) {
        std::vector<Value> out;
        if (!arguments.positional.empty()) {
            const std::string filter = name_argument(context, arguments, 0, "filter");
            if (filter == "map" || filter == "select" || filter == "reject")
                throw context.unknown("filter inside of map", filter);
            Arguments rest;
            rest.positional.assign(arguments.positional.begin() + 1, arguments.positional.end());
            rest.named = arguments.named;
            for (const Value& item : items_of(context, value)) out.push_back(apply(context, filter, item, rest));
            return made(context, std::move(out));
        }
        const std::string attribute = name_argument(context, arguments, 0, "attribute");
        const Value* const missing = arguments.find(1, "default");
        for (const Value& item : items_of(context, value)) {
            Value found = member(item, attribute);
            out.push_back(found.is<Undefined>() && missing != nullptr ? *missing : std::move(found));
        }
        return made(context, std::move(out));
    }

    static Value sorted(Context& context, const Value& value, const Arguments& arguments) {
        const Value *const reverse = arguments.find(0, "reverse"), *const attribute = arguments.find(2, "attribute");
        const std::string path =
            attribute != nullptr && attribute->text() != nullptr ? attribute->text()->bytes() : std::string();
        auto items = items_of(context, value);
        // Strings sort without regard to case, as Jinja's filter does.
        const auto key = [&](const Value& item) {
            Value out = member(item, path);
            return out.text() != nullptr ? Value(Methods::lower(*out.text())) : out;
        };
        const bool is_reversed = reverse != nullptr && reverse->truth();
        std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
            return is_reversed ? order(context, key(b), key(a)) < 0 : order(context, key(a), key(b)) < 0;
        });
        return made(context, std::move(items));
    }

    static Value sorted_members(Context& context, const Value& value) {
        const Value pairs = Methods::call(context, value, "items", {});
        auto items = pairs.list()->items;
        std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
            return Methods::lower(*a.list()->items[0].text()).bytes() <
                   Methods::lower(*b.list()->items[0].text()).bytes();
        });
        return made(context, std::move(items));
    }
};

} // namespace familiar::text::jinja
