#pragma once

#include <familiar/core/example.hpp>

#include <string>

namespace familiar::grimoire {

/// How a question came out: what a classifier of grimoires learns from.
struct Outcome {
    Example question;
    std::string llm;      ///< how it is called, its model's name say
    std::string grimoire; ///< the text that was shown; empty where none was
    bool right = false;
};

/// What tells questions apart: their texts, not their ids.
[[nodiscard]] inline std::string question_key(const Example& question) {
    return question.text + "\n" + question.text_b.value_or("");
}

} // namespace familiar::grimoire
