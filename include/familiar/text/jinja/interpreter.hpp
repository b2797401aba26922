#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/filters.hpp>
#include <familiar/text/jinja/methods.hpp>
#include <familiar/text/jinja/operations.hpp>
#include <familiar/text/jinja/syntax_tree.hpp>
#include <familiar/text/jinja/tests.hpp>
#include <familiar/text/jinja/value.hpp>
#include <familiar/text/printable_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

/// Runs a template's tree. Names are looked up from the innermost loop or macro outwards, as in Jinja: what is set in a
/// loop is gone when its round ends.
class Interpreter {
  public:
    Interpreter(Context& context, Dictionary variables) : context_(context) {
        variables.items.emplace_back("raise_exception", Value(Function::raise_exception));
        variables.items.emplace_back("range", Value(Function::range));
        variables.items.emplace_back("namespace", Value(Function::make_namespace));
        variables.items.emplace_back("dict", Value(Function::make_dict));
        scopes_.push_back(std::move(variables));
    }

    /// @throws Error invalid_argument: the template's own raise_exception; malformed_model, unsupported_model: it
    /// cannot
    ///         be run
    [[nodiscard]] MarkedText run(const std::vector<Statement>& statements) {
        MarkedText out;
        execute(statements, out);
        return out;
    }

  private:
    using Kind = Expression::Kind;
    enum class Flow : std::uint8_t { on, leave, next };
    static constexpr std::size_t kDeepestCall = 20;
    static constexpr std::size_t kDeepest = 800; ///< statements and operands inside each other: bounds the stack

    /// Counts nesting for as long as it lives.
    class Level {
      public:
        explicit Level(Interpreter& interpreter) : interpreter_(interpreter) {
            if (++interpreter_.depth_ > kDeepest)
                throw interpreter_.context_.error("nesting deeper than " + std::to_string(kDeepest));
        }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        ~Level() { --interpreter_.depth_; }

      private:
        Interpreter& interpreter_;
    };

    // ---- statements

    Flow execute(const std::vector<Statement>& statements, MarkedText& out) {
        for (const Statement& statement : statements) {
            const Flow flow = execute(statement, out);
            if (flow != Flow::on) return flow;
        }
        return Flow::on;
    }

    Flow execute(const Statement& statement, MarkedText& out) {
        const Level level(*this);
        context_.at_line(statement.line);
        context_.spend(1);
        switch (statement.kind) {
        case Statement::Kind::text:
            context_.spend(statement.text.size());
            out += MarkedText::of_template(statement.text);
            return Flow::on;
        case Statement::Kind::output:
            out += to_text(context_, evaluate(*statement.condition));
            return Flow::on;
        case Statement::Kind::branch:
            return execute(evaluate(*statement.condition).truth() ? statement.body : statement.otherwise, out);
        case Statement::Kind::loop:
            return loop(statement, out);
        case Statement::Kind::assign:
            assign(statement.targets, evaluate(*statement.condition));
            return Flow::on;
        case Statement::Kind::assign_member:
            assign_member(statement);
            return Flow::on;
        case Statement::Kind::capture: {
            MarkedText captured;
            const Flow flow = execute(statement.body, captured);
            scopes_.back().set(statement.targets.front(), Value(std::move(captured)));
            return flow;
        }
        case Statement::Kind::macro:
            scopes_.back().set(statement.targets.front(), Value(Macro{&statement}));
            return Flow::on;
        case Statement::Kind::group:
            return execute(statement.body, out);
        case Statement::Kind::leave_loop:
            return Flow::leave;
        case Statement::Kind::next_round:
            return Flow::next;
        }
        return Flow::on;
    }

    void assign(const std::vector<std::string>& targets, Value value) {
        if (targets.size() == 1) {
            scopes_.back().set(targets.front(), std::move(value));
            return;
        }
        const auto items = items_of(context_, value);
        if (items.size() != targets.size()) {
            throw context_.error(std::to_string(items.size()) + " values for " + std::to_string(targets.size()) +
                                 " names");
        }
        for (std::size_t i = 0; i < targets.size(); ++i) scopes_.back().set(targets[i], items[i]);
    }

    void assign_member(const Statement& statement) {
        const Value object = look_up(statement.targets.front());
        Dictionary* const target = object.mutable_namespace();
        if (target == nullptr) throw context_.error("`" + statement.targets.front() + "` is no namespace");
        target->set(statement.targets.back(), context_.checked(evaluate(*statement.condition)));
    }

