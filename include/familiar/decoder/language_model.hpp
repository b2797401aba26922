#pragma once

#include <familiar/core/result.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/generator.hpp>
#include <familiar/decoder/label_scorer.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/decoder/model_text.hpp>
#include <familiar/decoder/prefix_file.hpp>
#include <familiar/decoder/token_grammar.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/chat_message.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A model ready for use, with its tokenizer and chat template. Prompts are token ids; the functions that make
/// them of text or messages are here too. One thread at a time may use it; it spreads its work over the pool, which
/// must outlive it.
template <kernels::KernelBackend Kernels = kernels::Dispatched> class LanguageModel {
  public:
    using Tokens = std::vector<std::int32_t>;

    /// @param path a .gguf file, a directory that holds one, or a Hugging Face directory
    /// Throws `Error` for files that are not there, damaged, or of a kind that is not known.
    LanguageModel(const std::filesystem::path& path, ThreadPool& pool, Kernels kernels = {},
                  Activations activations = Activations::int8, KeyValueType key_values = KeyValueType::f32)
        : LanguageModel(Opened(path, pool, activations), pool, std::move(kernels), activations, key_values) {}

    LanguageModel(const LanguageModel&) = delete;
    LanguageModel& operator=(const LanguageModel&) = delete;

    [[nodiscard]] const DecoderShape& shape() const noexcept { return model_.shape(); }
    [[nodiscard]] std::size_t context() const noexcept { return model_.shape().context; }
    [[nodiscard]] const ModelFiles& files() const noexcept { return files_; }
    /// The file's or directory's name.
    [[nodiscard]] std::string name() const { return files_.name(); }
    /// Which model it is, on whatever machine.
    [[nodiscard]] std::string identity() const { return files_.identity(); }
    /// Null where there is none that can be used: prompts can then be given as ids only.
    [[nodiscard]] const text::AnyTokenizer* tokenizer() const noexcept { return text_.tokenizer(); }
    [[nodiscard]] bool has_chat_template() const noexcept { return text_.has_chat_template(); }
    [[nodiscard]] std::span<const std::int32_t> end_tokens() const noexcept { return generator_.end_tokens(); }
    /// Tokens that went through the layers so far.
    [[nodiscard]] std::uint64_t tokens_processed() const noexcept { return model_.tokens_processed(); }

    // ---- text to ids; throw `Error` (unsupported_model) where the file has no tokenizer or no template
    /// A prompt, with BOS where the file's rule says so.
    [[nodiscard]] Tokens encode_prompt(std::string_view given, bool parse_special = false) const {
        return text_.encode(given, true, parse_special);
    }
    /// A continuation: alone, without special tokens.
    [[nodiscard]] Tokens encode_continuation(std::string_view given) const { return text_.encode(given, false, false); }
    /// Messages through the file's chat template; markup inside a message stays text unless `parse_special`.
    /// @param answer the prompt ends where the assistant's answer begins
    /// Throws `Error` (invalid_argument), too, where the template refuses the messages.
    [[nodiscard]] Tokens encode_messages(std::span<const text::ChatMessage> messages, bool answer = true,
                                         bool parse_special = false) const {
        return text_.encode_messages(messages, answer, parse_special);
    }

    /// What `top` and the like show of a token: its text, its spelling for a special one; null without a tokenizer.
    [[nodiscard]] std::optional<std::string> token_text(std::int32_t token) const { return text_.token_text(token); }

    // ---- work; see Generator and LabelScorer for failures
    /// @param shared tokens at the prompt's beginning that other requests share: kept for them
    /// @param sink   is given the text piece by piece
    template <TakesText Sink>
    Result<Generation> complete(std::span<const std::int32_t> prompt, const GenerationOptions& options,
                                std::size_t shared, Sink&& sink) {
        const GenerationRequest request{prompt, shared, options};
        return std::move(
            complete(std::span<const GenerationRequest>(&request, 1), [&](std::size_t, std::string_view piece) {
                sink(piece);
            }).front());
    }
    Result<Generation> complete(std::span<const std::int32_t> prompt, const GenerationOptions& options = {},
                                std::size_t shared = 0) {
        return complete(prompt, options, shared, [](std::string_view) {});
    }

    /// Many at once, through few passes; results are those of one at a time. Stop texts and grammars need a tokenizer.
    /// @param sink is given the number of a request and a piece of its text
    template <TakesTexts Sink>
    std::vector<Result<Generation>> complete(std::span<const GenerationRequest> requests, Sink&& sink) {
        if (tokenizer() == nullptr) return generator_.generate(requests, static_cast<const Decode*>(nullptr), sink);
        const Decode decode{tokenizer()};
        return generator_.generate(requests, &decode, sink);
    }
    std::vector<Result<Generation>> complete(std::span<const GenerationRequest> requests) {
        return complete(requests, [](std::size_t, std::string_view) {});
    }

    /// A grammar (see ByteGrammar) over this model's vocabulary, for `GenerationOptions::grammar`. Throws `Error`:
    /// invalid_argument for one that is not understood, unsupported_model without a tokenizer.
    [[nodiscard]] TokenGrammar make_grammar(std::string_view rules, const std::string& where = "grammar") const {
        text_.require_tokenizer();
        std::vector<std::string> bytes(shape().vocabulary);
        const std::size_t known = std::min(bytes.size(), tokenizer()->vocabulary_size());
        for (std::size_t i = 0; i < known; ++i) {
            const auto token = static_cast<std::int32_t>(i);
            const bool ends = std::binary_search(end_tokens().begin(), end_tokens().end(), token);
            if (!ends && !tokenizer()->is_special(token)) bytes[i] = tokenizer()->token_bytes(token);
        }
        return {ByteGrammar(rules, where), std::move(bytes), {end_tokens().begin(), end_tokens().end()}};
    }

    /// Keeps the beginnings that are kept now, for other runs of the same model with the same kernels.
    void save_prefixes(const std::filesystem::path& path) {
        decoder::save_prefixes(prefixes_.cache(), shape(), prefix_identity(), path);
    }
    void load_prefixes(const std::filesystem::path& path) {
        decoder::load_prefixes(prefixes_.cache(), shape(), prefix_identity(), path, model_.key_values());
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

    /// What it is run with. Not to be used while a request is under way.
    [[nodiscard]] CausalModel<Kernels>& model() noexcept { return model_; }
    [[nodiscard]] PrefixKeeper<CausalModel<Kernels>>& prefixes() noexcept { return prefixes_; }

  private:
    struct Decode {
        const text::AnyTokenizer* tokenizer;
        std::string operator()(std::span<const std::int32_t> tokens) const { return tokenizer->decode(tokens); }
    };

    /// Keys of other kernels or activations differ: results would depend on who computed them.
    [[nodiscard]] std::string prefix_identity() const {
        std::string of = identity() + " " + std::string(model_.kernels().name()) + " " +
                         std::string(to_string(model_.activations()));
        if (model_.key_values() != KeyValueType::f32) of += " " + std::string(to_string(model_.key_values())) + " keys";
        return of;
    }

    /// What is read from the files, the text's part and the weights' at the same time.
    struct Opened {
        Opened(const std::filesystem::path& path, ThreadPool& pool, Activations activations)
            : files(ModelFiles::open(path)) {
            const bool copies = activations == Activations::int8;
            std::array<std::exception_ptr, 2> failures; // so that of two faults the same one is told each time
            pool.run(failures.size(), [&](std::size_t task, std::size_t) {
                try {
                    if (task == 0) text.emplace(files);
                    if (task == 1) read.emplace(files.read(copies ? weights::Finite::trust : weights::Finite::check));
                } catch (...) {
                    failures[task] = std::current_exception();
                }
            });
            for (const auto& failure : failures) {
                if (failure) std::rethrow_exception(failure);
            }
            if (copies) files.give_back_pages(); // of what was checked, and of the vocabulary
        }

        ModelFiles files;
        std::optional<ModelText> text;
        std::optional<std::pair<DecoderShape, DecoderWeights>> read;
    };

    LanguageModel(Opened opened, ThreadPool& pool, Kernels kernels, Activations activations, KeyValueType key_values)
        : files_(std::move(opened.files)), text_(*std::move(opened.text)),
          model_(std::move(opened.read->first), std::move(opened.read->second), files_.path().string(), pool,
                 std::move(kernels), activations, files_.mapping(), key_values),
          prefixes_(model_), scorer_(model_, prefixes_),
          generator_(model_, prefixes_, files_.end_tokens(model_.shape().vocabulary)) {}

    ModelFiles files_;
    ModelText text_;
    CausalModel<Kernels> model_;
    PrefixKeeper<CausalModel<Kernels>> prefixes_;
    LabelScorer<CausalModel<Kernels>> scorer_;
    Generator<CausalModel<Kernels>> generator_;
};

} // namespace familiar::decoder
