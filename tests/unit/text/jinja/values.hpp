#pragma once

#include <familiar/text/jinja/context.hpp>
#include <familiar/text/jinja/json_text.hpp>
#include <familiar/text/jinja/value.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// Values of the template language, short to write.
namespace familiar::tests {

/// From JSON; its texts are a message's.
inline text::jinja::Value value(const char* json) {
    return text::jinja::from_json(nlohmann::ordered_json::parse(json));
}

inline text::jinja::Value own(std::string text) {
    return text::jinja::Value(text::jinja::MarkedText::of_template(std::move(text)));
}
inline text::jinja::Value given(std::string text) {
    return text::jinja::Value(text::jinja::MarkedText::of_message(std::move(text)));
}

inline text::jinja::Arguments arguments(std::vector<text::jinja::Value> positional,
                                        std::vector<std::pair<std::string, text::jinja::Value>> named = {}) {
    return {std::move(positional), std::move(named)};
}

/// In JSON; `undefined` and what else has none by the name of its type.
inline std::string shown(const text::jinja::Value& value) {
    const auto text = text::jinja::JsonWriter::write(value, std::nullopt, 64);
    return text ? *text : std::string(value.type_name());
}

inline text::jinja::Context context(std::size_t steps = 1'000'000) {
    text::jinja::Context out("some template", steps);
    out.at_line(3);
    return out;
}

} // namespace familiar::tests
