#include <familiar/core/random.hpp>
#include <familiar/text/text_block.hpp>
#include <familiar/text/unicode.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using text::PaddedText;
using text::TextBlock;

TEST_CASE("A block tells of every byte what it is", "[text]") {
    for (int offset = 0; offset < 64; ++offset) {
        std::string bytes;
        for (int i = 0; i < 320; ++i) bytes += static_cast<char>(i + offset);
        for (std::size_t begin = 0; begin + TextBlock::kBytes <= bytes.size(); begin += TextBlock::kBytes) {
            const TextBlock block(bytes.data() + begin);
            for (std::size_t i = 0; i < TextBlock::kBytes; ++i) {
                const auto c = static_cast<unsigned char>(bytes[begin + i]);
                const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'),
                           is_digit = c >= '0' && c <= '9';
                REQUIRE((block.letters >> i & 1) == (is_letter ? 1 : 0));
                REQUIRE((block.digits >> i & 1) == (is_digit ? 1 : 0));
                REQUIRE((block.visible >> i & 1) == (is_letter || is_digit || text::is_ascii_punctuation(c) ? 1 : 0));
                REQUIRE((block.blanks >> i & 1) == (c == ' ' ? 1 : 0));
                REQUIRE((block.apostrophes >> i & 1) == (c == '\'' ? 1 : 0));
            }
        }
    }
}

TEST_CASE("A padded text is the text, then blanks", "[text]") {
    Random random(3, "padded");
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random.below(256));
        const PaddedText padded(bytes);
        CHECK(padded.text() == bytes);
        const std::string expected = bytes + std::string(PaddedText::kReadable, ' ');
        for (std::size_t at = 0; at <= size; ++at)
            REQUIRE(std::string(padded.from(at), PaddedText::kReadable) == expected.substr(at, PaddedText::kReadable));
    }
}