    Flow loop(const Statement& statement, MarkedText& out) {
        std::vector<Value> items = items_of(context_, evaluate(*statement.condition));
        const std::size_t level = scopes_.size();
        if (statement.filter) {
            std::vector<Value> kept;
            for (Value& item : items) {
                scopes_.emplace_back();
                assign(statement.targets, item);
                if (evaluate(*statement.filter).truth()) kept.push_back(std::move(item));
                scopes_.resize(level);
            }
            items = std::move(kept);
        }
        if (items.empty()) return execute(statement.otherwise, out);
        for (std::size_t i = 0; i < items.size(); ++i) {
            scopes_.emplace_back();
            scopes_.back().set("loop", round(items, i));
            assign(statement.targets, items[i]);
            const Flow flow = execute(statement.body, out);
            scopes_.resize(level);
            if (flow == Flow::leave) break;
        }
        return Flow::on;
    }

    static Value round(const std::vector<Value>& items, std::size_t i) {
        const auto number = [](std::size_t n) { return Value(static_cast<std::int64_t>(n)); };
        Dictionary loop;
        loop.items = {{"index", number(i + 1)},
                      {"index0", number(i)},
                      {"revindex", number(items.size() - i)},
                      {"revindex0", number(items.size() - i - 1)},
                      {"first", Value(i == 0)},
                      {"last", Value(i + 1 == items.size())},
                      {"length", number(items.size())},
                      {"previtem", i > 0 ? items[i - 1] : Value(Undefined{"loop.previtem"})},
                      {"nextitem", i + 1 < items.size() ? items[i + 1] : Value(Undefined{"loop.nextitem"})}};
        return loop;
    }

    // ---- expressions

    [[nodiscard]] Value look_up(const std::string& name) const {
        for (std::size_t i = scopes_.size(); i > 0; --i) {
            if (i <= hidden_end_ && i > hidden_begin_) continue; // a macro does not see its caller's names
            if (const Value* const found = scopes_[i - 1].find(name)) return *found;
        }
        return Value(Undefined{name});
    }

    [[nodiscard]] Value evaluate(const Expression& expression) {
        const Level level(*this);
        context_.at_line(expression.line);
        context_.spend(1);
        switch (expression.kind) {
        case Kind::literal:
            return expression.value;
        case Kind::name:
            return look_up(expression.name);
        case Kind::list:
        case Kind::tuple: {
            List list;
            list.is_tuple = expression.kind == Kind::tuple;
            for (const auto& part : expression.parts) list.items.push_back(evaluate(*part));
            return context_.made(std::move(list));
        }
        case Kind::dictionary:
            return dictionary(expression);
        case Kind::attribute:
            return attribute(evaluate(*expression.parts[0]), expression.name);
        case Kind::item:
            return item(evaluate(*expression.parts[0]), evaluate(*expression.parts[1]));
        case Kind::slice:
            return slice(expression);
        case Kind::call:
            return call(expression);
        case Kind::filter:
            return filter(expression);
        case Kind::test: {
            const Value subject = evaluate(*expression.parts[0]);
            const Arguments given = arguments(expression);
            return Tests::apply(context_, expression.name, subject, given);
        }
        case Kind::unary:
            return unary(expression);
        case Kind::binary:
            return binary(expression);
        case Kind::compare:
            return compare(expression);
        case Kind::conditional:
            if (evaluate(*expression.parts[1]).truth()) return evaluate(*expression.parts[0]);
            return expression.parts[2] ? evaluate(*expression.parts[2]) : Value(Undefined{"a condition without else"});
        }
        return {};
    }

