#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/suggest.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Parameter structs (core/reflection.hpp) to JSON and back. Members may be bool, integers, floating point, strings,
/// paths, and vectors, optionals, string-keyed maps and nested reflected structs of these.
namespace familiar {

namespace detail {

template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};
template <class T> struct is_vector : std::false_type {};
template <class T> struct is_vector<std::vector<T>> : std::true_type {};
template <class T> struct is_string_map : std::false_type {};
template <class T> struct is_string_map<std::map<std::string, T>> : std::true_type {};

template <class> inline constexpr bool kNoJsonForm = false;

inline Error wrong_type(const nlohmann::json& value, std::string_view wanted, const std::string& path) {
    std::string shown = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    return {ErrorCode::invalid_argument, std::string(wanted) + " expected, came " + shown, path};
}

template <class T> void read_integer(const nlohmann::json& value, T& out, const std::string& path) {
    if (!value.is_number_integer()) throw wrong_type(value, "an integer", path);
    // nlohmann keeps what is not negative as unsigned, so that both comparisons are exact.
    bool fits = false;
    if (value.is_number_unsigned()) {
        fits = value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    } else {
        const auto number = value.get<std::int64_t>();
        if constexpr (std::is_signed_v<T>) {
            fits = number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max();
        } else {
            fits = number >= 0 && static_cast<std::uint64_t>(number) <= std::numeric_limits<T>::max();
        }
    }
    if (!fits) {
        throw Error(ErrorCode::invalid_argument,
                    value.dump() + " is out of range: " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                        std::to_string(std::numeric_limits<T>::max()) + " expected",
                    path);
    }
    out = value.get<T>();
}

template <class T> void read_floating(const nlohmann::json& value, T& out, const std::string& path) {
    if (!value.is_number()) throw wrong_type(value, "a number", path);
    const auto number = value.get<double>();
    if (!std::isfinite(number) || std::abs(number) > static_cast<double>(std::numeric_limits<T>::max())) {
        throw Error(ErrorCode::invalid_argument, value.dump() + " is out of range", path);
    }
    out = static_cast<T>(number);
}

} // namespace detail

template <ReflectedStruct P> void update_from_json(P& parameters, const nlohmann::json& json, const std::string& path);

/// A parameter's value as JSON. Errors: none for finite numbers; NaN and infinity become null.
template <class T> nlohmann::json value_to_json(const T& value) {
    if constexpr (detail::is_optional<T>::value) {
        return value ? value_to_json(*value) : nlohmann::json(nullptr);
    } else if constexpr (detail::is_vector<T>::value) {
        nlohmann::json array = nlohmann::json::array();
        for (const auto& item : value) array.push_back(value_to_json(typename T::value_type(item)));
        return array;
    } else if constexpr (detail::is_string_map<T>::value) {
        nlohmann::json object = nlohmann::json::object();
        for (const auto& [key, item] : value) object[key] = value_to_json(item);
        return object;
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
        return value.string();
    } else if constexpr (ReflectedStruct<T>) {
        nlohmann::json object = nlohmann::json::object();
        for_each_parameter(value, [&](std::string_view name, const auto& member) {
            object[std::string(name)] = value_to_json(member);
        });
        return object;
    } else if constexpr (std::is_same_v<T, float>) {
        if (!std::isfinite(value)) return nullptr;
        char digits[32]; // the shortest that reads back as this float: 0.1f is written as 0.1, not as its double's
                         // digits
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return std::strtod(std::string(digits, end).c_str(), nullptr);
    } else {
        static_assert(std::is_arithmetic_v<T> || std::is_convertible_v<const T&, std::string>,
                      "a parameter is a bool, a number, a string, a path, or a vector, optional, map or reflected "
                      "struct of these");
        return nlohmann::json(value);
    }
}

/// Reads one value. `path` is its place, for messages: `--llm.timeout`. Throws Error (invalid_argument, unknown_name).
template <class T> void value_from_json(const nlohmann::json& json, T& out, const std::string& path) {
    if constexpr (detail::is_optional<T>::value) {
        if (json.is_null()) {
            out.reset();
        } else {
            typename T::value_type value{};
            value_from_json(json, value, path);
            out = std::move(value);
        }
    } else if constexpr (detail::is_vector<T>::value) {
        if (!json.is_array()) throw detail::wrong_type(json, "a list", path);
        T values;
        values.reserve(json.size());
        for (std::size_t i = 0; i < json.size(); ++i) {
            typename T::value_type value{};
            value_from_json(json[i], value, path + "[" + std::to_string(i) + "]");
            values.push_back(std::move(value));
        }
        out = std::move(values);
    } else if constexpr (detail::is_string_map<T>::value) {
        if (!json.is_object()) throw detail::wrong_type(json, "an object", path);
        T values;
        for (const auto& [key, item] : json.items()) value_from_json(item, values[key], path + "." + key);
        out = std::move(values);
    } else if constexpr (ReflectedStruct<T>) {
        update_from_json(out, json, path);
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) throw detail::wrong_type(json, "true or false", path);
        out = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
        detail::read_integer(json, out, path);
    } else if constexpr (std::is_floating_point_v<T>) {
        detail::read_floating(json, out, path);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>) {
        if (!json.is_string()) throw detail::wrong_type(json, "a text", path);
        out = json.get_ref<const std::string&>();
    } else {
        static_assert(detail::kNoJsonForm<T>, "this type of parameter has no JSON form");
    }
}

