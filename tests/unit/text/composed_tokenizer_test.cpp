#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/composed_tokenizer.hpp>
#include <familiar/text/rewritten_text.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace text = familiar::text;

namespace {

struct Letters { // every byte is a token: its own value
    template <text::TokenSink Sink> void segment(std::string_view text, std::size_t origin, Sink& sink) const {
        for (std::size_t i = 0; i < text.size(); ++i) {
            sink.put(static_cast<unsigned char>(text[i]), origin + i, origin + i + 1);
        }
    }
};

text::AnyTokenizer letters() {
    text::Vocabulary bytes(256);
    for (int i = 0; i < 256; ++i) bytes.insert(std::string(1, static_cast<char>(i)), i, "bytes");
    return text::ComposedTokenizer<Letters>(std::move(bytes), text::AddedTokens(), Letters(), text::PostProcessor(),
                                            text::TokenDecoder());
}

} // namespace

TEST_CASE("A segmenter of one's own makes a tokenizer", "[text]") {
    const auto tokenizer = letters();
    text::Encoding out;
    tokenizer.encode_pair("ab", "c", {}, out);
    CHECK(out.ids == std::vector<std::int32_t>{'a', 'b', 'c'});
    CHECK(out.type_ids == std::vector<std::uint8_t>{0, 0, 1});
    CHECK(out.offsets == std::vector<text::ByteRange>{{0, 1}, {1, 2}, {0, 1}});
    tokenizer.encode("", {}, out);
    CHECK(out.size() == 0);
}

TEST_CASE("A pair is cut at its longer text first, evenly where both are long", "[text]") {
    const auto lengths = [tokenizer = letters()](std::size_t first, std::size_t second, std::size_t most) {
        text::EncodeOptions options;
        options.max_length = most;
        text::Encoding out;
        tokenizer.encode_pair(std::string(first, 'a'), std::string(second, 'b'), options, out);
        std::pair<std::size_t, std::size_t> got{0, 0};
        for (const auto id : out.ids) ++(id == 'a' ? got.first : got.second);
        return got;
    };
    CHECK(lengths(3, 10, 8) == std::pair<std::size_t, std::size_t>{3, 5});
    CHECK(lengths(10, 3, 8) == std::pair<std::size_t, std::size_t>{5, 3});
    CHECK(lengths(10, 10, 7) == std::pair<std::size_t, std::size_t>{3, 4});
    CHECK(lengths(11, 10, 7) == std::pair<std::size_t, std::size_t>{4, 3});
    CHECK(lengths(2, 2, 4) == std::pair<std::size_t, std::size_t>{2, 2});
}

TEST_CASE("Marks must be as many as bytes", "[text]") {
    std::vector<std::int32_t> ids;
    CHECK_THROWS_AS(letters().encode_marked("ab", "1", ids), familiar::Error);
}

TEST_CASE("A token that took white space tells what it stands for", "[text]") {
    text::Vocabulary bytes(258);
    for (int i = 0; i < 256; ++i) bytes.insert(std::string(1, static_cast<char>(i)), i, "bytes");
    bytes.insert("<m>", 256, "added");
    bytes.insert("<n>", 257, "added");
    const auto made = [&](text::Vocabulary vocabulary, bool trim) {
        text::PostProcessor post;
        post.trim_offsets = trim;
        text::AddedToken left{"<m>", 256, true}, right{"<n>", 257, true};
        left.left_strip = true;
        right.right_strip = true;
        return text::AnyTokenizer(text::ComposedTokenizer<Letters>(
            std::move(vocabulary), text::AddedTokens({left, right}), Letters(), std::move(post), text::TokenDecoder()));
    };
    const auto tokenizer = made(std::move(bytes), true);
    text::EncodeOptions special;
    special.parse_special = true;
    text::Encoding out;
    tokenizer.encode("a \t<m><n> b<m>", special, out);
    CHECK(out.ids == std::vector<std::int32_t>{'a', 256, 257, 'b', 256});
    CHECK(out.spelled == std::vector<text::SpelledToken>{{1, " \t<m>"}, {2, "<n> "}});
    CHECK(out.offsets == std::vector<text::ByteRange>{{0, 1}, {3, 6}, {6, 9}, {10, 11}, {11, 14}});

    tokenizer.encode("a <m>", {}, out); // as text, nothing is taken
    CHECK(out.spelled.empty());
    tokenizer.encode_pair(" <m>", "a <m>b", special, out);
    CHECK(out.spelled == std::vector<text::SpelledToken>{{0, " <m>"}, {2, " <m>"}});
    special.max_length = 2;
    tokenizer.encode_pair(" <m>", "a <m>b", special, out);
    CHECK(out.ids == std::vector<std::int32_t>{256, 'a'});
    CHECK(out.spelled == std::vector<text::SpelledToken>{{0, " <m>"}}); // what was cut off is not told
    tokenizer.encode("ab <m>", special, out);
    CHECK(out.spelled.empty());
}
