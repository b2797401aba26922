#pragma once

#include <familiar/core/result.hpp>
#include <familiar/decoder/generation.hpp>
#include <familiar/decoder/label_scorer.hpp>
#include <familiar/decoder/prefix_keeper.hpp>
#include <familiar/decoder/sampler.hpp>
#include <familiar/decoder/stop_text.hpp>
#include <familiar/decoder/top_logprobs.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// Turns tokens into text; called with all tokens so far.
template <class D>
concept DecodesTokens = requires(const D& decode, std::span<const std::int32_t> tokens) {
    { decode(tokens) } -> std::convertible_to<std::string>;
};

/// Is given each further piece of the text as soon as nothing that follows can change it.
template <class S>
concept TakesText = std::invocable<S&, std::string_view>;

/// Continues prompts, token after token. The keys and values of a prompt's shared beginning are kept, those of its own
/// part live until the next call. After the prompt nothing is allocated but the text.
template <class Model> class Generator {
  public:
    /// @param end_tokens tokens that end a text, sorted
    Generator(Model& model, PrefixKeeper<Model>& prefixes, std::vector<std::int32_t> end_tokens)
        : model_(&model), prefixes_(&prefixes), end_tokens_(std::move(end_tokens)), logits_(model.shape().vocabulary) {}

    [[nodiscard]] std::span<const std::int32_t> end_tokens() const noexcept { return end_tokens_; }

    /// @param prompt at least one token
    /// @param shared tokens at the prompt's beginning that other requests are known to share
    /// @param decode ids to text, or null for a model without a tokenizer: there is no text then, and no stop text
    /// Gives a `Failure`: text_too_long for a prompt longer than the context (both lengths are named), invalid_token,
    /// invalid_argument. Throws `Error`: invalid_argument for options out of range, numeric_failure, cancelled.
    template <DecodesTokens Decode, TakesText Sink>
    Result<Generation> generate(std::span<const std::int32_t> prompt, std::size_t shared,
                                const GenerationOptions& options, const Decode* decode, Sink&& sink) {
        options.check();
        if (auto failure = find_fault(prompt)) return *std::move(failure);
        const std::size_t context = model_->shape().context;
        const KeptPrefix prefix = prefixes_->keep(prompt, shared, options.cancellation);
        const KeyValueView view = prefix.view();
        std::span<const KeyValueView> visible(&view, prefix.tokens != 0 ? 1 : 0);
        const std::size_t most = std::min(options.max_tokens, context - prompt.size() + 1);
        own_.reset(model_->shape(), prompt.size() - prefix.tokens + most);

        Generation out;
        out.prompt_tokens = prompt.size();
        out.reused_tokens = prefix.reused;
        out.tokens.reserve(most);
        read_logits(
            run_in_passes(*model_, prompt.subspan(prefix.tokens), prefix.tokens, visible, own_, options.cancellation) -
            1);
        if (options.top != 0) out.top = top_logprobs(logits_, options.top);
        sampler_.reset(options.sampling);
        std::string text;
        std::size_t told = 0;
        const auto tell = [&](std::size_t end) {
            if (end > told) sink(std::string_view(text).substr(told, end - told));
            told = std::max(told, end);
        };
        while (out.tokens.size() < most) {
            if (options.cancellation != nullptr) options.cancellation->throw_if_requested();
            const auto token = static_cast<std::int32_t>(sampler_.draw(logits_));
            if (std::binary_search(end_tokens_.begin(), end_tokens_.end(), token)) {
                out.finish_reason = FinishReason::stop;
                break;
            }
            out.tokens.push_back(token);
            if (decode != nullptr) {
                text = (*decode)(std::span<const std::int32_t>(out.tokens));
                if (const auto stop = find_stop(text, options.stop)) {
                    text.resize(*stop);
                    out.finish_reason = FinishReason::stop;
                    break;
                }
                tell(settled_length(text, options.stop));
            }
            if (out.tokens.size() == most) continue;
            const std::size_t position = prompt.size() + out.tokens.size() - 1;
            if (model_->begins_again_after(position)) {
                begin_again(prompt, out.tokens, most, options.cancellation);
                visible = {};
            } else {
                step(token, position, visible);
            }
        }
        tell(text.size());
        if (decode != nullptr) out.text = std::move(text);
        return out;
    }

    /// One of the choices and nothing else: the likeliest of them by total log-probability at temperature 0, else drawn
    /// by their probabilities, changed by the sampling options as those of tokens are.
    Result<Generation> choose(const ScoreRequest& request, const GenerationOptions& options,
                              LabelScorer<Model>& scorer) {
        options.check();
        auto results = scorer.score(std::span<const ScoreRequest>(&request, 1), options.cancellation);
        if (!results.front()) return results.front().failure();
        Scores scores = std::move(results.front()).value();
        choice_logits_.assign(scores.logprobs.begin(), scores.logprobs.end());
        sampler_.reset(options.sampling);
        Generation out;
        out.prompt_tokens = request.prompt.size();
        out.reused_tokens = scores.reused_tokens;
        out.top = std::move(scores.top);
        out.tokens = request.candidates[pick(scores.logprobs)];
        out.finish_reason = FinishReason::stop;
        return out;
    }

  private:
    [[nodiscard]] std::optional<Failure> find_fault(std::span<const std::int32_t> prompt) const {
        if (prompt.empty()) return Failure{ErrorCode::invalid_argument, "the prompt has no token"};
        if (auto unknown = find_unknown_token(prompt, model_->shape().vocabulary)) return unknown;
        if (prompt.size() > model_->shape().context) {
            return Failure{ErrorCode::text_too_long, "a prompt of " + std::to_string(prompt.size()) +
                                                         " tokens, a context of " +
                                                         std::to_string(model_->shape().context)};
        }
        return std::nullopt;
    }

    void read_logits(std::size_t row) {
        model_->logits(std::span<const std::size_t>(&row, 1), {logits_.data(), 1, logits_.size()});
    }

    void step(std::int32_t token, std::size_t position, std::span<const KeyValueView> visible) {
        Segment segment;
        segment.tokens = std::span<const std::int32_t>(&token, 1);
        segment.position = position;
        segment.visible = visible;
        segment.store = &own_;
        model_->run(std::span<const Segment>(&segment, 1));
        read_logits(0);
    }

    void begin_again(std::span<const std::int32_t> prompt, const std::vector<std::int32_t>& generated, std::size_t most,
                     const Cancellation* cancellation) {
        std::vector<std::int32_t> tokens(prompt.begin(), prompt.end());
        tokens.insert(tokens.end(), generated.begin(), generated.end());
        own_.reset(model_->shape(), prompt.size() + most);
        read_logits(run_in_passes(*model_, tokens, 0, {}, own_, cancellation) - 1);
    }

    /// Greedy compares the doubles, as `score` gives them.
    std::size_t pick(std::span<const double> logprobs) {
        const auto best = std::max_element(logprobs.begin(), logprobs.end());
        return sampler_.is_greedy() ? static_cast<std::size_t>(best - logprobs.begin()) : sampler_.draw(choice_logits_);
    }

    Model* model_;
    PrefixKeeper<Model>* prefixes_;
    std::vector<std::int32_t> end_tokens_;
    std::vector<float> logits_, choice_logits_;
    KeyValueStore own_;
    Sampler sampler_;
};

} // namespace familiar::decoder
