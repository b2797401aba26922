#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/json_text.hpp>
#include <familiar/text/jinja/value.hpp>

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The operators of the template language, as Python has them.
namespace familiar::text::jinja {

[[nodiscard]] inline bool equal(Context& context, const Value& a, const Value& b) {
    context.spend(1);
    if (const auto x = a.number(), y = b.number(); x && y) return *x == *y;
    if (a.text() != nullptr && b.text() != nullptr) {
        context.spend(std::min(a.text()->size(), b.text()->size()) / 8);
        return a.text()->bytes() == b.text()->bytes();
    }
    if (a.list() != nullptr && b.list() != nullptr) {
        const auto &x = a.list()->items, &y = b.list()->items;
        if (x.size() != y.size() || a.list()->is_tuple != b.list()->is_tuple) return false;
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (!equal(context, x[i], y[i])) return false;
        }
        return true;
    }
    if (a.dictionary() != nullptr && b.dictionary() != nullptr) {
        if (a.dictionary() == b.dictionary()) return true;
        const auto& x = a.dictionary()->items;
        if (x.size() != b.dictionary()->items.size() || a.dictionary()->is_namespace || b.dictionary()->is_namespace)
            return false;
        for (const auto& [key, value] : x) {
            context.spend(x.size());
            const Value* const other = b.dictionary()->find(key);
            if (other == nullptr || !equal(context, value, *other)) return false;
        }
        return true;
    }
    return (a.is<None>() && b.is<None>()) || (a.is<Undefined>() && b.is<Undefined>());
}

/// Less, equal or greater. @throws Error for values without an order
[[nodiscard]] inline std::partial_ordering order(Context& context, const Value& a, const Value& b) {
    context.spend(1);
    if (const auto x = a.number(), y = b.number(); x && y) return *x <=> *y;
    if (a.text() != nullptr && b.text() != nullptr) {
        const int sign = a.text()->bytes().compare(b.text()->bytes());
        return sign <=> 0;
    }
    if (a.list() != nullptr && b.list() != nullptr) {
        const auto &x = a.list()->items, &y = b.list()->items;
        for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
            const auto first = order(context, x[i], y[i]);
            if (first != 0) return first;
        }
        return x.size() <=> y.size();
    }
    throw context.error("a " + std::string(a.type_name()) + " and a " + std::string(b.type_name()) + " have no order");
}

[[nodiscard]] inline bool contains(Context& context, const Value& container, const Value& item) {
    if (const MarkedText* const text = container.text()) {
        if (item.text() == nullptr)
            throw context.error("a " + std::string(item.type_name()) + " cannot stand in a string");
        context.spend(text->size());
        return text->bytes().find(item.text()->bytes()) != std::string::npos;
    }
    if (const List* const list = container.list()) {
        for (const Value& held : list->items) {
            if (equal(context, held, item)) return true;
        }
        return false;
    }
    if (const Dictionary* const dictionary = container.dictionary()) {
        context.spend(dictionary->items.size());
        return item.text() != nullptr && dictionary->find(item.text()->bytes()) != nullptr;
    }
    if (container.is<Undefined>()) return false;
    throw context.error("nothing can stand in a " + std::string(container.type_name()));
}

[[nodiscard]] inline MarkedText to_text(Context& context, const Value& value);

/// Python's repr, for what stands inside of a printed list.
[[nodiscard]] inline MarkedText to_representation(Context& context, const Value& value) {
    const MarkedText* const text = value.text();
    if (text == nullptr) return to_text(context, value);
    const bool has_single = text->bytes().find('\'') != std::string::npos,
               has_double = text->bytes().find('"') != std::string::npos;
    const char quote = has_single && !has_double ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : text->bytes()) {
        if (c == '\\' || c == quote) {
            out += '\\';
            out += c;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else {
            out += c;
        }
    }
    out += quote;
    context.spend(out.size());
    return {std::move(out), text->is_trusted()};
}

/// What `{{ value }}` puts out: Python's str.
[[nodiscard]] inline MarkedText to_text(Context& context, const Value& value) {
    if (const MarkedText* const text = value.text()) {
        context.spend(text->size() + 1);
        return *text;
    }
    const auto plain = [&](std::string text) {
        context.spend(text.size() + 1);
        return MarkedText::of_template(std::move(text));
    };
    if (value.is<Undefined>()) return {};
    if (value.is<None>()) return plain("None");
    if (value.is<bool>()) return plain(value.get<bool>() ? "True" : "False");
    if (value.is<std::int64_t>()) return plain(std::to_string(value.get<std::int64_t>()));
    if (value.is<double>()) return plain(float_text(value.get<double>()));
    if (const List* const list = value.list()) {
        MarkedText out = plain(list->is_tuple ? "(" : "[");
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            if (i > 0) out += plain(", ");
            out += to_representation(context, list->items[i]);
        }
        if (list->is_tuple && list->items.size() == 1) out += plain(",");
        out += plain(list->is_tuple ? ")" : "]");
        return out;
    }
    if (const Dictionary* const dictionary = value.dictionary(); dictionary != nullptr && !dictionary->is_namespace) {
        MarkedText out = plain("{");
        bool is_first = true;
        for (const auto& [key, item] : dictionary->items) {
            if (!std::exchange(is_first, false)) out += plain(", ");
            out += to_representation(context, Value(MarkedText::of_message(key)));
            out += plain(": ");
            out += to_representation(context, item);
        }
        out += plain("}");
        return out;
    }
    throw context.error("a " + std::string(value.type_name()) + " cannot be put out");
}

[[nodiscard]] inline MarkedText concatenated(Context& context, const MarkedText& a, const MarkedText& b) {
    context.spend(a.size() + b.size() + 1);
    MarkedText out = a;
    out += b;
    return out;
}

