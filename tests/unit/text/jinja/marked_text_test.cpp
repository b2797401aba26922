#include <familiar/text/jinja/marked_text.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using familiar::text::jinja::MarkedText;

namespace {

MarkedText mixed() { // <é>, the middle from a message
    MarkedText out = MarkedText::of_template("<");
    out += MarkedText::of_message("\u00e9");
    out += MarkedText::of_template(">");
    return out;
}

} // namespace

TEST_CASE("A text remembers for every byte whose it is", "[text]") {
    CHECK(mixed().bytes() == "<\u00e9>");
    CHECK(mixed().marks() == "1001");
    CHECK_FALSE(mixed().is_trusted());
    CHECK(MarkedText::of_template("a").is_trusted());
    CHECK(MarkedText().is_trusted()); // nobody else's
    CHECK(MarkedText().empty());
    CHECK(mixed().part(1, 4).marks() == "001");
    CHECK(mixed().part(2, 2).empty());
}

TEST_CASE("Stripping takes characters, not bytes, off the asked ends", "[text]") {
    const auto text = MarkedText::of_message("\u3000 \u00e9a\u00e9 \n");
    CHECK(text.stripped("", true, true).bytes() == "\u00e9a\u00e9");
    CHECK(text.stripped("", true, false).bytes() == "\u00e9a\u00e9 \n");
    CHECK(text.stripped("", false, true).bytes() == "\u3000 \u00e9a\u00e9");
    CHECK(MarkedText::of_message("\u00e9a\u00e9").stripped("\u00e9x", true, true).bytes() == "a");
    CHECK(MarkedText::of_message("   ").stripped("", true, true).empty());
    CHECK(MarkedText().stripped("", true, true).empty());
    CHECK(mixed().stripped("<>", true, true).marks() == "00");
}

TEST_CASE("Characters that change their length keep their marks", "[text]") {
    const auto wider = mixed().mapped([](char32_t c) { return c == 0xE9 ? char32_t{0x1F600} : c; });
    CHECK(wider.bytes() == "<\U0001F600>");
    CHECK(wider.marks() == "100001");
    const auto narrower = mixed().mapped([](char32_t c) { return c == 0xE9 ? U'e' : c; });
    CHECK(narrower.bytes() == "<e>");
    CHECK(narrower.marks() == "101");
}

TEST_CASE("Characters start where they start, in ill-formed text too", "[text]") {
    CHECK(mixed().starts() == std::vector<std::size_t>{0, 1, 3, 4});
    CHECK(MarkedText().starts() == std::vector<std::size_t>{0});
    CHECK(MarkedText::of_message("\xff\xe4\xb8z").starts() == std::vector<std::size_t>{0, 1, 3, 4});
}
