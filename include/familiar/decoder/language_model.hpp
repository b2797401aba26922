#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/result.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/end_tokens.hpp>
#include <familiar/decoder/generator.hpp>
#include <familiar/decoder/gguf_shape.hpp>
#include <familiar/decoder/label_scorer.hpp>
#include <familiar/decoder/model_file.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/prompt/prompt.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/chat_template.hpp>
#include <familiar/text/gguf_chat_template.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/weights/gguf.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A GGUF file ready for use: its model, tokenizer and chat template. Prompts are token ids; the functions that make
/// them of text or messages are here too. One thread at a time may use it; it spreads its work over the pool, which
/// must outlive it.
template <kernels::KernelBackend Kernels = kernels::Dispatched> class LanguageModel {
  public:
    using Tokens = std::vector<std::int32_t>;

    /// @param path a .gguf file, or a directory that holds one
    /// Throws `Error` for a file that is not there, damaged, or of a kind that is not known.
    LanguageModel(const std::filesystem::path& path, ThreadPool& pool, Kernels kernels = {})
        : path_(find_gguf(path)), file_(weights::Gguf::open(path_)), tokenizer_(read_tokenizer(file_)),
          template_(read_template(file_, tokenizer_)), model_(read_model(file_, pool, std::move(kernels))),
          prefixes_(model_), scorer_(model_, prefixes_),
          generator_(model_, prefixes_, read_end_tokens(file_, model_.shape().vocabulary)) {}

    LanguageModel(const LanguageModel&) = delete;
    LanguageModel& operator=(const LanguageModel&) = delete;

    [[nodiscard]] const DecoderShape& shape() const noexcept { return model_.shape(); }
    [[nodiscard]] std::size_t context() const noexcept { return model_.shape().context; }
    [[nodiscard]] const weights::Gguf& file() const noexcept { return file_; }
    /// The file's name without directories.
    [[nodiscard]] std::string name() const { return path_.filename().string(); }
    /// Name, size and fingerprint of the file: which model it is, on whatever machine.
    [[nodiscard]] std::string identity() const {
        std::size_t bytes = 0;
        for (const auto& tensor : file_.tensors()) bytes += tensor.bytes.size();
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(fingerprint(file_)));
        return name() + ":" + std::to_string(bytes) + ":" + digits;
    }
    /// Null where the file has none: prompts can then be given as ids only.
    [[nodiscard]] const text::AnyTokenizer* tokenizer() const noexcept { return tokenizer_ ? &*tokenizer_ : nullptr; }
    [[nodiscard]] bool has_chat_template() const noexcept { return template_.found.has_value(); }
    [[nodiscard]] std::span<const std::int32_t> end_tokens() const noexcept { return generator_.end_tokens(); }
    /// Tokens that went through the layers so far.
    [[nodiscard]] std::uint64_t tokens_processed() const noexcept { return model_.tokens_processed(); }

    // ---- text to ids; throw `Error` (unsupported_model) where the file has no tokenizer or no template
    /// A prompt, with BOS where the file's rule says so.
    [[nodiscard]] Tokens encode_prompt(std::string_view given, bool parse_special = false) const {
        return encode(given, true, parse_special);
    }
    /// A continuation: alone, without special tokens.
    [[nodiscard]] Tokens encode_continuation(std::string_view given) const { return encode(given, false, false); }
    /// Messages through the file's chat template; markup inside a message stays text unless `parse_special`.
    /// @param answer the prompt ends where the assistant's answer begins
    /// Throws `Error` (invalid_argument), too, where the template refuses the messages.
    [[nodiscard]] Tokens encode_messages(std::span<const prompt::ChatMessage> messages, bool answer = true,
                                         bool parse_special = false) const {
        if (template_.fault) throw *template_.fault;
        if (!template_.found) {
            throw Error(ErrorCode::unsupported_model, "the model has no chat template", file_.path(),
                        "Give a prompt instead of messages");
        }
        if (!parse_special) return template_.found->encode(messages, answer);
        return encode(template_.found->render(messages, answer).bytes(), false, true);
    }

    /// What `top` and the like show of a token: its text, its spelling for a special one; null without a tokenizer.
    [[nodiscard]] std::optional<std::string> token_text(std::int32_t token) const {
        if (!tokenizer_) return std::nullopt;
        if (tokenizer_->is_special(token)) return std::string(tokenizer_->token(token));
        return tokenizer_->decode(std::span<const std::int32_t>(&token, 1));
    }

    // ---- work; see Generator and LabelScorer for failures
    /// @param shared tokens at the prompt's beginning that other requests share: kept for them
    /// @param sink   is given the text piece by piece
    template <TakesText Sink>
    Result<Generation> complete(std::span<const std::int32_t> prompt, const GenerationOptions& options,
                                std::size_t shared, Sink&& sink) {
        if (!tokenizer_) {
            if (!options.stop.empty()) {
                return Failure{ErrorCode::invalid_argument, "the model has no tokenizer to find a stop text with"};
            }
            return generator_.generate(prompt, shared, options, static_cast<const Decode*>(nullptr), sink);
        }
        const Decode decode{&*tokenizer_};
        return generator_.generate(prompt, shared, options, &decode, sink);
    }
    Result<Generation> complete(std::span<const std::int32_t> prompt, const GenerationOptions& options = {},
                                std::size_t shared = 0) {
        return complete(prompt, options, shared, [](std::string_view) {});
    }

    /// One of the choices: greedily the likeliest, else drawn by their probabilities.
    Result<Generation> choose(std::span<const std::int32_t> prompt, std::span<const std::string> choices,
                              const GenerationOptions& options = {}, std::size_t shared = 0) {
        const std::vector<Tokens> candidates = encode_all(choices);
        auto out = generator_.choose({prompt, candidates, shared, options.top}, options, scorer_);
        if (out) {
            for (std::size_t i = 0; i < candidates.size(); ++i) {
                if (candidates[i] == out->tokens) out->text = choices[i];
            }
        }
        return out;
    }

    /// Log-probabilities of continuations, each tokenised alone and appended.
    Result<Scores> score(std::span<const std::int32_t> prompt, std::span<const std::string> choices,
                         std::size_t shared = 0, std::size_t top = 0) {
        const std::vector<Tokens> candidates = encode_all(choices);
        const ScoreRequest request{prompt, candidates, shared, top};
        return std::move(scorer_.score(std::span<const ScoreRequest>(&request, 1)).front());
    }

    /// Many requests through few passes; results are those of one at a time.
    std::vector<Result<Scores>> score(std::span<const ScoreRequest> requests,
                                      const Cancellation* cancellation = nullptr) {
        return scorer_.score(requests, cancellation);
    }

    [[nodiscard]] std::vector<Tokens> encode_all(std::span<const std::string> choices) const {
        std::vector<Tokens> candidates;
        candidates.reserve(choices.size());
        for (const auto& choice : choices) candidates.push_back(encode_continuation(choice));
        return candidates;
    }

    [[nodiscard]] PrefixKeeper<CausalModel<Kernels>>& prefixes() noexcept { return prefixes_; }

  private:
    struct Decode {
        const text::AnyTokenizer* tokenizer;
        std::string operator()(std::span<const std::int32_t> tokens) const { return tokenizer->decode(tokens); }
    };

    static std::optional<text::AnyTokenizer> read_tokenizer(const weights::Gguf& file) {
        if (!file.contains("tokenizer.ggml.model")) return std::nullopt;
        return text::gguf_tokenizer(file);
    }

    /// The file's template, or why it cannot be used: that is no reason to refuse ids and plain prompts.
    struct Template {
        std::optional<text::ChatTemplate> found;
        std::optional<Error> fault;
    };

    static Template read_template(const weights::Gguf& file, const std::optional<text::AnyTokenizer>& tokenizer) {
        if (!tokenizer) return {};
        try {
            return {text::gguf_chat_template(file, *tokenizer), std::nullopt};
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unsupported_model) throw;
            return {std::nullopt, error};
        }
    }

    static CausalModel<Kernels> read_model(const weights::Gguf& file, ThreadPool& pool, Kernels kernels) {
        DecoderShape shape = read_gguf_shape(file);
        DecoderWeights weights = read_gguf_weights(file, shape);
        return {std::move(shape), std::move(weights), file.path(), pool, std::move(kernels)};
    }

    [[nodiscard]] Tokens encode(std::string_view given, bool add_special, bool parse_special) const {
        if (!tokenizer_) {
            throw Error(ErrorCode::unsupported_model, "the model has no tokenizer", file_.path(),
                        "Give token ids instead of text");
        }
        text::EncodeOptions options;
        options.add_special_tokens = add_special;
        options.parse_special = parse_special;
        Tokens ids;
        tokenizer_->encode_ids(given, options, ids);
        return ids;
    }

    std::filesystem::path path_;
    weights::Gguf file_;
    std::optional<text::AnyTokenizer> tokenizer_;
    Template template_;
    CausalModel<Kernels> model_;
    PrefixKeeper<CausalModel<Kernels>> prefixes_;
    LabelScorer<CausalModel<Kernels>> scorer_;
    Generator<CausalModel<Kernels>> generator_;
};

} // namespace familiar::decoder