    [[nodiscard]] Value dictionary(const Expression& expression) {
        Dictionary out;
        for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
            const Value key = evaluate(*expression.parts[i]);
            if (key.text() == nullptr) throw context_.error("a key that is no string", ErrorCode::unsupported_model);
            context_.spend(out.items.size());
            out.set(key.text()->bytes(), evaluate(*expression.parts[i + 1]));
        }
        return context_.made(std::move(out));
    }

    void require_defined(const Value& object, std::string_view name) const {
        if (object.is<Undefined>()) {
            throw context_.error("`" + object.get<Undefined>().name + "` is undefined and has no `" +
                                 std::string(name) + "`");
        }
    }

    [[nodiscard]] Value attribute(const Value& object, const std::string& name) const {
        require_defined(object, name);
        if (const Dictionary* const members = object.dictionary()) {
            if (const Value* const found = members->find(name)) return *found;
        }
        return Value(Undefined{name});
    }

    [[nodiscard]] Value item(const Value& object, const Value& index) {
        if (index.text() != nullptr) return attribute(object, index.text()->bytes());
        require_defined(object, "item");
        const auto number = index.integer();
        if (!number) return Value(Undefined{"an item"});
        const auto place = [&](std::size_t size) -> std::optional<std::size_t> {
            const auto count = static_cast<std::int64_t>(size);
            const std::int64_t at = *number < 0 && *number >= -count ? *number + count : *number;
            return at >= 0 && at < count ? std::optional(static_cast<std::size_t>(at)) : std::nullopt;
        };
        if (const List* const list = object.list()) {
            const auto at = place(list->items.size());
            return at ? list->items[*at] : Value(Undefined{"item " + std::to_string(*number)});
        }
        if (const MarkedText* const text = object.text()) {
            context_.spend(text->size());
            const auto starts = text->starts();
            const auto at = place(starts.size() - 1);
            return at ? Value(text->part(starts[*at], starts[*at + 1]))
                      : Value(Undefined{"item " + std::to_string(*number)});
        }
        return Value(Undefined{"item " + std::to_string(*number)});
    }

    [[nodiscard]] Value slice(const Expression& expression) {
        const Value object = evaluate(*expression.parts[0]);
        require_defined(object, "items");
        const auto bound = [&](std::size_t part) -> std::optional<std::int64_t> {
            if (!expression.parts[part]) return std::nullopt;
            const Value value = evaluate(*expression.parts[part]);
            if (value.is<None>()) return std::nullopt;
            if (!value.integer()) throw context_.error("a slice takes integers");
            return value.integer();
        };
        const auto begin = bound(1), end = bound(2), step = bound(3);
        if (object.text() == nullptr && object.list() == nullptr)
            throw context_.error("a " + std::string(object.type_name()) + " has no slices");
        const std::vector<Value> items = items_of(context_, object);
        std::vector<Value> kept;
        for (const std::size_t at : picked(items.size(), begin, end, step.value_or(1))) kept.push_back(items[at]);
        if (object.list() != nullptr) {
            List list;
            list.is_tuple = object.list()->is_tuple;
            list.items = std::move(kept);
            return context_.made(std::move(list));
        }
        MarkedText out;
        for (const Value& character : kept) out += *character.text();
        return context_.made(std::move(out));
    }

    /// The places that Python's slice picks.
    [[nodiscard]] std::vector<std::size_t> picked(std::size_t size, std::optional<std::int64_t> begin,
                                                  std::optional<std::int64_t> end, std::int64_t step) const {
        if (step == 0) throw context_.error("a slice with the step 0");
        const auto count = static_cast<std::int64_t>(size);
        const std::int64_t least = step > 0 ? 0 : -1, most = step > 0 ? count : count - 1;
        const auto clamped = [&](std::int64_t at) {
            if (at < 0) at = at < -count ? least : at + count;
            return std::clamp(at, least, most);
        };
        const std::int64_t first = begin ? clamped(*begin) : step > 0 ? least : most;
        const std::int64_t last = end ? clamped(*end) : step > 0 ? most : least;
        std::vector<std::size_t> out;
        const std::int64_t stride = std::clamp(step, -count - 1, count + 1);
        for (std::int64_t at = first; step > 0 ? at < last : at > last; at += stride)
            out.push_back(static_cast<std::size_t>(at));
        return out;
    }

    [[nodiscard]] Arguments arguments(const Expression& expression) {
        Arguments out;
        for (std::size_t i = 1; i < expression.parts.size(); ++i)
            out.positional.push_back(evaluate(*expression.parts[i]));
        for (const auto& [name, value] : expression.keywords) out.named.emplace_back(name, evaluate(*value));
        return out;
    }

    [[nodiscard]] Value filter(const Expression& expression) {
        const Value value = evaluate(*expression.parts[0]);
        return Filters::apply(context_, expression.name, value, arguments(expression));
    }

    [[nodiscard]] Value call(const Expression& expression) {
        const Expression& callee = *expression.parts[0];
        if (callee.kind == Kind::attribute) {
            const Value object = evaluate(*callee.parts[0]);
            const Value held = object.is<Undefined>() || Methods::is_method(object, callee.name)
                                   ? Value(Undefined{})
                                   : attribute(object, callee.name);
            const Arguments given = arguments(expression);
            context_.at_line(expression.line);
            return held.is<Macro>() ? call_macro(held.get<Macro>(), given)
                                    : Methods::call(context_, object, callee.name, given);
        }
        const Value function = evaluate(callee);
        const Arguments given = arguments(expression);
        context_.at_line(expression.line);
        if (function.is<Macro>()) return call_macro(function.get<Macro>(), given);
        if (function.is<Function>()) return call_function(function.get<Function>(), given);
        throw context_.unknown("function", callee.name);
    }

    [[nodiscard]] Value call_function(Function function, const Arguments& given) {
        switch (function) {
        case Function::raise_exception: {
            const Value* const message = given.find(0, "message");
            throw Error(ErrorCode::invalid_argument,
                        message != nullptr ? printable_text(to_text(context_, *message).bytes())
                                           : "the conversation is refused",
                        "chat template", "The model's template takes other conversations");
        }
        case Function::range:
            return range(given);
        case Function::make_namespace:
        case Function::make_dict: {
            Dictionary out;
            if (!given.positional.empty()) {
                const Dictionary* const start = given.positional.front().dictionary();
                if (start == nullptr) throw context_.error("a dictionary is made from another one");
                out.items = start->items;
            }
            for (const auto& [name, value] : given.named) out.set(name, context_.checked(value));
            out.is_namespace = function == Function::make_namespace;
            context_.spend(out.items.size() + 1);
            return Value(std::move(out));
        }
        }
        return {};
    }

    [[nodiscard]] Value range(const Arguments& given) {
        std::int64_t bounds[3] = {0, 0, 1};
        if (given.positional.empty() || given.positional.size() > 3)
            throw context_.error("`range` takes one to three integers");
        for (std::size_t i = 0; i < given.positional.size(); ++i) {
            if (!given.positional[i].integer()) throw context_.error("`range` takes integers");
            bounds[given.positional.size() == 1 ? 1 : i] = *given.positional[i].integer();
        }
        if (bounds[2] == 0) throw context_.error("a range with the step 0");
        List list;
        for (std::int64_t at = bounds[0]; bounds[2] > 0 ? at < bounds[1] : at > bounds[1];) {
            context_.spend(1);
            list.items.emplace_back(at);
            if (__builtin_add_overflow(at, bounds[2], &at)) break;
        }
        return context_.made(std::move(list));
    }

    [[nodiscard]] Value call_macro(const Macro& macro, const Arguments& given) {
        const Statement& definition = *macro.definition;
        if (++calls_ > kDeepestCall)
            throw context_.error("macros that call each other deeper than " + std::to_string(kDeepestCall));
        Dictionary names;
        for (std::size_t i = 1; i < definition.targets.size(); ++i) {
            const std::string& name = definition.targets[i];
            const Value* const value = given.find(i - 1, name);
            const auto& otherwise = definition.defaults[i - 1];
            names.set(name, value != nullptr ? *value : otherwise ? evaluate(*otherwise) : Value(Undefined{name}));
        }
        const std::size_t begin = std::exchange(hidden_begin_, std::size_t{1}),
                          end = std::exchange(hidden_end_, scopes_.size());
        scopes_.push_back(std::move(names));
        MarkedText out;
        execute(definition.body, out);
        scopes_.pop_back();
        hidden_begin_ = begin;
        hidden_end_ = end;
        --calls_;
        return out;
    }

    [[nodiscard]] Value unary(const Expression& expression) {
        const Value value = evaluate(*expression.parts[0]);
        if (expression.name == "not") return !value.truth();
        if (!value.number()) throw context_.error("a sign before a " + std::string(value.type_name()));
        return expression.name == "-" ? operate(context_, "-", Value(std::int64_t{0}), value) : value;
    }

    [[nodiscard]] Value binary(const Expression& expression) {
        Value left = evaluate(*expression.parts[0]);
        if (expression.name == "and") return left.truth() ? evaluate(*expression.parts[1]) : left;
        if (expression.name == "or") return left.truth() ? left : evaluate(*expression.parts[1]);
        const Value right = evaluate(*expression.parts[1]);
        context_.at_line(expression.line);
        if (expression.name == "~") return concatenated(context_, to_text(context_, left), to_text(context_, right));
        return operate(context_, expression.name, left, right);
    }

    [[nodiscard]] Value compare(const Expression& expression) {
        Value left = evaluate(*expression.parts[0]);
        for (std::size_t i = 0; i < expression.operators.size(); ++i) {
            Value right = evaluate(*expression.parts[i + 1]);
            if (!holds(expression.operators[i], left, right)) return false;
            left = std::move(right);
        }
        return true;
    }

    [[nodiscard]] bool holds(std::string_view op, const Value& a, const Value& b) {
        if (op == "==") return equal(context_, a, b);
        if (op == "!=") return !equal(context_, a, b);
        if (op == "in") return contains(context_, b, a);
        if (op == "not in") return !contains(context_, b, a);
        const auto relation = order(context_, a, b);
        return op == "<" ? relation < 0 : op == "<=" ? relation <= 0 : op == ">" ? relation > 0 : relation >= 0;
    }

    Context& context_;
    std::vector<Dictionary> scopes_;
    std::size_t hidden_begin_ = 0, hidden_end_ = 0; ///< scopes that the running macro does not see
    std::size_t calls_ = 0, depth_ = 0;
};

} // namespace familiar::text::jinja
