#pragma once

#include <familiar/core/error.hpp>

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace familiar::prompt {

namespace detail {

inline double require_probability(double confidence) {
    if (!(confidence >= 0.0 && confidence <= 1.0)) {
        throw Error(ErrorCode::numeric_failure, "a plug-in's confidence is not in [0, 1]");
    }
    return confidence;
}

inline std::string fixed(double value, int digits) {
    char text[16]; // a value in [0, 100] with at most two digits after the point
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
    return {text, end};
}

} // namespace detail

/// A confidence in [0, 1] as Python prints `round(confidence, 2)`: the exact binary value rounded half to even to two
/// digits, then the shortest spelling (`0.9`, `1.0`, `0.12` for 0.125). The published prompts have it so.
inline std::string rounded_confidence(double confidence) {
    std::string text = detail::fixed(detail::require_probability(confidence), 2);
    if (text.ends_with('0')) text.pop_back(); // the first digit after the point stays
    return text;
}

/// A confidence in [0, 1] in whole percent (`97%`). What rounds to 100 but is less is `>99%`: a plug-in that is sure
/// and one that is nearly so read differently.
inline std::string percent_confidence(double confidence) {
    const std::string text = detail::fixed(100.0 * detail::require_probability(confidence), 0);
    return text == "100" && confidence < 1.0 ? ">99%" : text + "%";
}

} // namespace familiar::prompt
