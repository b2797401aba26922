#pragma once

#include <familiar/text/encoding.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace familiar::text {

/// Text to ids. Input that is not UTF-8 is read as if each maximal ill-formed part were U+FFFD (Unicode 16, §3.9);
/// offsets then still count the given bytes. `encode` replaces what `out` held and allocates nothing once `out` and the
/// tokenizer's own scratch are large enough. Throws `Error` (text_too_long) where `max_length` leaves no room beside
/// the special tokens or the strategy cannot cut enough. Const member functions may be called from several threads at
/// once.
template <class T>
concept EncodesText = requires(const T& t, std::string_view text, const EncodeOptions& options, Encoding& out) {
    { t.encode(text, options, out) } -> std::same_as<void>;
};

template <class T>
concept EncodesPairs =
    requires(const T& t, std::string_view a, std::string_view b, const EncodeOptions& options, Encoding& out) {
        { t.encode_pair(a, b, options, out) } -> std::same_as<void>;
    };

/// `token` gives the spelling in the vocabulary (`##ing`, `Ġthe`); `find_token` its inverse; `decode` joins ids to
/// text.
template <class T>
concept HasVocabulary =
    requires(const T& t, std::int32_t id, std::string_view token, std::span<const std::int32_t> ids) {
        { t.vocabulary_size() } -> std::convertible_to<std::size_t>;
        { t.token(id) } -> std::convertible_to<std::string_view>;
        { t.find_token(token) } -> std::same_as<std::optional<std::int32_t>>;
        { t.decode(ids) } -> std::convertible_to<std::string>;
    };

template <class T>
concept Tokenizer = EncodesText<T> && EncodesPairs<T> && HasVocabulary<T>;

} // namespace familiar::text
