#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/jinja/lexer.hpp>
#include <familiar/text/jinja/syntax_tree.hpp>
#include <familiar/text/printable_text.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

/// Tokens to a tree, by recursive descent in Jinja's order of precedence. Nesting is bounded, so that a hostile
/// template cannot overflow the stack, here, in the interpreter or when the tree is destroyed.
class Parser {
  public:
    /// @throws Error malformed_model: a syntax error; unsupported_model: a statement of Jinja's that is not read; both
    ///         with the line
    static std::vector<Statement> parse(std::string_view source, const std::string& where) {
        Parser parser(Lexer::cut(source, where), where);
        std::vector<Statement> out = parser.body({});
        if (parser.peek().kind != Kind::end) throw parser.error("`" + parser.tag_name() + "` without its beginning");
        return out;
    }

  private:
    using Kind = Token::Kind;
    static constexpr std::size_t kDeepest = 100;

    Parser(std::vector<Token> tokens, const std::string& where) : tokens_(std::move(tokens)), where_(where) {}

    /// Counts nesting for as long as it lives.
    class Level {
      public:
        explicit Level(Parser& parser) : parser_(parser) {
            if (++parser_.depth_ > kDeepest) throw parser_.error("nesting deeper than " + std::to_string(kDeepest));
        }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        ~Level() { --parser_.depth_; }

      private:
        Parser& parser_;
    };

    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    [[nodiscard]] bool is_symbol(std::string_view text) const {
        return peek().kind == Kind::symbol && peek().text == text;
    }
    [[nodiscard]] bool is_name(std::string_view text) const { return peek().kind == Kind::name && peek().text == text; }

    [[nodiscard]] Error error(const std::string& what, ErrorCode code = ErrorCode::malformed_model) const {
        return {code, printable_text(what), where_ + ", line " + std::to_string(peek().line)};
    }

    [[nodiscard]] Error unexpected(const std::string& expected) const {
        const std::string found = peek().kind == Kind::end ? "the end"
                                  : peek().text.empty()    ? "the end of a tag"
                                                           : quoted_text(peek().text);
        return error(expected + " expected, " + found + " found");
    }

    bool take_symbol(std::string_view text) {
        if (!is_symbol(text)) return false;
        ++at_;
        return true;
    }
    bool take_name(std::string_view text) {
        if (!is_name(text)) return false;
        ++at_;
        return true;
    }
    void need_symbol(std::string_view text) {
        if (!take_symbol(text)) throw unexpected("`" + std::string(text) + "`");
    }
    void need_name(std::string_view text) {
        if (!take_name(text)) throw unexpected("`" + std::string(text) + "`");
    }
    void need(Kind kind, const char* what) {
        if (peek().kind != kind) throw unexpected(what);
        ++at_;
    }
    std::string any_name() {
        if (peek().kind != Kind::name) throw unexpected("a name");
        return tokens_[at_++].text;
    }

    /// The name of the block that starts here, or nothing.
    [[nodiscard]] std::string tag_name() const {
        return peek().kind == Kind::block_begin && peek(1).kind == Kind::name ? peek(1).text : std::string();
    }

    // ---- statements

    /// Statements up to one of the tags of `ends` (not consumed) or the end.
    std::vector<Statement> body(std::initializer_list<std::string_view> ends) {
        const Level level(*this);
        std::vector<Statement> out;
        for (;;) {
            Statement statement;
            statement.line = peek().line;
            if (peek().kind == Kind::end) return out;
            if (peek().kind == Kind::data) {
                statement.kind = Statement::Kind::text;
                statement.text = tokens_[at_++].text;
            } else if (peek().kind == Kind::output_begin) {
                ++at_;
                statement.kind = Statement::Kind::output;
                statement.condition = tuple_or_expression();
                need(Kind::output_end, "`}}`");
            } else {
                const std::string name = tag_name();
                for (const auto& end : ends) {
                    if (name == end) return out;
                }
                if (name.starts_with("end") || name == "else" || name == "elif") return out;
                need(Kind::block_begin, "a tag");
                read_block(name, statement);
            }
            out.push_back(std::move(statement));
        }
    }

    void end_block() { need(Kind::block_end, "`%}`"); }

    void end_tag(std::string_view name) {
        if (tag_name() != name) throw error("`" + std::string(name) + "` is missing");
        at_ += 2;
        end_block();
    }

