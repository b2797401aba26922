#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace familiar::text {

/// Bytes [begin, end) of the UTF-8 of the token's own text. A token that holds part of a character has the whole
/// character's range; a special token that was added has [0, 0).
struct ByteRange {
    std::uint32_t begin = 0, end = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// A token that is shown otherwise than the vocabulary spells it: an added one with the white space that it took
/// (`lstrip`, `rstrip`), an unknown one of a Unigram model as the normalised text that it stands for.
struct SpelledToken {
    std::size_t index = 0; ///< in `ids`
    std::string text;
    friend bool operator==(const SpelledToken&, const SpelledToken&) = default;
};

/// The tokens of a text or pair. The first three vectors have one length; `clear()` keeps their memory for the next
/// text.
struct Encoding {
    std::vector<std::int32_t> ids;
    std::vector<ByteRange> offsets;
    std::vector<std::uint8_t> type_ids; ///< 0 for the first text, 1 where the model marks the second one so
    std::vector<SpelledToken> spelled;  ///< in order; empty for nearly every text

    void clear() noexcept {
        ids.clear();
        offsets.clear();
        type_ids.clear();
        spelled.clear();
    }
    [[nodiscard]] std::size_t size() const noexcept { return ids.size(); }
    friend bool operator==(const Encoding&, const Encoding&) = default;
};

/// Which text loses tokens when a pair is too long.
enum class TruncationStrategy { longest_first, only_first, only_second };

struct EncodeOptions {
    bool add_special_tokens = true;        ///< [CLS], [SEP], BOS …, as the model's file says
    bool parse_special = false;            ///< special tokens spelled in the text count as such; off for user text
    std::optional<std::size_t> max_length; ///< in tokens, the special ones counted; nothing is cut without it
    TruncationStrategy truncation = TruncationStrategy::longest_first;
};

} // namespace familiar::text
