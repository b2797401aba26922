#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/operations.hpp>
#include <familiar/text/jinja/value.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::text::jinja {

/// What stands behind `is`.
class Tests {
  public:
    /// @throws Error unsupported_model: no such test
    [[nodiscard]] static bool apply(Context& context, std::string_view name, const Value& value,
                                    const Arguments& arguments) {
        if (name == "defined") return !value.is<Undefined>();
        if (name == "undefined") return value.is<Undefined>();
        if (name == "none") return value.is<None>();
        if (name == "true") return value.is<bool>() && value.get<bool>();
        if (name == "false") return value.is<bool>() && !value.get<bool>();
        if (name == "boolean") return value.is<bool>();
        if (name == "string") return value.text() != nullptr;
        if (name == "number") return value.number().has_value();
        if (name == "integer") return value.is<std::int64_t>();
        if (name == "float") return value.is<double>();
        if (name == "mapping") return value.dictionary() != nullptr;
        if (name == "sequence" || name == "iterable") {
            return value.text() != nullptr || value.list() != nullptr || value.dictionary() != nullptr ||
                   (name == "iterable" && value.is<Undefined>());
        }
        if (name == "callable") return value.is<Macro>() || value.is<Function>();
        if (name == "odd" || name == "even") {
            if (!value.integer()) throw context.error("`" + std::string(name) + "` takes an integer");
            return (*value.integer() % 2 != 0) == (name == "odd");
        }
        return compare(context, name, value, arguments);
    }

  private:
    static bool compare(Context& context, std::string_view name, const Value& value, const Arguments& arguments) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kOperators{
            {{"equalto", "=="},
             {"eq", "=="},
             {"sameas", "=="},
             {"ne", "!="},
             {"lt", "<"},
             {"lessthan", "<"},
             {"le", "<="},
             {"gt", ">"},
             {"greaterthan", ">"},
             {"ge", ">="},
             {"in", "in"},
             {"divisibleby", "%"}}};
        for (const auto& [known, op] : kOperators) {
            if (known != name) continue;
            const Value* const other = arguments.find(0, "other");
            if (other == nullptr) throw context.error("the test `" + std::string(name) + "` takes an argument");
            return holds(context, op, value, *other);
        }
        throw context.unknown("test", name);
    }

    static bool holds(Context& context, std::string_view op, const Value& a, const Value& b) {
        if (op == "==") return equal(context, a, b);
        if (op == "!=") return !equal(context, a, b);
        if (op == "in") return contains(context, b, a);
        if (op == "%") return equal(context, operate(context, "%", a, b), Value(std::int64_t{0}));
        const auto relation = order(context, a, b);
        return op == "<" ? relation < 0 : op == "<=" ? relation <= 0 : op == ">" ? relation > 0 : relation >= 0;
    }
};

} // namespace familiar::text::jinja