    void read_block(const std::string& name, Statement& out) {
        if (name.empty()) throw unexpected("the name of a statement");
        ++at_;
        if (name == "if") {
            read_if(out);
        } else if (name == "for") {
            read_for(out);
        } else if (name == "set") {
            read_set(out);
        } else if (name == "macro") {
            read_macro(out);
        } else if (name == "generation") { // marks what a model is trained on; no part of the text
            end_block();
            out.kind = Statement::Kind::group;
            out.body = body({"endgeneration"});
            end_tag("endgeneration");
        } else if (name == "break" || name == "continue") {
            if (loops_ == 0) throw error("`" + name + "` outside of a loop");
            out.kind = name == "break" ? Statement::Kind::leave_loop : Statement::Kind::next_round;
            end_block();
        } else {
            --at_;
            throw Error(ErrorCode::unsupported_model, "the statement " + quoted_text(name) + " is not known",
                        where_ + ", line " + std::to_string(peek().line),
                        "Known: if, for, set, macro, break, continue, generation, raw");
        }
    }

    void read_if(Statement& out) {
        const Level level(*this); // elif nests
        out.kind = Statement::Kind::branch;
        out.condition = tuple_or_expression();
        end_block();
        out.body = body({"elif", "else", "endif"});
        if (tag_name() == "elif") {
            Statement next;
            next.line = peek().line;
            at_ += 2;
            read_if(next);
            out.otherwise.push_back(std::move(next));
            return;
        }
        if (tag_name() == "else") {
            at_ += 2;
            end_block();
            out.otherwise = body({"endif"});
        }
        end_tag("endif");
    }

    void read_for(Statement& out) {
        out.kind = Statement::Kind::loop;
        const bool is_bracketed = take_symbol("(");
        do {
            out.targets.push_back(any_name());
        } while (take_symbol(",") && peek().kind == Kind::name && !is_name("in"));
        if (is_bracketed) need_symbol(")");
        need_name("in");
        out.condition = tuple_or_expression(false);
        if (take_name("if")) out.filter = expression();
        if (is_name("recursive")) throw error("recursive loops are not known", ErrorCode::unsupported_model);
        end_block();
        ++loops_;
        out.body = body({"else", "endfor"});
        --loops_;
        if (tag_name() == "else") {
            at_ += 2;
            end_block();
            out.otherwise = body({"endfor"});
        }
        end_tag("endfor");
    }

    void read_set(Statement& out) {
        out.targets.push_back(any_name());
        if (take_symbol(".")) {
            out.targets.push_back(any_name());
            out.kind = Statement::Kind::assign_member;
            need_symbol("=");
            out.condition = tuple_or_expression();
            end_block();
            return;
        }
        while (take_symbol(",")) out.targets.push_back(any_name());
        if (take_symbol("=")) {
            out.kind = Statement::Kind::assign;
            out.condition = tuple_or_expression();
            end_block();
            return;
        }
        if (out.targets.size() > 1 || is_symbol("|"))
            throw error("a block `set` with several names or filters is not known", ErrorCode::unsupported_model);
        end_block();
        out.kind = Statement::Kind::capture;
        out.body = body({"endset"});
        end_tag("endset");
    }

    void read_macro(Statement& out) {
        out.kind = Statement::Kind::macro;
        out.targets.push_back(any_name());
        need_symbol("(");
        while (!take_symbol(")")) {
            out.targets.push_back(any_name());
            out.defaults.push_back(take_symbol("=") ? expression() : nullptr);
            if (!is_symbol(")")) need_symbol(",");
        }
        end_block();
        const std::size_t loops = std::exchange(loops_, 0);
        out.body = body({"endmacro"});
        loops_ = loops;
        end_tag("endmacro");
    }

    // ---- expressions

    ExpressionPtr make(Expression::Kind kind) const {
        auto out = std::make_unique<Expression>();
        out->kind = kind;
        out->line = peek().line;
        return out;
    }

    ExpressionPtr make(Expression::Kind kind, std::string name, ExpressionPtr first,
                       ExpressionPtr second = nullptr) const {
        auto out = make(kind);
        out->name = std::move(name);
        add(*out, std::move(first));
        if (second) add(*out, std::move(second));
        return out;
    }

    /// A chain of operators makes a tree as deep as the chain is long, without nesting in the parser.
    void deepen(Expression& out, const Expression& part) const {
        constexpr std::size_t kDeepestTree = 400;
        out.depth = std::max(out.depth, part.depth + 1);
        if (out.depth > kDeepestTree)
            throw error("an expression of more than " + std::to_string(kDeepestTree) + " levels");
    }

    void add(Expression& out, ExpressionPtr part) const {
        if (part) deepen(out, *part);
        out.parts.push_back(std::move(part));
    }

    [[nodiscard]] bool ends_tuple() const {
        return peek().kind == Kind::block_end || peek().kind == Kind::output_end || is_symbol(")") || is_name("in") ||
               is_symbol("=");
    }

