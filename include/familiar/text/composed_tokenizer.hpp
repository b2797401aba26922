#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/added_tokens.hpp>
#include <familiar/text/decoder.hpp>
#include <familiar/text/encoding.hpp>
#include <familiar/text/post_processor.hpp>
#include <familiar/text/token_sink.hpp>
#include <familiar/text/tokenizer.hpp>
#include <familiar/text/vocabulary.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::text {

/// Normaliser, pre-tokeniser and model as one: puts the tokens of `text` into the sink, with `origin` added to their
/// ranges. Any bytes are a text. Called from several threads at once.
template <class S>
concept Segmenter = requires(const S& s, std::string_view text, std::size_t origin, EncodingSink& full, IdSink& ids) {
    s.segment(text, origin, full);
    s.segment(text, origin, ids);
};

/// A tokenizer from its parts: added tokens cut the text, the segmenter turns what lies between into tokens, the
/// post-processor puts special tokens around them. The segmenter is known at compile time; nothing is virtual.
template <Segmenter S> class ComposedTokenizer {
  public:
    using SegmenterType = S;

    ComposedTokenizer(Vocabulary vocabulary, AddedTokens added, S segmenter, PostProcessor post_processor,
                      TokenDecoder decoder)
        : vocabulary_(std::move(vocabulary)), added_(std::move(added)), segmenter_(std::move(segmenter)),
          post_(std::move(post_processor)), decoder_(std::move(decoder)) {}

    void encode(std::string_view text, const EncodeOptions& options, Encoding& out) const {
        assemble(text, std::nullopt, options, out);
    }

    void encode_pair(std::string_view first, std::string_view second, const EncodeOptions& options,
                     Encoding& out) const {
        assemble(first, second, options, out);
    }

    /// The ids that `encode` gives, without ranges and type ids; faster. Replaces what `out` held.
    void encode_ids(std::string_view text, const EncodeOptions& options, std::vector<std::int32_t>& out) const {
        require_countable(text);
        out.clear();
        const auto& pieces = post_.single;
        for (const auto& piece : pieces) {
            if (piece.part == PostProcessor::Part::special) {
                if (options.add_special_tokens) out.push_back(piece.id);
                continue;
            }
            const std::size_t before = out.size();
            IdSink sink(out);
            put_text(text, options.parse_special, sink);
            sink.finish();
            if (!options.max_length) continue;
            const std::size_t special = options.add_special_tokens ? PostProcessor::special_tokens(pieces) : 0;
            std::size_t first = out.size() - before, second = 0;
            cut(first, second, false, special, options);
            out.resize(before + first);
        }
    }

    /// The ids of a text of several origins, such as a rendered chat template: special tokens count where all their
    /// bytes are trusted (`'1'` in `marks`, which has a character for every byte); all else is ordinary text, cut as if
    /// it were one. Nothing is added around it. Replaces what `out` held.
    void encode_marked(std::string_view text, std::string_view marks, std::vector<std::int32_t>& out) const {
        require_countable(text);
        if (marks.size() != text.size()) {
            throw Error(ErrorCode::invalid_argument,
                        std::to_string(marks.size()) + " marks for " + std::to_string(text.size()) + " bytes", "marks");
        }
        out.clear();
        IdSink sink(out);
        added_.split_marked(
            text, marks,
            [&](std::size_t begin, std::size_t end) {
                segmenter_.segment(text.substr(begin, end - begin), begin, sink);
            },
            [&](const AddedToken& token, std::size_t begin, std::size_t end) { sink.put(token.id, begin, end); });
        sink.finish();
    }

    [[nodiscard]] std::size_t vocabulary_size() const noexcept { return vocabulary_.size(); }
    [[nodiscard]] std::string_view token(std::int32_t id) const { return vocabulary_.token(id); }
    [[nodiscard]] std::optional<std::int32_t> find_token(std::string_view token) const {
        return vocabulary_.find(token);
    }

    /// Text without special tokens, always UTF-8: bytes that are none become U+FFFD. @throws Error invalid_token
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const {
        std::string out;
        decoder_.decode(vocabulary_, added_, ids, out);
        return out;
    }

    /// The bytes that one token adds to a text in the middle, which may be part of a character; a special token gives
    /// its spelling. For streams of tokens.
    [[nodiscard]] std::string token_bytes(std::int32_t id) const { return decoder_.bytes(vocabulary_, added_, id); }

    [[nodiscard]] bool is_special(std::int32_t id) const noexcept { return added_.is_special(id); }

    [[nodiscard]] const S& segmenter() const noexcept { return segmenter_; }
    [[nodiscard]] const PostProcessor& post_processor() const noexcept { return post_; }

  private:
    static void require_countable(std::string_view text) {
        if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
            throw Error(ErrorCode::text_too_long, "a text of " + std::to_string(text.size()) + " bytes", {},
                        "A text has at most 4 GiB");
        }
    }

    template <TokenSink Sink> void put_text(std::string_view text, bool parse_special, Sink& sink) const {
        added_.split(
            text, parse_special,
            [&](std::size_t begin, std::size_t end) {
                segmenter_.segment(text.substr(begin, end - begin), begin, sink);
            },
            [&](const AddedToken& token, std::size_t begin, std::size_t end) { sink.put(token.id, begin, end); });
    }

    void put_whole(std::string_view text, bool parse_special, Encoding& out) const {
        const std::size_t before = out.offsets.size(), spelled_before = out.spelled.size();
        EncodingSink sink{&out};
        put_text(text, parse_special, sink);
        if (!post_.trim_offsets && !added_.any_strips()) return;
        const bool spells_unknown = out.spelled.size() > spelled_before;
        for (std::size_t i = before; i < out.ids.size(); ++i) {
            ByteRange& range = out.offsets[i];
            if (added_.strips(out.ids[i])) {
                const std::string_view taken = text.substr(range.begin, range.end - range.begin);
                if (taken != vocabulary_.token(out.ids[i])) out.spelled.push_back({i, std::string(taken)});
            }
            if (post_.trim_offsets) trim(text, out.ids[i], i == before, range);
        }
        if (spells_unknown) {
            const auto by_index = [](const SpelledToken& a, const SpelledToken& b) { return a.index < b.index; };
            std::sort(out.spelled.begin() + static_cast<std::ptrdiff_t>(spelled_before), out.spelled.end(), by_index);
        }
    }

    /// Leaves the first `tokens` tokens of what has come so far.
    static void shorten(Encoding& out, std::size_t tokens) {
        out.ids.resize(tokens);
        out.offsets.resize(tokens);
        while (!out.spelled.empty() && out.spelled.back().index >= tokens) out.spelled.pop_back();
    }

    /// The range of a byte-level token without the spaces (`Ġ`) that it starts and ends with.
    void trim(std::string_view text, std::int32_t id, bool is_first, ByteRange& range) const {
        if (added_.strips(id)) { // its white space is that of the text
            range.begin = static_cast<std::uint32_t>(
                std::min<std::size_t>(AddedTokens::space_after(text, range.begin), range.end));
            range.end = static_cast<std::uint32_t>(AddedTokens::space_before(text, range.end, range.begin));
            return;
        }
        constexpr std::string_view kSpace = "\u0120";
        std::string_view spelling = vocabulary_.token(id);
        std::uint32_t leading = 0, trailing = 0;
        for (std::string_view rest = spelling; rest.starts_with(kSpace); rest.remove_prefix(kSpace.size())) ++leading;
        for (std::string_view rest = spelling; rest.ends_with(kSpace); rest.remove_suffix(kSpace.size())) ++trailing;
        // Every space goes with a character of the text, even where it was put before one that is longer.
        const auto inside = [&](std::uint32_t at) {
            return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
        };
        if (leading > 0) {
            if (post_.add_prefix_space && (is_first || range.begin == 0)) --leading;
            for (; leading > 0 && range.begin < range.end; --leading) {
                do ++range.begin;
                while (range.begin < range.end && inside(range.begin));
            }
        }
        std::uint32_t end = range.end;
        for (; trailing > 0 && end > 0; --trailing) {
            do --end;
            while (end > 0 && inside(end));
        }
        if (trailing == 0) range.end = std::max(end, range.begin);
    }

    void assemble(std::string_view first, std::optional<std::string_view> second, const EncodeOptions& options,
                  Encoding& out) const {
        require_countable(first);
        thread_local Encoding follower; // tokens of the second text, until it is known how many may stay
        follower.clear();
        if (second) {
            require_countable(*second);
            put_whole(*second, options.parse_special, follower);
        }
        out.clear();
        const auto& pieces = second ? post_.pair : post_.single;
        const auto add = [&](const PostProcessor::Piece& piece) {
            if (piece.part == PostProcessor::Part::special) {
                if (!options.add_special_tokens) return;
                out.ids.push_back(piece.id);
                out.offsets.push_back({});
            } else if (piece.part == PostProcessor::Part::first_text) {
                const std::size_t before = out.size();
                put_whole(first, options.parse_special, out);
                if (options.max_length) {
                    std::size_t left = out.size() - before, right = follower.size();
                    const std::size_t special = options.add_special_tokens ? PostProcessor::special_tokens(pieces) : 0;
                    cut(left, right, second.has_value(), special, options);
                    shorten(out, before + left);
                    shorten(follower, right);
                }
            } else {
                for (const auto& [index, text] : follower.spelled)
                    out.spelled.push_back({out.ids.size() + index, text});
                out.ids.insert(out.ids.end(), follower.ids.begin(), follower.ids.end());
                out.offsets.insert(out.offsets.end(), follower.offsets.begin(), follower.offsets.end());
            }
            out.type_ids.resize(out.ids.size(), piece.type_id);
        };
        for (const auto& piece : pieces) add(piece);
    }

    /// How many tokens of each text stay.
    static void cut(std::size_t& first, std::size_t& second, bool is_pair, std::size_t special,
                    const EncodeOptions& options) {
        const std::size_t most = *options.max_length, total = first + second;
        if (total + special <= most) return;
        if (most <= special) {
            throw Error(ErrorCode::text_too_long,
                        "a length of " + std::to_string(most) + " tokens leaves no room beside " +
                            std::to_string(special) + " special ones",
                        "max_length", "Allow at least " + std::to_string(special + 1) + " tokens");
        }
        const std::size_t room = most - special, excess = total - room;
        switch (options.truncation) {
        case TruncationStrategy::longest_first: {
            if (!is_pair) {
                first = room;
                break;
            }
            // The shorter text keeps what it has as long as that is no more than half of the room.
            std::size_t &shorter = first <= second ? first : second, &longer = first <= second ? second : first;
            longer = shorter > room ? shorter : std::max(shorter, room - shorter);
            if (shorter + longer > room) {
                shorter = room / 2;
                longer = shorter + room % 2;
            }
            break;
        }
        case TruncationStrategy::only_first:
            take(first, excess, "first");
            break;
        case TruncationStrategy::only_second:
            if (!is_pair) {
                throw Error(ErrorCode::invalid_argument, "only the second text may be cut, and there is none",
                            "truncation", "Choose longest_first");
            }
            take(second, excess, "second");
            break;
        }
    }

    static void take(std::size_t& tokens, std::size_t excess, const char* which) {
        if (tokens <= excess) {
            throw Error(ErrorCode::text_too_long,
                        std::string("the ") + which + " text has " + std::to_string(tokens) +
                            " tokens, too few to take " + std::to_string(excess) + " away",
                        "truncation", "Choose longest_first, or a larger max_length");
        }
        tokens -= excess;
    }

    Vocabulary vocabulary_;
    AddedTokens added_;
    S segmenter_;
    PostProcessor post_;
    TokenDecoder decoder_;
};

} // namespace familiar::text
