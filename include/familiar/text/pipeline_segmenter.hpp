#pragma once

#include <familiar/text/added_tokens.hpp>
#include <familiar/text/normalizer.hpp>
#include <familiar/text/pre_tokenizer.hpp>
#include <familiar/text/rewritten_text.hpp>
#include <familiar/text/token_sink.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// A model that cuts a word that stands by itself into tokens. `kSpellsUnknown`: whether an unknown token is shown as
/// the text that it stands for.
template <class M>
concept WordModel = requires(const M& m, std::string_view word, void (*put)(std::int32_t, std::size_t, std::size_t)) {
    m.tokenize(word, put);
    { m.unknown() } -> std::convertible_to<std::int32_t>;
    { M::kSpellsUnknown } -> std::convertible_to<bool>;
};

/// Any normalisers, any pre-tokenizers and a model, in the steps that a tokenizer.json names. O(length) for each step,
/// and what the model takes; no memory is asked for once the thread's own is large enough.
template <WordModel M> class PipelineSegmenter {
  public:
    /// @param normalized added tokens that are searched in the normalised text, their contents as the file has them
    PipelineSegmenter(Normalizer normalizer, std::vector<AddedToken> normalized, PreTokenizer pre_tokenizer, M model)
        : normalizer_(std::move(normalizer)), pre_tokenizer_(std::move(pre_tokenizer)), model_(std::move(model)) {
        std::erase_if(normalized, [&](AddedToken& token) {
            token.content = normalizer_(token.content);
            return token.content.empty();
        });
        added_ = AddedTokens(std::move(normalized));
    }

    [[nodiscard]] const M& model() const noexcept { return model_; }

    template <TokenSink Sink> void segment(std::string_view text, std::size_t origin, Sink& sink) const {
        thread_local RewrittenText whole;
        whole.clear();
        rewrite_well_formed(text, whole);
        normalizer_.apply(whole);
        added_.split(
            whole.bytes, true, [&](std::size_t begin, std::size_t end) { put_part(whole, begin, end, origin, sink); },
            [&](const AddedToken& token, std::size_t begin, std::size_t end) {
                sink.put(token.id, origin + whole.sources[begin].first, origin + whole.sources[end - 1].second);
            });
    }

  private:
    template <TokenSink Sink>
    void put_part(const RewrittenText& whole, std::size_t from, std::size_t to, std::size_t origin, Sink& sink) const {
        thread_local Pieces pieces;
        pieces.clear();
        pieces.text.append(whole, from, to);
        pieces.cut();
        pre_tokenizer_.apply(pieces, from == 0 ? origin : origin + whole.sources[from].first);
        const std::string_view bytes = pieces.text.bytes;
        const auto& sources = pieces.text.sources;
        std::size_t begin = 0;
        for (const std::size_t end : pieces.ends) {
            model_.tokenize(bytes.substr(begin, end - begin),
                            [&](std::int32_t id, std::size_t first, std::size_t last) {
                                const std::size_t source = origin + sources[begin + first].first;
                                const std::size_t source_end = origin + sources[begin + last - 1].second;
                                if (M::kSpellsUnknown && id == model_.unknown()) {
                                    sink.put_spelled(id, source, source_end, bytes.substr(begin + first, last - first));
                                } else {
                                    sink.put(id, source, source_end);
                                }
                            });
            begin = end;
        }
    }

    Normalizer normalizer_;
    PreTokenizer pre_tokenizer_;
    M model_;
    AddedTokens added_;
};

} // namespace familiar::text