    ExpressionPtr tuple_or_expression(bool conditional = true) {
        ExpressionPtr first = conditional ? expression() : disjunction();
        if (!is_symbol(",")) return first;
        auto out = make(Expression::Kind::tuple);
        add(*out, std::move(first));
        while (take_symbol(",") && !ends_tuple()) add(*out, conditional ? expression() : disjunction());
        return out;
    }

    ExpressionPtr expression() {
        const Level level(*this);
        ExpressionPtr out = disjunction();
        while (take_name("if")) {
            auto choice = make(Expression::Kind::conditional);
            add(*choice, std::move(out));
            add(*choice, disjunction());
            add(*choice, take_name("else") ? expression() : nullptr);
            out = std::move(choice);
        }
        return out;
    }

    ExpressionPtr disjunction() {
        ExpressionPtr out = conjunction();
        while (take_name("or")) {
            out = make(Expression::Kind::binary, "or", std::move(out), conjunction());
        }
        return out;
    }

    ExpressionPtr conjunction() {
        ExpressionPtr out = negation();
        while (take_name("and")) {
            out = make(Expression::Kind::binary, "and", std::move(out), negation());
        }
        return out;
    }

    ExpressionPtr negation() {
        const Level level(*this);
        if (take_name("not")) return make(Expression::Kind::unary, "not", negation());
        return comparison();
    }

    ExpressionPtr comparison() {
        ExpressionPtr first = sum();
        ExpressionPtr out;
        for (;;) {
            std::string op;
            for (const char* const symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
                if (op.empty() && take_symbol(symbol)) op = symbol;
            }
            if (op.empty() && take_name("in")) op = "in";
            if (op.empty() && is_name("not") && peek(1).kind == Kind::name && peek(1).text == "in") {
                at_ += 2;
                op = "not in";
            }
            if (op.empty()) return out ? std::move(out) : std::move(first);
            if (!out) {
                out = make(Expression::Kind::compare);
                add(*out, std::move(first));
            }
            out->operators.push_back(op);
            add(*out, sum());
        }
    }

    ExpressionPtr sum() {
        ExpressionPtr out = concatenation();
        while (is_symbol("+") || is_symbol("-")) {
            std::string op = tokens_[at_++].text;
            out = make(Expression::Kind::binary, std::move(op), std::move(out), concatenation());
        }
        return out;
    }

    ExpressionPtr concatenation() {
        ExpressionPtr out = product();
        while (take_symbol("~")) {
            out = make(Expression::Kind::binary, "~", std::move(out), product());
        }
        return out;
    }

    ExpressionPtr product() {
        ExpressionPtr out = power();
        while (is_symbol("*") || is_symbol("/") || is_symbol("//") || is_symbol("%")) {
            std::string op = tokens_[at_++].text;
            out = make(Expression::Kind::binary, std::move(op), std::move(out), power());
        }
        return out;
    }

    ExpressionPtr power() {
        ExpressionPtr out = signed_term(true);
        while (take_symbol("**")) {
            out = make(Expression::Kind::binary, "**", std::move(out), signed_term(true));
        }
        return out;
    }

    ExpressionPtr signed_term(bool with_filters) {
        const Level level(*this);
        ExpressionPtr out;
        if (is_symbol("-") || is_symbol("+")) {
            std::string sign = tokens_[at_++].text;
            out = make(Expression::Kind::unary, std::move(sign), signed_term(false));
        } else {
            out = primary();
        }
        out = postfixes(std::move(out));
        return with_filters ? filters(std::move(out)) : std::move(out);
    }

    ExpressionPtr literal(Value value) const {
        auto out = make(Expression::Kind::literal);
        out->value = std::move(value);
        return out;
    }

    ExpressionPtr primary() {
        const Token& token = peek();
        if (token.kind == Kind::string) {
            std::string text;
            auto out = make(Expression::Kind::literal);
            while (peek().kind == Kind::string) text += tokens_[at_++].text;
            out->value = Value(MarkedText::of_template(std::move(text)));
            return out;
        }
        if (token.kind == Kind::integer || token.kind == Kind::real) return number(token);
        if (token.kind == Kind::name) {
            auto out = make(Expression::Kind::name);
            out->name = any_name();
            const std::string& n = out->name;
            if (n == "true" || n == "True" || n == "false" || n == "False")
                return literal(Value(n == "true" || n == "True"));
            if (n == "none" || n == "None") return literal(Value(None{}));
            return out;
        }
        if (take_symbol("(")) {
            if (take_symbol(")")) return make(Expression::Kind::tuple);
            ExpressionPtr out = tuple_or_expression();
            need_symbol(")");
            return out;
        }
        if (take_symbol("[")) {
            auto out = make(Expression::Kind::list);
            while (!take_symbol("]")) {
                add(*out, expression());
                if (!is_symbol("]")) need_symbol(",");
            }
            return out;
        }
        if (take_symbol("{")) {
            auto out = make(Expression::Kind::dictionary);
            while (!take_symbol("}")) {
                add(*out, expression());
                need_symbol(":");
                add(*out, expression());
                if (!is_symbol("}")) need_symbol(",");
            }
            return out;
        }
        throw unexpected("an expression");
    }

