#pragma once

#include <familiar/text/jinja/marked_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::text::jinja {

class Value;
struct Statement;

struct Undefined {
    std::string name; ///< of what was looked up, for messages
};
struct None {};

/// A list or tuple; shared, never changed.
struct List {
    std::vector<Value> items;
    bool is_tuple = false;
    std::size_t depth = 1; ///< levels of lists and dictionaries, this one counted; set when it becomes a value
};

/// A dictionary in the order of insertion. A namespace is one that can be assigned to.
struct Dictionary {
    std::vector<std::pair<std::string, Value>> items;
    bool is_namespace = false;
    std::size_t depth = 1; ///< levels of lists and dictionaries, this one counted; set when it becomes a value

    [[nodiscard]] const Value* find(std::string_view key) const noexcept;
    void set(std::string_view key, Value value);
};

/// A macro of the template.
struct Macro {
    const Statement* definition = nullptr;
};

/// A function that every template can call.
enum class Function : std::uint8_t { raise_exception, range, make_namespace, make_dict };

/// A value of the template language. Copies are cheap: text, lists and dictionaries are shared.
class Value {
  public:
    using Text = std::shared_ptr<const MarkedText>;
    using Items = std::shared_ptr<const List>;
    using Members = std::shared_ptr<Dictionary>;
    using State = std::variant<Undefined, None, bool, std::int64_t, double, Text, Items, Members, Macro, Function>;

    Value() = default;
    Value(None none) : state_(none) {}
    Value(Undefined undefined) : state_(std::move(undefined)) {}
    Value(bool truth) : state_(truth) {}
    Value(std::int64_t number) : state_(number) {}
    Value(double number) : state_(number) {}
    Value(MarkedText text) : state_(std::make_shared<const MarkedText>(std::move(text))) {}
    Value(List list) {
        for (const Value& item : list.items) list.depth = std::max(list.depth, item.depth() + 1);
        state_ = std::make_shared<const List>(std::move(list));
    }
    Value(Dictionary dictionary) {
        for (const auto& [name, item] : dictionary.items)
            dictionary.depth = std::max(dictionary.depth, item.depth() + 1);
        state_ = std::make_shared<Dictionary>(std::move(dictionary));
    }
    Value(Macro macro) : state_(macro) {}
    Value(Function function) : state_(function) {}
    Value(const char*) = delete; // a text must say whose it is

    template <class T> [[nodiscard]] bool is() const noexcept { return std::holds_alternative<T>(state_); }
    template <class T> [[nodiscard]] const T& get() const { return std::get<T>(state_); }

    [[nodiscard]] const MarkedText* text() const noexcept { return pointer<Text>(); }
    [[nodiscard]] const List* list() const noexcept { return pointer<Items>(); }
    [[nodiscard]] const Dictionary* dictionary() const noexcept { return pointer<Members>(); }
    [[nodiscard]] Dictionary* mutable_namespace() const noexcept {
        const Members* const members = std::get_if<Members>(&state_);
        return members != nullptr && (*members)->is_namespace ? members->get() : nullptr;
    }
    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept {
        if (const bool* const truth = std::get_if<bool>(&state_)) return *truth ? 1 : 0;
        const auto* const number = std::get_if<std::int64_t>(&state_);
        return number != nullptr ? std::optional(*number) : std::nullopt;
    }
    [[nodiscard]] std::optional<double> number() const noexcept {
        if (const double* const real = std::get_if<double>(&state_)) return *real;
        const auto whole = integer();
        return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
    }

    /// Levels of lists and dictionaries; what holds a namespace counts as bottomless, so that none can hold itself.
    [[nodiscard]] std::size_t depth() const noexcept {
        constexpr std::size_t kBottomless = std::size_t{1} << 40;
        if (const List* const l = list()) return l->depth;
        if (const Dictionary* const d = dictionary()) return d->is_namespace ? kBottomless : d->depth;
        return 0;
    }

    /// Whether it counts as true: not undefined, none, zero or empty.
    [[nodiscard]] bool truth() const noexcept {
        if (is<Undefined>() || is<None>()) return false;
        if (const auto n = number()) return *n != 0;
        if (const MarkedText* const t = text()) return !t->empty();
        if (const List* const l = list()) return !l->items.empty();
        if (const Dictionary* const d = dictionary()) return d->is_namespace || !d->items.empty();
        return true;
    }

    /// What a message calls its type.
    [[nodiscard]] std::string_view type_name() const noexcept {
        static constexpr std::string_view kNames[] = {"undefined", "none", "boolean",    "integer", "float",
                                                      "string",    "list", "dictionary", "macro",   "function"};
        return kNames[state_.index()];
    }

  private:
    template <class P> [[nodiscard]] auto pointer() const noexcept -> decltype(std::declval<const P&>().get()) {
        const P* const held = std::get_if<P>(&state_);
        return held != nullptr ? held->get() : nullptr;
    }

    State state_;
};

inline const Value* Dictionary::find(std::string_view key) const noexcept {
    for (const auto& [name, value] : items) {
        if (name == key) return &value;
    }
    return nullptr;
}

inline void Dictionary::set(std::string_view key, Value value) {
    for (auto& [name, held] : items) {
        if (name == key) {
            held = std::move(value);
            return;
        }
    }
    items.emplace_back(std::string(key), std::move(value));
}

} // namespace familiar::text::jinja