/// `times` times one after the other. @throws Error where that takes too many steps
[[nodiscard]] inline Value repeated(Context& context, const Value& value, std::int64_t times) {
    const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
    const auto pay = [&](std::size_t size) {
        if (size != 0 && count > std::numeric_limits<std::size_t>::max() / 2 / size)
            context.spend(std::numeric_limits<std::size_t>::max());
        context.spend(size * count + 1);
    };
    if (const MarkedText* const text = value.text()) {
        pay(text->size());
        MarkedText out;
        for (std::size_t i = 0; i < count && !text->empty(); ++i) out += *text;
        return out;
    }
    const List& list = *value.list();
    pay(list.items.size());
    List out;
    out.is_tuple = list.is_tuple;
    for (std::size_t i = 0; i < count && !list.items.empty(); ++i)
        out.items.insert(out.items.end(), list.items.begin(), list.items.end());
    return out;
}

[[nodiscard]] inline Value arithmetic(Context& context, std::string_view op, const Value& a, const Value& b) {
    const auto overflow = [&] { return context.error("a number that is too large"); };
    if (const auto x = a.integer(), y = b.integer(); x && y) {
        std::int64_t out = 0;
        if (op == "+") {
            if (__builtin_add_overflow(*x, *y, &out)) throw overflow();
            return out;
        }
        if (op == "-") {
            if (__builtin_sub_overflow(*x, *y, &out)) throw overflow();
            return out;
        }
        if (op == "*") {
            if (__builtin_mul_overflow(*x, *y, &out)) throw overflow();
            return out;
        }
        if (op == "//" || op == "%") {
            if (*y == 0) throw context.error("division by zero");
            if (*y == -1) { // the one quotient that overflows, and no remainder
                if (op == "%") return std::int64_t{0};
                if (__builtin_sub_overflow(std::int64_t{0}, *x, &out)) throw overflow();
                return out;
            }
            const std::int64_t quotient = *x / *y, rest = *x % *y;
            const bool rounds_down = rest != 0 && (rest < 0) != (*y < 0);
            return op == "//" ? quotient - (rounds_down ? 1 : 0) : rest + (rounds_down ? *y : 0);
        }
        if (op == "**" && *y >= 0) {
            out = 1;
            for (std::int64_t i = 0; i < *y; ++i) {
                context.spend(1);
                if (__builtin_mul_overflow(out, *x, &out)) throw overflow();
            }
            return out;
        }
    }
    const auto x = a.number(), y = b.number();
    if (!x || !y) {
        throw context.error("`" + std::string(op) + "` between a " + std::string(a.type_name()) + " and a " +
                            std::string(b.type_name()));
    }
    if (op == "+") return *x + *y;
    if (op == "-") return *x - *y;
    if (op == "*") return *x * *y;
    if (op == "**") return std::pow(*x, *y);
    if (*y == 0) throw context.error("division by zero");
    if (op == "/") return *x / *y;
    if (op == "//") return std::floor(*x / *y);
    return *x - std::floor(*x / *y) * *y;
}

/// `a op b` for + - * / // % **: on numbers, on texts and lists where Python has it.
[[nodiscard]] inline Value operate(Context& context, std::string_view op, const Value& a, const Value& b) {
    if (op == "+" && a.text() != nullptr && b.text() != nullptr) return concatenated(context, *a.text(), *b.text());
    if (op == "+" && a.list() != nullptr && b.list() != nullptr) {
        List out = *a.list();
        out.items.insert(out.items.end(), b.list()->items.begin(), b.list()->items.end());
        return context.made(std::move(out));
    }
    if (op == "*" && (a.text() != nullptr || a.list() != nullptr) && b.integer())
        return repeated(context, a, *b.integer());
    if (op == "*" && (b.text() != nullptr || b.list() != nullptr) && a.integer())
        return repeated(context, b, *a.integer());
    for (const Value* const side : {&a, &b}) {
        if (side->is<Undefined>()) throw context.error("`" + side->get<Undefined>().name + "` is undefined");
    }
    if (op == "%" && a.text() != nullptr) throw context.unknown("operator on strings", "%");
    return arithmetic(context, op, a, b);
}

/// What a loop goes through: a list's items, a dictionary's keys, a text's characters; nothing for undefined.
[[nodiscard]] inline std::vector<Value> items_of(Context& context, const Value& value) {
    if (const List* const list = value.list()) {
        context.spend(list->items.size());
        return list->items;
    }
    std::vector<Value> out;
    if (const Dictionary* const dictionary = value.dictionary()) {
        for (const auto& [key, item] : dictionary->items) out.push_back(context.made(MarkedText::of_message(key)));
        return out;
    }
    if (const MarkedText* const text = value.text()) {
        const auto starts = text->starts();
        for (std::size_t i = 0; i + 1 < starts.size(); ++i)
            out.push_back(context.made(text->part(starts[i], starts[i + 1])));
        return out;
    }
    if (value.is<Undefined>()) return out;
    throw context.error("a " + std::string(value.type_name()) + " has no items");
}

/// How many items, characters or members. @throws Error for what has none
[[nodiscard]] inline std::int64_t length_of(Context& context, const Value& value) {
    if (const List* const list = value.list()) return static_cast<std::int64_t>(list->items.size());
    if (const Dictionary* const dictionary = value.dictionary())
        return static_cast<std::int64_t>(dictionary->items.size());
    if (const MarkedText* const text = value.text()) {
        context.spend(text->size());
        return static_cast<std::int64_t>(text->starts().size() - 1);
    }
    if (value.is<Undefined>()) return 0;
    throw context.error("a " + std::string(value.type_name()) + " has no length");
}

} // namespace familiar::text::jinja