    ExpressionPtr number(const Token& token) {
        const char* const first = token.text.data();
        const char* const last = first + token.text.size();
        Value value;
        if (token.kind == Kind::integer) {
            std::int64_t whole = 0;
            if (std::from_chars(first, last, whole).ec != std::errc()) throw error("a number that is too large");
            value = Value(whole);
        } else {
            double real = 0;
            if (std::from_chars(first, last, real).ec != std::errc()) throw error("a number that is too large");
            value = Value(real);
        }
        ++at_;
        return literal(std::move(value));
    }

    ExpressionPtr postfixes(ExpressionPtr out) {
        for (;;) {
            if (take_symbol(".")) {
                if (peek().kind == Kind::integer) { // `list.0`
                    ExpressionPtr index = number(peek());
                    out = make(Expression::Kind::item, {}, std::move(out), std::move(index));
                } else {
                    std::string name = any_name();
                    out = make(Expression::Kind::attribute, std::move(name), std::move(out));
                }
            } else if (take_symbol("[")) {
                out = subscript(std::move(out));
            } else if (take_symbol("(")) {
                out = make(Expression::Kind::call, {}, std::move(out));
                arguments(*out);
            } else {
                return out;
            }
        }
    }

    ExpressionPtr subscript(ExpressionPtr object) {
        ExpressionPtr begin = is_symbol(":") ? nullptr : expression();
        if (!is_symbol(":")) {
            if (!begin) throw unexpected("an index");
            need_symbol("]");
            return make(Expression::Kind::item, {}, std::move(object), std::move(begin));
        }
        auto out = make(Expression::Kind::slice, {}, std::move(object));
        add(*out, std::move(begin));
        for (int i = 0; i < 2; ++i) {
            const bool is_given = take_symbol(":") && !is_symbol(":") && !is_symbol("]");
            add(*out, is_given ? expression() : nullptr);
        }
        need_symbol("]");
        return out;
    }

    /// Behind the opening bracket.
    void arguments(Expression& out) {
        while (!take_symbol(")")) {
            if (is_symbol("*") || is_symbol("**"))
                throw error("unpacked arguments are not known", ErrorCode::unsupported_model);
            if (peek().kind == Kind::name && peek(1).kind == Kind::symbol && peek(1).text == "=") {
                std::string name = any_name();
                ++at_;
                ExpressionPtr value = expression();
                deepen(out, *value);
                out.keywords.emplace_back(std::move(name), std::move(value));
            } else {
                add(out, expression());
            }
            if (!is_symbol(")")) need_symbol(",");
        }
    }

    ExpressionPtr filters(ExpressionPtr out) {
        for (;;) {
            if (take_symbol("|")) {
                std::string name = any_name();
                out = make(Expression::Kind::filter, std::move(name), std::move(out));
                if (take_symbol("(")) arguments(*out);
            } else if (take_name("is")) {
                const bool is_negated = take_name("not");
                std::string name = any_name();
                out = make(Expression::Kind::test, std::move(name), std::move(out));
                if (take_symbol("(")) {
                    arguments(*out);
                } else if (starts_argument()) {
                    add(*out, test_argument());
                }
                if (is_negated) out = make(Expression::Kind::unary, "not", std::move(out));
            } else if (is_symbol("(")) {
                out = postfixes(std::move(out));
            } else {
                return out;
            }
        }
    }

    /// `is divisibleby 3`: an argument without brackets.
    [[nodiscard]] bool starts_argument() const {
        const Token& next = peek();
        if (next.kind == Kind::name) {
            return next.text != "and" && next.text != "or" && next.text != "else" && next.text != "if" &&
                   next.text != "is" && next.text != "in" && next.text != "not";
        }
        return next.kind == Kind::string || next.kind == Kind::integer || next.kind == Kind::real || is_symbol("[") ||
               is_symbol("{");
    }

    ExpressionPtr test_argument() {
        const Level level(*this);
        return postfixes(primary());
    }

    std::vector<Token> tokens_;
    std::string where_;
    std::size_t at_ = 0, depth_ = 0, loops_ = 0;
};

} // namespace familiar::text::jinja
