#pragma once

#include <familiar/core/result.hpp>
#include <familiar/decoder/generation.hpp>
#include <familiar/decoder/growing_text.hpp>
#include <familiar/decoder/label_scorer.hpp>
#include <familiar/decoder/prefix_keeper.hpp>
#include <familiar/decoder/sampler.hpp>
#include <familiar/decoder/stop_text.hpp>
#include <familiar/decoder/token_grammar.hpp>
#include <familiar/decoder/top_logprobs.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// Is given each further piece of a text as soon as nothing that follows can change it: the number of its request, and
/// the piece.
template <class S>
concept TakesTexts = std::invocable<S&, std::size_t, std::string_view>;

/// The same for one request.
template <class S>
concept TakesText = std::invocable<S&, std::string_view>;

/// A prompt to continue. Does not own.
struct GenerationRequest {
    std::span<const std::int32_t> prompt; ///< at least one token
    std::size_t shared = 0;               ///< tokens at the prompt's beginning that other requests are known to share
    GenerationOptions options;
};

/// Continues prompts, token after token, several at once: every pass takes one token of each through the model, so that
/// the weights are read once for all of them, and a prompt takes the place of a text that has ended. What a request
/// gives does not depend on the others. The keys and values of a prompt's shared beginning are kept, those of its own
/// part live until its text ends. Once warm, nothing is allocated for a token but
/// the text, and more room every time that it has doubled.
template <class Model> class Generator {
  public:
    /// Texts under way at once: with more the weights cost hardly less a token, and keys and values more memory.
    static constexpr std::size_t kMostTogether = 16;

    /// @param end_tokens tokens that end a text, sorted
    Generator(Model& model, PrefixKeeper<Model>& prefixes, std::vector<std::int32_t> end_tokens)
        : model_(&model), prefixes_(&prefixes), end_tokens_(std::move(end_tokens)) {}

    [[nodiscard]] std::span<const std::int32_t> end_tokens() const noexcept { return end_tokens_; }

    /// One result a request, in order.
    /// @param decode ids to text, or null for a model without a tokenizer: there is no text then, and a stop text a
    /// failure Gives a `Failure`: text_too_long for a prompt longer than the context (both lengths are named),
    /// invalid_token, invalid_argument. Throws `Error`: invalid_argument for options out of range, numeric_failure,
    /// cancelled.
    template <DecodesTokens Decode, TakesTexts Sink>
    std::vector<Result<Generation>> generate(std::span<const GenerationRequest> requests, const Decode* decode,
                                             Sink&& sink) {
        for (const auto& request : requests) request.options.check();
        std::vector<std::optional<Failure>> failures(requests.size());
        for (std::size_t i = 0; decode == nullptr && i < requests.size(); ++i) {
            if (requests[i].options.stop.empty()) continue;
            failures[i] = Failure{ErrorCode::invalid_argument, "the model has no tokenizer to find a stop text with"};
        }
        results_.assign(requests.size(), {});
        active_ = 0;
        std::size_t waiting = 0;
        while (true) {
            while (waiting < requests.size() && active_ < kMostTogether) {
                waiting = admit(requests, waiting, failures);
            }
            if (active_ == 0) break;
            for (std::size_t i = 0; i < active_; ++i) {
                Sequence& sequence = *sequences_[i];
                const GenerationRequest& request = requests[sequence.request];
                throw_if_cancelled(request.options);
                draw(request, sequence, logits_row(i));
                if (decode != nullptr) read_text(request, sequence, *decode, sink);
                if (sequence.out().tokens.size() >= sequence.most) sequence.ended = true;
                if (!sequence.ended) continue;
                if (decode != nullptr) finish_text(request, sequence, *decode, sink);
            }
            remove_ended();
            step(requests);
        }
        return results_of(results_, failures);
    }

    /// One request.
    template <DecodesTokens Decode, TakesText Sink>
    Result<Generation> generate(std::span<const std::int32_t> prompt, std::size_t shared,
                                const GenerationOptions& options, const Decode* decode, Sink&& sink) {
        const GenerationRequest request{prompt, shared, options};
        return std::move(
            generate(std::span<const GenerationRequest>(&request, 1), decode, [&](std::size_t, std::string_view piece) {
                sink(piece);
            }).front());
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
        choice_sampler_.reset(options.sampling);
        Generation out;
        out.prompt_tokens = request.prompt.size();
        out.reused_tokens = scores.reused_tokens;
        out.top = std::move(scores.top);
        out.tokens = request.candidates[pick(scores.logprobs)];
        out.finish_reason = FinishReason::stop;
        return out;
    }

  private:
    /// A text that is being written.
    struct Sequence {
        std::size_t request = 0, most = 0; ///< `most`: tokens that it may have
        std::vector<Generation>* results = nullptr;
        KeptPrefix prefix;
        KeyValueView view;
        KeyValueStore own;
        Sampler sampler;
        TokenGrammar::State grammar = 0;
        GrowingText text;
        std::size_t told = 0; ///< bytes of the text; no stop text begins in them
        bool ended = false;

        [[nodiscard]] Generation& out() const noexcept { return (*results)[request]; }
        [[nodiscard]] std::span<const KeyValueView> visible() const noexcept {
            return {&view, view.count != 0 ? std::size_t{1} : 0};
        }
        template <class Sink> void tell(std::string_view from, std::size_t end, Sink& sink) {
            if (end > told) sink(request, from.substr(told, end - told));
            told = std::max(told, end);
        }
    };

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

    static void throw_if_cancelled(const GenerationOptions& options) {
        if (options.cancellation != nullptr) options.cancellation->throw_if_requested();
    }

    [[nodiscard]] std::span<float> logits_row(std::size_t i) noexcept {
        const std::size_t width = model_->shape().vocabulary;
        return {logits_.data() + i * width, width};
    }

    /// Room for the logits of all texts that may be under way, taken once.
    void make_room(std::size_t sequences) {
        while (sequences_.size() < sequences) sequences_.push_back(std::make_unique<Sequence>());
        if (logits_.size() < sequences * model_->shape().vocabulary) {
            tensor::AlignedBuffer<float> wider(sequences * model_->shape().vocabulary);
            std::copy(logits_.begin(), logits_.end(), wider.begin());
            logits_ = std::move(wider);
        }
    }

    /// Takes waiting prompts through the model, as many as fit into one pass; a longer one by itself. Returns the next
    /// that waits.
    std::size_t admit(std::span<const GenerationRequest> requests, std::size_t waiting,
                      std::vector<std::optional<Failure>>& failures) {
        segments_.clear();
        rows_.clear();
        const std::size_t first = active_;
        std::size_t rows = 0;
        for (; waiting < requests.size() && active_ < kMostTogether; ++waiting) {
            const GenerationRequest& request = requests[waiting];
            throw_if_cancelled(request.options);
            if (!failures[waiting]) failures[waiting] = find_fault(request.prompt);
            if (failures[waiting]) continue;
            const auto own = request.prompt.subspan(std::min(request.shared, request.prompt.size() - 1));
            if (own.size() > Model::kMostRows - rows && !segments_.empty()) break; // the next pass
            make_room(active_ + 1);
            Sequence& sequence = *sequences_[active_++];
            begin(request, waiting, sequence);
            if (own.size() > Model::kMostRows) {
                const std::size_t last = run_in_passes(*model_, own, sequence.prefix.tokens, sequence.visible(),
                                                       sequence.own, request.options.cancellation) -
                                         1;
                read_logits(std::span<const std::size_t>(&last, 1), active_ - 1);
                prepare(request, sequence, active_ - 1);
                return waiting + 1;
            }
            Segment segment;
            segment.tokens = own;
            segment.position = sequence.prefix.tokens;
            segment.visible = sequence.visible();
            segment.store = &sequence.own;
            segments_.push_back(segment);
            rows += own.size();
            rows_.push_back(rows - 1);
        }
        if (segments_.empty()) return waiting;
        model_->run(segments_);
        read_logits(rows_, first);
        for (std::size_t i = first; i < active_; ++i) prepare(requests[sequences_[i]->request], *sequences_[i], i);
        return waiting;
    }

    void begin(const GenerationRequest& request, std::size_t number, Sequence& sequence) {
        sequence.request = number;
        sequence.results = &results_;
        sequence.prefix = prefixes_->keep(request.prompt, request.shared, request.options.cancellation);
        sequence.view = sequence.prefix.view();
        sequence.most = std::min(request.options.max_tokens, model_->shape().context - request.prompt.size() + 1);
        sequence.own.reset(model_->shape(), request.prompt.size() - sequence.prefix.tokens + first_room(sequence),
                           model_->key_values());
        sequence.sampler.reset(request.options.sampling);
        sequence.sampler.see(request.prompt);
        sequence.text.clear();
        sequence.told = 0;
        sequence.ended = false;
        if (request.options.grammar != nullptr) sequence.grammar = request.options.grammar->start();
        Generation& out = sequence.out();
        out = {};
        out.prompt_tokens = request.prompt.size();
        out.reused_tokens = sequence.prefix.reused;
        out.tokens.reserve(sequence.most);
    }

    void prepare(const GenerationRequest& request, Sequence& sequence, std::size_t i) {
        if (request.options.top != 0) sequence.out().top = top_logprobs(logits_row(i), request.options.top);
        sequence.ended = sequence.most == 0;
    }

    void read_logits(std::span<const std::size_t> rows, std::size_t first) {
        const std::size_t width = model_->shape().vocabulary;
        model_->logits(rows, {logits_.data() + first * width, rows.size(), width});
    }

    void draw(const GenerationRequest& request, Sequence& sequence, std::span<float> logits) {
        if (sequence.ended) return;
        Generation& out = sequence.out();
        sequence.sampler.penalise(logits);
        TokenGrammar* const grammar = request.options.grammar;
        if (grammar != nullptr) {
            if (grammar->is_final(sequence.grammar)) return end(sequence);
            grammar->restrict(sequence.grammar, logits);
        }
        const auto best = sequence.sampler.draw(logits);
        // A text that may end, of a vocabulary without an end token, and nothing may follow.
        if (!std::isfinite(logits[best])) return end(sequence);
        const auto token = static_cast<std::int32_t>(best);
        if (std::binary_search(end_tokens_.begin(), end_tokens_.end(), token)) return end(sequence);
        out.tokens.push_back(token);
        sequence.sampler.see(std::span<const std::int32_t>(&token, 1));
        if (grammar != nullptr) sequence.grammar = grammar->next(sequence.grammar, token);
        if (grammar != nullptr && grammar->is_final(sequence.grammar)) end(sequence);
    }

    static void end(Sequence& sequence) {
        sequence.ended = true;
        sequence.out().finish_reason = FinishReason::stop;
    }

    template <class Decode, class Sink>
    void read_text(const GenerationRequest& request, Sequence& sequence, const Decode& decode, Sink& sink) {
        sequence.text.read(std::span<const std::int32_t>(sequence.out().tokens), decode);
        const std::string_view text = sequence.text.text();
        if (find_stop(text.substr(std::min(sequence.told, text.size())), request.options.stop)) {
            end(sequence);
        } else if (!sequence.ended) {
            sequence.tell(text, settled_length(text, request.options.stop), sink);
        }
    }

    /// The whole text at once: the last characters may be incomplete, and stay so.
    template <class Decode, class Sink>
    void finish_text(const GenerationRequest& request, Sequence& sequence, const Decode& decode, Sink& sink) {
        std::string text = decode(std::span<const std::int32_t>(sequence.out().tokens));
        if (const auto stop = find_stop(text, request.options.stop)) text.resize(*stop);
        sequence.tell(text, text.size(), sink);
        sequence.out().text = std::move(text);
    }

    /// Those that go on keep their order.
    void remove_ended() {
        const auto last = sequences_.begin() + static_cast<std::ptrdiff_t>(active_);
        for (auto i = sequences_.begin(); i != last; ++i) {
            if ((*i)->ended) (*i)->prefix = {};
        }
        const auto kept =
            std::stable_partition(sequences_.begin(), last, [](const auto& sequence) { return !sequence->ended; });
        active_ = static_cast<std::size_t>(kept - sequences_.begin());
    }

    /// The last token of each text through the model.
    void step(std::span<const GenerationRequest> requests) {
        segments_.clear();
        rows_.clear();
        steps_.clear();
        for (std::size_t i = 0; i < active_; ++i) {
            Sequence& sequence = *sequences_[i];
            const GenerationRequest& request = requests[sequence.request];
            const std::size_t position = request.prompt.size() + sequence.out().tokens.size() - 1;
            if (model_->begins_again_after(position)) {
                begin_again(request, sequence, i);
                continue;
            }
            if (sequence.own.size() == sequence.own.capacity()) widen(sequence.own);
            Segment segment;
            segment.tokens = std::span(sequence.out().tokens).last(1);
            segment.position = position;
            segment.visible = sequence.visible();
            segment.store = &sequence.own;
            rows_.push_back(segments_.size());
            steps_.push_back(i);
            segments_.push_back(segment);
        }
        if (segments_.empty()) return;
        model_->run(segments_);
        if (steps_.size() == active_) return read_logits(rows_, 0);
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            read_logits(std::span<const std::size_t>(&rows_[r], 1), steps_[r]);
        }
    }

    /// Room for so many tokens is taken at once, as a text may end long before it has all that it may have.
    [[nodiscard]] static std::size_t first_room(const Sequence& sequence) noexcept {
        return std::min<std::size_t>(sequence.most, 256);
    }

    void widen(KeyValueStore& store) const {
        KeyValueStore wider(model_->shape(), 2 * store.capacity(), store.type());
        wider.copy_from(store, store.size());
        store = std::move(wider);
    }

    /// A sequence whose positions change: all of it through the model again.
    void begin_again(const GenerationRequest& request, Sequence& sequence, std::size_t i) {
        std::vector<std::int32_t> tokens(request.prompt.begin(), request.prompt.end());
        tokens.insert(tokens.end(), sequence.out().tokens.begin(), sequence.out().tokens.end());
        sequence.prefix = {};
        sequence.view = {};
        sequence.own.reset(model_->shape(), tokens.size() + first_room(sequence), model_->key_values());
        const std::size_t last = run_in_passes(*model_, tokens, 0, {}, sequence.own, request.options.cancellation) - 1;
        read_logits(std::span<const std::size_t>(&last, 1), i);
    }

    /// Greedy compares the doubles, as `score` gives them.
    std::size_t pick(std::span<const double> logprobs) {
        const auto best = std::max_element(logprobs.begin(), logprobs.end());
        return choice_sampler_.is_greedy() ? static_cast<std::size_t>(best - logprobs.begin())
                                           : choice_sampler_.draw(choice_logits_);
    }

    Model* model_;
    PrefixKeeper<Model>* prefixes_;
    std::vector<std::int32_t> end_tokens_;
    std::vector<std::unique_ptr<Sequence>> sequences_; ///< the first `active_` are under way
    std::size_t active_ = 0;
    std::vector<Generation> results_;
    tensor::AlignedBuffer<float> logits_; ///< [sequences, vocabulary]
    std::vector<Segment> segments_;
    std::vector<std::size_t> rows_, steps_;
    std::vector<float> choice_logits_;
    Sampler choice_sampler_;
};

} // namespace familiar::decoder
