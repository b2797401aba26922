#include <familiar/text/rewritten_text.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::text;

namespace {

using Sources = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

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

TEST_CASE("A part of a rewritten text keeps what its bytes stand for", "[text]") {
    RewrittenText given, out;
    given.append("ab", 5, 9);
    given.append("c", 9, 10);
    out.append(given, 1, 3);
    out.append(U'\u00e9', given, 2);
    CHECK(out.bytes == "bc\u00e9");
    CHECK(out.sources == Sources{{5, 9}, {9, 10}, {9, 10}, {9, 10}});
}
