#include <familiar/text/decoder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using text::TokenDecoder;

namespace {

struct Parts {
    text::Vocabulary vocabulary;
    text::AddedTokens added;
};

/// `<s>` is special and has the id 0, `<added>` is not and has the id 1; then the given tokens.
Parts parts(const std::vector<std::string>& tokens) {
    text::Vocabulary vocabulary(tokens.size() + 2);
    vocabulary.insert("<s>", 0, "here");
    vocabulary.insert("<added>", 1, "here");
    for (std::size_t i = 0; i < tokens.size(); ++i)
        vocabulary.insert(tokens[i], static_cast<std::int64_t>(i) + 2, "here");
    return {std::move(vocabulary), text::AddedTokens({{"<s>", 0, true}, {"<added>", 1, false}})};
}

std::string decode(const TokenDecoder& decoder, const Parts& parts, const std::vector<std::int32_t>& ids) {
    std::string out = "|";
    decoder.decode(parts.vocabulary, parts.added, ids, out);
    return out;
}

} // namespace

TEST_CASE("Word pieces are joined, words are spaced, marks stand close", "[text]") {
    const auto tokens = parts({"ab", "##b", "!", "do", "not", "##"});
    const TokenDecoder decoder(TokenDecoder::Kind::word_piece);
    CHECK(decode(decoder, tokens, {0, 2, 3, 4, 2, 0}) == "|abb! ab");
    CHECK(decode(decoder, tokens, {3, 2}) == "|##b ab"); // a continuation that continues nothing
    CHECK(decode(decoder, tokens, {2, 7, 2}) == "|ab ab");
    CHECK(decode(decoder, tokens, {}) == "|");
    CHECK(decode(decoder, tokens, {0, 0}) == "|");
    CHECK(decode(TokenDecoder(TokenDecoder::Kind::word_piece, "##", false), tokens, {2, 4}) == "|ab !");
    CHECK(decode(TokenDecoder(TokenDecoder::Kind::word_piece, "", true), tokens, {2, 3}) == "|ab ##b");
}

TEST_CASE("Byte-level tokens give back their bytes, broken characters U+FFFD", "[text]") {
    const auto tokens = parts({"a", "\u0120b", "\u00c3", "\u00a9", "\u4e2d"});
    const TokenDecoder decoder(TokenDecoder::Kind::byte_level);
    CHECK(decode(decoder, tokens, {0, 2, 3}) == "|a b");
    CHECK(decode(decoder, tokens, {4, 5}) == "|\u00e9"); // a character of two tokens
    CHECK(decode(decoder, tokens, {4, 2}) == "|\uFFFDa");
    CHECK(decode(decoder, tokens, {5}) == "|\uFFFD");
    CHECK(decode(decoder, tokens, {2, 1, 6}) == "|a<added>\u4e2d"); // not of the alphabet: as spelled
}

TEST_CASE("Other tokens are joined by spaces", "[text]") {
    CHECK(decode(TokenDecoder(), parts({"a", "##b", "!"}), {2, 3, 0, 4}) == "|a ##b !");
}

TEST_CASE("One token in the middle of a text gives its bytes, part of a character too", "[text]") {
    const auto tokens = parts({"a", "\u0120b", "\u00c3", "##b"});
    const TokenDecoder bytes(TokenDecoder::Kind::byte_level), pieces(TokenDecoder::Kind::word_piece);
    CHECK(bytes.bytes(tokens.vocabulary, tokens.added, 3) == " b");
    CHECK(bytes.bytes(tokens.vocabulary, tokens.added, 4) == "\xc3");
    CHECK(bytes.bytes(tokens.vocabulary, tokens.added, 0) == "<s>");
    CHECK(pieces.bytes(tokens.vocabulary, tokens.added, 2) == " a");
    CHECK(pieces.bytes(tokens.vocabulary, tokens.added, 5) == "b");
    CHECK(pieces.bytes(tokens.vocabulary, tokens.added, 0) == "<s>");
}

TEST_CASE("An id that is none is an error, wherever it stands", "[text]") {
    const auto tokens = parts({"a"});
    CHECK_THROWS_AS(decode(TokenDecoder(), tokens, {2, 3}), Error);
    CHECK_THROWS_AS(decode(TokenDecoder(), tokens, {-1}), Error);
    CHECK_THROWS_AS(TokenDecoder().bytes(tokens.vocabulary, tokens.added, 3), Error);
}

TEST_CASE("The decoders of a file follow each other", "[text]") {
    using Kind = TokenDecoder::Kind;
    const auto tokens = parts({"\u2581a", "<0xC3>", "<0xA9>", "b", "<0xFF>"});
    const TokenDecoder llama(std::vector<TokenDecoder::Step>{{Kind::replace, "\u2581", " "},
                                                             {Kind::byte_fallback},
                                                             {Kind::fuse},
                                                             {Kind::strip, " ", {}, false, false, 1, 0}});
    CHECK(decode(llama, tokens, {0, 2, 3, 4, 5, 2}) == "|a\u00e9b a");
    CHECK(decode(llama, tokens, {5, 3, 4, 6}) == "|b\uFFFD\uFFFD\uFFFD"); // broken bytes: one for each
    CHECK(decode(llama, tokens, {}) == "|");
    CHECK(llama.bytes(tokens.vocabulary, tokens.added, 2) == " a");
    CHECK(llama.bytes(tokens.vocabulary, tokens.added, 3) == "\xc3");
    const TokenDecoder metaspace(std::vector<TokenDecoder::Step>{{Kind::metaspace, "\u2581", {}, false, true}});
    CHECK(decode(metaspace, tokens, {2, 5, 2}) == "|ab a");
    const TokenDecoder kept(std::vector<TokenDecoder::Step>{{Kind::metaspace, "\u2581"}});
    CHECK(decode(kept, tokens, {2, 2}) == "| a a");
    const TokenDecoder stripped(std::vector<TokenDecoder::Step>{{Kind::strip, "b", {}, false, false, 0, 2}});
    CHECK(decode(stripped, parts({"abbb", "b"}), {2, 3}) == "|ab");
}
