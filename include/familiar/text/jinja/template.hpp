#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/interpreter.hpp>
#include <familiar/text/jinja/parser.hpp>
#include <familiar/text/jinja/syntax_tree.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text::jinja {

/// A parsed template of the part of Jinja that chat templates use. Rendering is const and takes bounded steps, so that
/// templates of model files can be run without trust.
class Template {
  public:
    /// @param where what messages call the template
    /// @throws Error malformed_model, unsupported_model: with the line and the construct
    Template(std::string_view source, std::string where)
        : where_(std::move(where)), statements_(Parser::parse(source, where_)) {}

    /// The text for these variables, every byte marked as the template's or not.
    /// @param steps about how many operations and bytes it may take
    /// @throws Error invalid_argument: the template refuses (raise_exception); malformed_model, unsupported_model
    [[nodiscard]] MarkedText render(Dictionary variables, std::size_t steps = std::size_t{20'000'000}) const {
        Context context(where_, steps);
        return Interpreter(context, std::move(variables)).run(statements_);
    }

  private:
    std::string where_;
    std::vector<Statement> statements_;
};

} // namespace familiar::text::jinja
