#include <familiar/text/bert_characters.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar::text;

namespace {

using Action = BertCharacters::Action;

const BertNormalizer kUncased{true, true, true, true}, kCased{true, true, false, false},
    kNone{false, false, false, false};

/// What a character becomes, in one word: `drop`, `space`, or its characters in hexadecimal, `!` before those that
/// stand alone.
std::string become(const BertNormalizer& settings, char32_t c) {
    const auto characters = BertCharacters::of(settings);
    const auto show = [](BertCharacters::Entry entry) -> std::string {
        char digits[16];
        std::snprintf(digits, sizeof digits, "%x", static_cast<unsigned>(entry.character));
        return entry.action == Action::drop      ? "drop"
               : entry.action == Action::space   ? "space"
               : entry.action == Action::isolate ? std::string("!") + digits
                                                 : std::string(digits);
    };
    const auto entry = (*characters)(c);
    if (entry.action != Action::expand) return show(entry);
    const auto all = characters->expand(c);
    std::string out;
    for (std::size_t i = 0; i < all.count; ++i) out += (i > 0 ? " " : "") + show(all.entries[i]);
    return out;
}

} // namespace

TEST_CASE("White space ends a word, control characters and U+FFFD vanish", "[text]") {
    for (const char32_t c : {U'\t', U'\n', U'\r', U' ', char32_t{0xA0}, char32_t{0x3000}})
        CHECK(become(kUncased, c) == "space");
    for (const char32_t c : {0x00, 0x07, 0x7F, 0xAD, 0x200B, 0x200D, 0xFEFF, 0xFFFD, 0xE000})
        CHECK(become(kUncased, c) == "drop");
    CHECK(become(kNone, 0x07) == "7"); // nothing is cleaned
    CHECK(become(kNone, 0xFFFD) == "fffd");
    CHECK(become(kNone, U'\t') == "space"); // the pre-tokenizer splits all the same
}

TEST_CASE("Letters lose case and accents as the settings say", "[text]") {
    CHECK(become(kUncased, U'A') == "61");
    CHECK(become(kUncased, 0xC9) == "65"); // É: e
    CHECK(become(kCased, 0xC9) == "c9");
    CHECK(become({true, true, false, true}, 0xC9) == "e9");
    CHECK(become({true, true, true, false}, 0xC9) == "45");
    CHECK(become(kUncased, 0x0301) == "drop"); // an accent that stands apart
    CHECK(become(kCased, 0x0301) == "301");
    CHECK(become(kUncased, 0x0130) == "69");                      // İ: its dot is a mark
    CHECK(become({true, true, false, true}, 0x0130) == "69 307"); // its lower case are two characters
    CHECK(become(kUncased, 0xAC00) == "1100 1161");               // Hangul falls into its letters
    CHECK(become(kUncased, 0x0903) == "903");                     // a spacing mark stays
}

TEST_CASE("Punctuation and ideographs are words of their own", "[text]") {
    for (const char32_t c : {U'!', U'$', U'~', U'_'}) CHECK(become(kUncased, c).front() == '!'); // all of ASCII's
    CHECK(become(kUncased, 0x3002) == "!3002");
    CHECK(become(kUncased, 0x20AC) == "20ac"); // a currency sign outside of ASCII is none
    CHECK(become(kUncased, 0x4E2D) == "!4e2d");
    CHECK(become({true, false, true, true}, 0x4E2D) == "4e2d");
    CHECK(become(kUncased, 0x20000) == "!20000"); // beyond the table
    CHECK(become(kUncased, 0x2B820) == "2b820");  // left out by BERT's own list
    CHECK(become(kUncased, 0x3042) == "3042");    // hiragana
    CHECK(become(kUncased, 0x1F600) == "1f600");
}

TEST_CASE("Tokenizers with the same settings share a table", "[text]") {
    CHECK(BertCharacters::of(kUncased) == BertCharacters::of(kUncased));
    CHECK(BertCharacters::of(kUncased) != BertCharacters::of(kCased));
}
