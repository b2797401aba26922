#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/parameters_json.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar {

/// A policy chosen at run time: `name`, `name:argument`, or JSON `{"type": name, parameter: value, …}`.
struct Spec {
    std::string name;
    std::optional<std::string> argument;                  ///< sets the policy's `kArgument` parameter
    nlohmann::json parameters = nlohmann::json::object(); ///< from the JSON form, without `type`
    std::string where;                                    ///< the option that it was given for, for messages
};

/// Reads a SPEC; the argument is all after the first colon. `where` is named in messages (`--llm`). Throws Error
/// (invalid_spec) where it is empty, no JSON object, or without a `type`.
inline Spec parse_spec(std::string_view text, std::string where = {}) {
    const auto fail = [&](const std::string& what) {
        return Error(ErrorCode::invalid_spec, what, where,
                     R"(A policy is given as name, name:argument or {"type": name, parameter: value, ...})");
    };
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) throw fail("an empty policy specification");
    Spec spec;
    if (text[first] == '{') {
        nlohmann::json json;
        try {
            json = nlohmann::json::parse(text);
        } catch (const nlohmann::json::exception& error) {
            throw fail(std::string("not valid JSON (") + error.what() + ")");
        }
        const auto type = json.find("type");
        if (type == json.end()) throw fail("no \"type\" in it");
        if (!type->is_string()) throw fail("\"type\" is not a text");
        spec.name = type->get<std::string>();
        json.erase(type);
        spec.parameters = std::move(json);
    } else {
        const std::size_t colon = text.find(':');
        spec.name = std::string(text.substr(0, colon));
        if (colon != std::string_view::npos) spec.argument = std::string(text.substr(colon + 1));
    }
    if (spec.name.empty()) throw fail("a policy specification without a name");
    spec.where = std::move(where);
    return spec;
}

/// The parameter that a policy's short form sets: `kArgument` of the policy or of its Parameters; empty where it has
/// none.
template <class Policy> constexpr std::string_view policy_argument() {
    if constexpr (requires { Policy::kArgument; }) {
        return Policy::kArgument;
    } else {
        return short_argument<typename Policy::Parameters>();
    }
}

/// The policy's defaults, changed by what the SPEC says. Throws Error: unknown_name, invalid_argument, and invalid_spec
/// where it has an argument and the policy takes none.
template <class Policy> typename Policy::Parameters parameters_from_spec(const Spec& spec) {
    typename Policy::Parameters parameters;
    const std::string place = spec.where.empty() ? spec.name : spec.where + " " + spec.name;
    update_from_json(parameters, spec.parameters, place);
    if (spec.argument) {
        if (policy_argument<Policy>().empty()) {
            throw Error(ErrorCode::invalid_spec, spec.name + " takes no argument, came " + *spec.argument, spec.where);
        }
        update_from_text(parameters, policy_argument<Policy>(), *spec.argument, place);
    }
    return parameters;
}

} // namespace familiar
