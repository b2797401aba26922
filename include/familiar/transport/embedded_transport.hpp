#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/result.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/language_model.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/prompt/prompt.hpp>
#include <familiar/transport/llm_request.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::transport {

/// An LLM in this process: a GGUF file or a Hugging Face directory run by our own decoder.
///
/// A prompt's shared part is taken through the model once and kept; a query costs its own tokens. Candidates are scored
/// as continuations, without generation. Calls from several threads are served one after another; each is spread over
/// the thread pool. A reply depends on its own request only, to the last bit.
template <kernels::KernelBackend Kernels = kernels::Dispatched> class BasicEmbeddedTransport {
  public:
    static constexpr std::string_view kName = "embedded";
    static constexpr bool kSharesPrefix = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model), (std::string, activations),
                                 (std::string, key_values));
        Parameters() = default;
        explicit Parameters(std::string path) : model(std::move(path)) {}
        static constexpr std::string_view kArgument = "model";
    };

    /// @param parameters   `model`: a .gguf file, a directory that holds one, or a Hugging Face directory;
    ///                     `activations`: int8 (also where empty), f32;
    ///                     `key_values`: f32 (also where empty), f16, int8
    /// @param pool         must outlive the transport
    /// @param cancellation ends a request that is under way, with a failure; may be null
    /// Throws `Error` for a model that cannot be used.
    explicit BasicEmbeddedTransport(const Parameters& parameters, ThreadPool& pool,
                                    const Cancellation* cancellation = nullptr, Kernels kernels = {})
        : state_(std::make_unique<State>(parameters, pool, std::move(kernels))), cancellation_(cancellation) {}

    /// Never throws for what fails in ordinary running. A prompt longer than the context fails its row (text_too_long,
    /// both lengths named); weights that give no numbers fail the run.
    Result<LlmReply> ask(const LlmRequest& request) {
        return std::move(ask(std::span<const LlmRequest>(&request, 1)).front());
    }

    /// One reply a request, in order: those of one request at a time, sooner, since the weights are unpacked once
    /// for several of them.
    std::vector<Result<LlmReply>> ask(std::span<const LlmRequest> requests) {
        const std::lock_guard turn(state_->mutex);
        std::vector<std::optional<Result<LlmReply>>> replies(requests.size());
        std::vector<Scoring> scorings;
        std::vector<Writing> writings;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            try {
                Encoded encoded = state_->encode(requests[i].prompt);
                if (requests[i].candidates.empty()) {
                    options_of(requests[i]).check(); // a request that cannot be done fails alone
                    writings.push_back({i, std::move(encoded)});
                } else {
                    scorings.push_back({i, std::move(encoded), state_->model.encode_all(requests[i].candidates)});
                }
            } catch (const Error& error) {
                replies[i] = to_failure(error);
            }
        }
        generate(requests, writings, replies);
        score(requests, scorings, replies);
        std::vector<Result<LlmReply>> out;
        out.reserve(replies.size());
        for (auto& reply : replies) out.push_back(*std::move(reply));
        return out;
    }

    /// Name, size and fingerprint of the model's file; not where it lies.
    [[nodiscard]] std::string identity() const { return std::string(kName) + ":" + state_->identity; }
    /// One: the work for a request is spread over the pool.
    [[nodiscard]] std::size_t concurrency() const noexcept { return 1; }
    [[nodiscard]] bool scores_labels() const noexcept { return true; }
    [[nodiscard]] std::optional<std::size_t> context() const noexcept { return state_->model.context(); }

    /// Tokens of the prompt, and of the longest candidate or of the longest reply. Exact. Throws `Error` for a prompt
    /// that the model cannot encode.
    [[nodiscard]] std::size_t count_tokens(const LlmRequest& request) const {
        const std::lock_guard turn(state_->mutex);
        std::size_t after = request.candidates.empty() ? request.max_tokens : 0;
        for (const auto& candidate : request.candidates) {
            after = std::max(after, state_->model.encode_continuation(candidate).size());
        }
        return state_->encode_whole(request.prompt).size() + after;
    }

    /// The model itself. Not to be used while a request is under way.
    [[nodiscard]] decoder::LanguageModel<Kernels>& model() noexcept { return state_->model; }

  private:
    using Tokens = std::vector<std::int32_t>;

    struct Encoded {
        Tokens tokens;
        std::size_t shared = 0; ///< how many of them every prompt with the same shared part begins with
    };
    struct Writing {
        std::size_t request;
        Encoded prompt;
    };
    struct Scoring {
        std::size_t request;
        Encoded prompt;
        std::vector<Tokens> candidates;
    };

    struct State {
        State(const Parameters& parameters, ThreadPool& pool, Kernels kernels)
            : model(parameters.model, pool, std::move(kernels), decoder::parse_activations(parameters.activations),
                    decoder::parse_key_value_type(parameters.key_values)),
              identity(model.identity() + (parameters.activations == "f32" ? ", f32 activations" : "") +
                       (parameters.key_values.empty() || parameters.key_values == "f32"
                            ? ""
                            : ", " + parameters.key_values + " keys and values")) {}

        [[nodiscard]] Tokens encode_whole(const prompt::Prompt& prompt) const {
            if (prompt.form == prompt::Form::text) return model.encode_prompt(prompt.text());
            return model.encode_messages(prompt.messages());
        }

        /// Shared part and query are encoded as one, as the model must read them: a token may span the seam, and a
        /// template may treat the first message in its own way. What is shared is found by encoding the shared part
        /// alone: where the two agree.
        [[nodiscard]] Encoded encode(const prompt::Prompt& prompt) {
            Encoded out{encode_whole(prompt), 0};
            if (shared_part != prompt.shared || shared_form != prompt.form) {
                const bool is_text = prompt.form == prompt::Form::text;
                shared_tokens.clear();
                if (is_text && !prompt.shared->text.empty()) {
                    shared_tokens = model.encode_prompt(prompt.shared->text);
                } else if (!is_text && !prompt.shared->messages.empty()) {
                    shared_tokens = model.encode_messages(prompt.shared->messages, false);
                }
                shared_part = prompt.shared;
                shared_form = prompt.form;
            }
            const auto parts =
                std::mismatch(shared_tokens.begin(), shared_tokens.end(), out.tokens.begin(), out.tokens.end());
            out.shared = static_cast<std::size_t>(parts.first - shared_tokens.begin());
            return out;
        }

        std::mutex mutex;
        decoder::LanguageModel<Kernels> model;
        std::string identity;
        std::shared_ptr<const prompt::PromptPart> shared_part; ///< the last one, and its tokens
        prompt::Form shared_form = prompt::Form::text;
        Tokens shared_tokens;
    };

    static Failure to_failure(const Error& error) {
        const bool hopeless = error.code() == ErrorCode::numeric_failure || error.code() == ErrorCode::cancelled ||
                              error.code() == ErrorCode::unsupported_model;
        return {error.code(), error.what(), hopeless ? FailureScope::run : FailureScope::row};
    }

    [[nodiscard]] decoder::GenerationOptions options_of(const LlmRequest& request) const {
        decoder::GenerationOptions options;
        options.max_tokens = request.max_tokens;
        options.sampling.temperature = request.temperature;
        options.sampling.top_p = request.top_p;
        options.sampling.seed = request.seed;
        options.stop = request.stop;
        options.top = request.top_logprobs;
        options.cancellation = cancellation_;
        return options;
    }

    void generate(std::span<const LlmRequest> requests, std::span<const Writing> writings,
                  std::vector<std::optional<Result<LlmReply>>>& replies) {
        std::vector<decoder::GenerationRequest> asked;
        for (const auto& writing : writings) {
            asked.push_back({writing.prompt.tokens, writing.prompt.shared, options_of(requests[writing.request])});
        }
        try {
            auto results = state_->model.complete(std::span<const decoder::GenerationRequest>(asked));
            for (std::size_t i = 0; i < writings.size(); ++i) {
                replies[writings[i].request] = results[i] ? Result<LlmReply>(to_reply(writings[i], *results[i]))
                                                          : Result<LlmReply>(results[i].failure());
            }
        } catch (const Error& error) {
            for (const auto& writing : writings) replies[writing.request] = to_failure(error);
        }
    }

    [[nodiscard]] LlmReply to_reply(const Writing& writing, const decoder::Generation& result) const {
        LlmReply reply;
        reply.text = result.text.value_or("");
        reply.finish_reason = to_string(result.finish_reason);
        reply.usage = {writing.prompt.tokens.size(), result.tokens.size(), result.reused_tokens};
        name_tokens(result.top, reply);
        return reply;
    }

    void score(std::span<const LlmRequest> requests, std::span<const Scoring> scorings,
               std::vector<std::optional<Result<LlmReply>>>& replies) {
        std::vector<decoder::ScoreRequest> asked;
        for (const auto& scoring : scorings) {
            asked.push_back({scoring.prompt.tokens, scoring.candidates, scoring.prompt.shared,
                             requests[scoring.request].top_logprobs});
        }
        try {
            const auto results = state_->model.score(asked, cancellation_);
            for (std::size_t i = 0; i < scorings.size(); ++i) {
                replies[scorings[i].request] = results[i] ? Result<LlmReply>(to_reply(scorings[i], *results[i]))
                                                          : Result<LlmReply>(results[i].failure());
            }
        } catch (const Error& error) {
            for (const auto& scoring : scorings) replies[scoring.request] = to_failure(error);
        }
    }

    [[nodiscard]] LlmReply to_reply(const Scoring& scoring, const decoder::Scores& scores) const {
        LlmReply reply;
        reply.candidate_logprobs = scores.logprobs;
        for (const auto& candidate : scoring.candidates) reply.candidate_tokens.push_back(candidate.size());
        reply.finish_reason = to_string(decoder::FinishReason::stop);
        reply.usage = {scoring.prompt.tokens.size(), 0, scores.reused_tokens};
        name_tokens(scores.top, reply);
        return reply;
    }

    /// Several tokens may read alike (parts of a character, say): the likeliest of them is kept.
    void name_tokens(std::span<const decoder::TokenLogprob> top, LlmReply& reply) const {
        for (const auto& [token, logprob] : top) {
            if (const auto text = state_->model.token_text(token)) reply.first_token.emplace(*text, logprob);
        }
    }

    std::unique_ptr<State> state_;
    const Cancellation* cancellation_;
};

using EmbeddedTransport = BasicEmbeddedTransport<>;

static_assert(CompletesInBatches<EmbeddedTransport>);

} // namespace familiar::transport
