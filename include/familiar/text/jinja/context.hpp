#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/jinja/value.hpp>
#include <familiar/text/printable_text.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

/// Where the interpreter is and what it may still do: every statement, operand and byte made costs a step, so that a
/// hostile template ends with an error instead of taking all time or memory.
class Context {
  public:
    static constexpr std::size_t kDeepestValue = 64;

    Context(std::string where, std::size_t steps) : where_(std::move(where)), steps_(steps) {}

    void at_line(std::size_t line) noexcept { line_ = line; }

    void spend(std::size_t steps) {
        if (steps > steps_) throw error("the template takes too many steps", ErrorCode::unsupported_model);
        steps_ -= steps;
    }

    /// `what` may quote the template and its variables: it is made printable.
    [[nodiscard]] Error error(const std::string& what, ErrorCode code = ErrorCode::malformed_model) const {
        return {code, printable_text(what), where_ + ", line " + std::to_string(line_)};
    }

    [[nodiscard]] Error unknown(const std::string& what, std::string_view name) const {
        return error("the " + what + " `" + std::string(name) + "` is not known", ErrorCode::unsupported_model);
    }

    /// A new list, dictionary or text, paid for.
    Value made(List list) {
        spend(list.items.size() + 1);
        return checked(Value(std::move(list)));
    }
    Value made(Dictionary dictionary) {
        spend(dictionary.items.size() + 1);
        return checked(Value(std::move(dictionary)));
    }
    Value made(MarkedText text) {
        spend(text.size() + 1);
        return Value(std::move(text));
    }
    /// A text of the template's own making.
    Value own(std::string text) { return made(MarkedText::of_template(std::move(text))); }

    Value checked(Value value) const {
        if (value.depth() > kDeepestValue) throw error("a value nested deeper than " + std::to_string(kDeepestValue));
        return value;
    }

  private:
    std::string where_;
    std::size_t steps_ = 0, line_ = 0;
};

/// What a filter, test, method or macro is called with.
struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;

    [[nodiscard]] const Value* find(std::size_t position, std::string_view name) const noexcept {
        if (position < positional.size()) return &positional[position];
        for (const auto& [key, value] : named) {
            if (key == name) return &value;
        }
        return nullptr;
    }
};

} // namespace familiar::text::jinja
