#pragma once

#include <familiar/text/jinja/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

/// An expression: `parts` are its operands in the order in which they are written.
struct Expression {
    enum class Kind : std::uint8_t {
        literal,     ///< value
        name,        ///< name
        list,        ///< parts
        tuple,       ///< parts
        dictionary,  ///< key, value, key, value …
        attribute,   ///< parts[0] . name
        item,        ///< parts[0] [ parts[1] ]
        slice,       ///< parts[0] [ parts[1] : parts[2] : parts[3] ]; null where left out
        call,        ///< parts[0] ( parts[1] …, keywords )
        filter,      ///< parts[0] | name ( parts[1] …, keywords )
        test,        ///< parts[0] is name ( parts[1] … )
        unary,       ///< name parts[0]: not, -, +
        binary,      ///< parts[0] name parts[1]: + - * / // % ** ~ and or
        compare,     ///< parts[0] operators[0] parts[1] operators[1] parts[2] …
        conditional, ///< parts[0] if parts[1] else parts[2]; the last null where left out
    };

    Kind kind = Kind::literal;
    std::size_t line = 0;
    std::size_t depth = 1; ///< levels below and including this one
    std::string name;
    Value value;
    std::vector<ExpressionPtr> parts;
    std::vector<std::string> operators;
    std::vector<std::pair<std::string, ExpressionPtr>> keywords;
};

/// A statement, or a piece of text between tags.
struct Statement {
    enum class Kind : std::uint8_t {
        text,          ///< text
        output,        ///< condition: what is put out
        branch,        ///< if condition: body, else otherwise
        loop,          ///< for targets in condition [if filter]: body, else otherwise
        assign,        ///< set targets = condition
        assign_member, ///< set targets[0].targets[1] = condition
        capture,       ///< set targets[0]: body
        macro,         ///< targets[0]: name, targets[1] …: parameters with `defaults` (null: none)
        group,         ///< body
        leave_loop,    ///< break
        next_round,    ///< continue
    };

    Kind kind = Kind::text;
    std::size_t line = 0;
    std::string text;
    std::vector<std::string> targets;
    ExpressionPtr condition, filter;
    std::vector<ExpressionPtr> defaults;
    std::vector<Statement> body, otherwise;
};

} // namespace familiar::text::jinja