/// Names of the members, in the order of declaration.
template <ReflectedStruct P> std::vector<std::string> parameter_names() {
    std::vector<std::string> names;
    for_each_parameter(P(), [&](std::string_view name, const auto&) { names.emplace_back(name); });
    return names;
}

/// Sets the members that `json`, an object, names; the others stay as they are. `path` is where the object stands.
/// Throws Error: unknown_name (with the nearest known key), invalid_argument (ill-typed or out of range).
template <ReflectedStruct P> void update_from_json(P& parameters, const nlohmann::json& json, const std::string& path) {
    if (!json.is_object()) throw detail::wrong_type(json, "an object", path);
    for (const auto& [key, value] : json.items()) {
        const std::string place = path.empty() ? key : path + "." + key;
        bool found = false;
        for_each_parameter(parameters, [&, &json_key = key, &json_value = value](std::string_view name, auto& member) {
            if (name != json_key) return;
            found = true;
            value_from_json(json_value, member, place);
        });
        if (!found) {
            throw Error(ErrorCode::unknown_name, "unknown parameter " + key, path,
                        suggestion(key, parameter_names<P>()));
        }
    }
}

template <ReflectedStruct P> nlohmann::json parameters_to_json(const P& parameters) {
    return value_to_json(parameters);
}

/// The defaults, changed by what `json` names. Throws as `update_from_json`.
template <ReflectedStruct P> P parameters_from_json(const nlohmann::json& json, const std::string& path = {}) {
    P parameters;
    update_from_json(parameters, json, path);
    return parameters;
}

/// What a parameter's type is called in listings: `integer`, `number`, `text`, `flag`, `list of text` …
template <class T> std::string type_name() {
    if constexpr (detail::is_optional<T>::value) {
        return type_name<typename T::value_type>() + " or null";
    } else if constexpr (detail::is_vector<T>::value) {
        return "list of " + type_name<typename T::value_type>();
    } else if constexpr (detail::is_string_map<T>::value) {
        return "map of text to " + type_name<typename T::mapped_type>();
    } else if constexpr (ReflectedStruct<T>) {
        return "object";
    } else if constexpr (std::is_same_v<T, bool>) {
        return "flag";
    } else if constexpr (std::is_integral_v<T>) {
        return "integer";
    } else if constexpr (std::is_floating_point_v<T>) {
        return "number";
    } else {
        return "text";
    }
}

/// `[{"name", "type", "default"}, …]`, in the order of declaration.
template <ReflectedStruct P> nlohmann::json parameters_listing() {
    nlohmann::json listing = nlohmann::json::array();
    for_each_parameter(P(), [&](std::string_view name, const auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        listing.push_back(
            {{"name", std::string(name)}, {"type", type_name<Member>()}, {"default", value_to_json(member)}});
    });
    return listing;
}

/// Sets one member from text, as in `name:argument`: text as it is, numbers and flags as JSON writes them, a list of
/// texts between commas. Throws Error (invalid_argument) where the text is no such value, unknown_name where there is
/// no such member.
template <ReflectedStruct P>
void update_from_text(P& parameters, std::string_view name, std::string_view text, const std::string& path) {
    bool found = false;
    for_each_parameter(parameters, [&](std::string_view member_name, auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        if (member_name != name) return;
        found = true;
        const std::string place = path + "." + std::string(name);
        const auto is_text = [](auto tag) {
            using T = typename decltype(tag)::type;
            return std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>;
        };
        if constexpr (is_text(std::type_identity<Member>{})) {
            member = std::string(text);
        } else if constexpr (detail::is_optional<Member>::value) {
            if constexpr (is_text(std::type_identity<typename Member::value_type>{})) {
                member = std::string(text);
                return;
            }
            value_from_json(nlohmann::json::parse(text, nullptr, false), member, place);
        } else if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
            member.clear();
            while (!text.empty()) {
                const std::size_t comma = std::min(text.find(','), text.size());
                member.emplace_back(text.substr(0, comma));
                text.remove_prefix(std::min(comma + 1, text.size()));
            }
        } else {
            const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
            if (value.is_discarded()) {
                throw Error(ErrorCode::invalid_argument, type_name<Member>() + " expected, came " + std::string(text),
                            place);
            }
            value_from_json(value, member, place);
        }
    });
    if (!found) throw Error(ErrorCode::unknown_name, "unknown parameter " + std::string(name), path);
}

} // namespace familiar
