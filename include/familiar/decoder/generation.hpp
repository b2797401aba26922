#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/decoder/sampling.hpp>
#include <familiar/decoder/token_grammar.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::decoder {

/// How a continuation is generated.
struct GenerationOptions {
    std::size_t max_tokens = 64;
    SamplingOptions sampling;
    std::vector<std::string> stop;   ///< the text ends before the first of these; none empty
    std::size_t top = 0;             ///< how many of the first token's log-probabilities are asked for
    TokenGrammar* grammar = nullptr; ///< only texts of it can come out; it outlives the generation
    const Cancellation* cancellation = nullptr;

    /// Throws `Error` (invalid_argument) for a value out of its range.
    void check() const {
        sampling.check();
        for (const auto& text : stop) {
            if (text.empty()) throw Error(ErrorCode::invalid_argument, "an empty stop text", "generation");
        }
    }
};

struct TokenLogprob {
    std::int32_t token = 0;
    double logprob = 0.0; ///< natural logarithm
    friend bool operator==(const TokenLogprob&, const TokenLogprob&) = default;
};

/// `stop`: an end token, a stop text, a whole choice, or the end of a grammar; `length`: max_tokens or the context is
/// used up.
enum class FinishReason { stop, length };

constexpr std::string_view to_string(FinishReason reason) noexcept {
    return reason == FinishReason::stop ? "stop" : "length";
}

/// What a model generated.
struct Generation {
    std::vector<std::int32_t> tokens; ///< without the end token; with those that complete a stop text
    std::optional<std::string> text;  ///< none where the model has no tokenizer
    FinishReason finish_reason = FinishReason::length;
    std::vector<TokenLogprob> top; ///< the likeliest first tokens, best first, before any sampling change
    std::size_t prompt_tokens = 0;
    std::size_t reused_tokens = 0; ///< of the prompt, kept from earlier requests
};

} // namespace familiar::decoder
