#include <familiar/decoder/growing_text.hpp>

#include <familiar/core/random.hpp>
#include <familiar/text/added_tokens.hpp>
#include <familiar/text/byte_level.hpp>
#include <familiar/text/decoder.hpp>
#include <familiar/text/vocabulary.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace familiar;
using decoder::GrowingText;

namespace {

using Tokens = std::vector<std::int32_t>;

/// A decoder over a vocabulary of its own, which also counts.
struct Counting {
    const text::TokenDecoder& decoder;
    const text::Vocabulary& vocabulary;
    const text::AddedTokens& added;
    mutable std::size_t most = 0;

    std::string operator()(std::span<const std::int32_t> tokens) const {
        most = std::max(most, tokens.size());
        std::string out;
        decoder.decode(vocabulary, added, tokens, out);
        return out;
    }
};

/// Feeds the tokens one by one; gives how often the text was neither that of all tokens so far nor incomplete.
std::size_t differences(const Tokens& tokens, const Counting& decode) {
    GrowingText growing;
    std::size_t wrong = 0;
    for (std::size_t count = 1; count <= tokens.size(); ++count) {
        const auto now = std::span(tokens).first(count);
        growing.read(now, decode);
        const bool incomplete = growing.text().ends_with("\xEF\xBF\xBD");
        const std::size_t most = decode.most;
        const std::string all = decode(now);
        decode.most = most;
        wrong += growing.text() != all && !incomplete;
    }
    return wrong;
}

} // namespace

TEST_CASE("a text that grows token by token is the text of all its tokens") {
    // The bytes of a text, one or two a token, so that characters are cut everywhere.
    const std::string given = "Größe: 東京 😀😀 naïve — ";
    std::string bytes;
    for (int i = 0; i < 12; ++i) bytes += given;
    text::Vocabulary vocabulary(256 + 2);
    using Kind = text::TokenDecoder::Kind;
    std::vector<text::TokenDecoder::Step> steps;
    SECTION("in the byte-level alphabet") {
        for (int byte = 0; byte < 256; ++byte) {
            const char c = static_cast<char>(static_cast<unsigned char>(byte));
            std::string spelling;
            text::ByteLevelAlphabet::get().append_spelling(std::string_view(&c, 1), spelling);
            vocabulary.insert(spelling, byte, "");
        }
        steps = {{Kind::byte_level}};
    }
    SECTION("with bytes for what the vocabulary lacks, and a space that the first token has too much") {
        for (int byte = 0; byte < 256; ++byte) {
            const bool letter = (byte >= 'a' && byte <= 'z') || byte == ':';
            char spelled[8];
            std::snprintf(spelled, sizeof spelled, "<0x%02X>", static_cast<unsigned>(byte));
            vocabulary.insert(letter        ? std::string(1, static_cast<char>(byte))
                              : byte == ' ' ? std::string("\u2581")
                                            : std::string(spelled),
                              byte, "");
        }
        steps = {{Kind::replace, "\u2581", " "},
                 {Kind::byte_fallback},
                 {Kind::fuse},
                 {Kind::strip, " ", {}, false, false, 1, 0}};
        bytes.insert(0, 1, ' ');
    }
    const text::AddedTokens added;
    const text::TokenDecoder decoder{std::move(steps)};
    Tokens tokens;
    for (const char c : bytes) tokens.push_back(static_cast<unsigned char>(c));
    const Counting decode{decoder, vocabulary, added};
    CHECK(differences(tokens, decode) == 0);
    CHECK(decode.most <= 64); // of 500: what is settled is not decoded again
    GrowingText growing;
    growing.read(tokens, decode);
    CHECK(growing.text() == std::string_view(bytes).substr(bytes.front() == ' ' ? 1 : 0));
    growing.clear();
    CHECK(growing.text().empty());
}
