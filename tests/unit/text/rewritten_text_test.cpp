#include <familiar/text/rewritten_text.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::text;

namespace {

using Sources = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

RewrittenText composed(std::string_view text) {
    RewrittenText out;
    rewrite_composed(text, out);
    return out;
}

} // namespace

TEST_CASE("Every byte of a rewritten text knows the bytes that it stands for", "[text]") {
    RewrittenText out;
    rewrite_well_formed("a\xff\xe4\xb8z", out);
    CHECK(out.bytes == "a\uFFFD\uFFFDz");
    CHECK(out.sources == Sources{{0, 1}, {1, 2}, {1, 2}, {1, 2}, {2, 4}, {2, 4}, {2, 4}, {4, 5}});
    rewrite_well_formed("", out);
    CHECK(out.bytes.size() == 8); // it appends
    out.clear();
    CHECK(out.bytes.empty());
    CHECK(out.sources.empty());
    out.append("xy", 3, 4);
    CHECK(out.sources == Sources{{3, 4}, {3, 4}});
}

TEST_CASE("What is composed together has one range", "[text]") {
    const auto accent = composed("e\u0301x");
    CHECK(accent.bytes == "\u00e9x");
    CHECK(accent.sources == Sources{{0, 3}, {0, 3}, {3, 4}});
    const auto hangul = composed("\u1112\u1161\u11ab!");
    CHECK(hangul.bytes == "\ud55c!");
    CHECK(hangul.sources == Sources{{0, 9}, {0, 9}, {0, 9}, {9, 10}});
}

TEST_CASE("Composition replaces what is ill-formed, and nothing combines with it", "[text]") {
    const auto broken = composed("e\xcc\xff\u0301");
    CHECK(broken.bytes == "e\uFFFD\uFFFD\u0301");
    CHECK(broken.sources.front() == std::pair(0U, 1U));
    CHECK(composed("").bytes.empty());
    CHECK(composed("\u0301").bytes == "\u0301"); // a mark with nothing before it
}
