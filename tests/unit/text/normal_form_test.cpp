#include <familiar/text/normal_form.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::text;

namespace {

using Sources = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

RewrittenText form(std::string_view text, NormalForm form) {
    RewrittenText given, out;
    rewrite_well_formed(text, given);
    rewrite_normal_form(given, form, out);
    return out;
}

} // namespace

TEST_CASE("The four normal forms give the examples of UAX 15", "[text]") {
    struct Example {
        const char *given, *nfc, *nfd, *nfkc, *nfkd;
    };
    const Example examples[] = {
        {"\u212b", "\u00c5", "A\u030a", "\u00c5", "A\u030a"},
        {"\u1e0b\u0323", "\u1e0d\u0307", "d\u0323\u0307", "\u1e0d\u0307", "d\u0323\u0307"}, // marks change places
        {"\ufb01x", "\ufb01x", "\ufb01x", "fix", "fix"},
        {"2\u2075", "2\u2075", "2\u2075", "25", "25"},
        {"\u1e9b\u0323", "\u1e9b\u0323", "\u017f\u0323\u0307", "\u1e69", "s\u0323\u0307"},
        {"\u1112\u1161\u11ab!", "\ud55c!", "\u1112\u1161\u11ab!", "\ud55c!", "\u1112\u1161\u11ab!"},
        {"\u0301a", "\u0301a", "\u0301a", "\u0301a", "\u0301a"},
        {"\u0958", "\u0915\u093c", "\u0915\u093c", "\u0915\u093c", "\u0915\u093c"}, // excluded from composition
        {"\u2126\u212b\u0958", "\u03a9\u00c5\u0915\u093c", "\u03a9A\u030a\u0915\u093c", "\u03a9\u00c5\u0915\u093c",
         "\u03a9A\u030a\u0915\u093c"},
        {"\u09c7\u09be", "\u09cb", "\u09c7\u09be", "\u09cb", "\u09c7\u09be"}, // two starters
        {"a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b", "a\u05ae\u0300\u0300\u0315b",
         "\u00e0\u05ae\u0300\u0315b", "a\u05ae\u0300\u0300\u0315b"},
        {"", "", "", "", ""},
    };
    for (const Example& e : examples) {
        INFO(e.given);
        CHECK(form(e.given, NormalForm::nfc).bytes == e.nfc);
        CHECK(form(e.given, NormalForm::nfd).bytes == e.nfd);
        CHECK(form(e.given, NormalForm::nfkc).bytes == e.nfkc);
        CHECK(form(e.given, NormalForm::nfkd).bytes == e.nfkd);
    }
}

TEST_CASE("Characters that come out stand for those that went in, in turn", "[text]") {
    CHECK(form("e\u0301x", NormalForm::nfc).sources == Sources{{0, 1}, {0, 1}, {3, 4}});
    CHECK(form("\u00e9x", NormalForm::nfd).sources == Sources{{0, 2}, {0, 2}, {0, 2}, {2, 3}});
    CHECK(form("a\ufdfa", NormalForm::nfkc).sources.back() == std::pair(1U, 4U));
    const auto kept = form("e\u0301\u0330", NormalForm::nfc); // the tilde below goes first
    CHECK(kept.bytes == "\u1e1b\u0301");
    CHECK(kept.sources == Sources{{0, 1}, {0, 1}, {0, 1}, {3, 5}, {3, 5}});
}

TEST_CASE("Very many marks on one character are put in order in time", "[text]") {
    std::string text = "a", below, above;
    for (int i = 0; i < 100000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0323";
    for (int i = 0; i < 50000; ++i) {
        below += "\u0323";
        above += "\u0301";
    }
    CHECK(form(text, NormalForm::nfd).bytes == "a" + below + above);
    CHECK(form(text, NormalForm::nfc).bytes == "\u1ea1" + below.substr(2) + above);
}
