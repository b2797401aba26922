#pragma once

#include <optional>
#include <string>

namespace familiar {

/// One row of a data set: a text, or a pair of texts; its label where it is known. All strings are valid UTF-8.
struct Example {
    std::string id;                    ///< the row's own `id` as JSON text (`"a-7"`, `12`), else its number from 0
    std::string text;                  ///< the only text, or the first one of a pair
    std::optional<std::string> text_b; ///< the second text of a pair
    std::optional<std::string> label;  ///< a label of the task; for generation the reference text

    [[nodiscard]] bool is_pair() const noexcept { return text_b.has_value(); }
    friend bool operator==(const Example&, const Example&) = default;
};

/// The texts as one: both of a pair on lines of their own.
[[nodiscard]] inline std::string text_lines(const Example& example) {
    return example.is_pair() ? example.text + "\n" + *example.text_b : example.text;
}

} // namespace familiar
