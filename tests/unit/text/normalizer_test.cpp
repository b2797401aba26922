#include <familiar/text/normalizer.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::text;

namespace {

using Sources = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

RewrittenText apply(std::string_view text, std::vector<Normalizer::Step> steps) {
    RewrittenText out;
    rewrite_well_formed(text, out);
    Normalizer(std::move(steps)).apply(out);
    return out;
}

} // namespace

TEST_CASE("Each normaliser does what its name says", "[text]") {
    using N = Normalizer;
    CHECK(apply("a ``b``", {N::Replaced{SimplePattern("``"), "\""}}).bytes == "a \"b\"");
    CHECK(apply("a  b", {N::Replaced{*SimplePattern::from_regex(" {2,}"), ""}}).bytes == "ab");
    CHECK(apply("x", {N::Prepended{"\u2581"}}).bytes == "\u2581x");
    CHECK(apply("", {N::Prepended{"\u2581"}}).bytes.empty());
    CHECK(apply("\ufb01e\u0301", {N::Formed{NormalForm::nfkc}}).bytes == "fi\u00e9");
    CHECK(apply("e\u0301\u0903\u20dd", {N::WithoutAccents{}}).bytes == "e"); // spacing and enclosing marks too
    CHECK(apply("\u00c4\u0130S\u03a3", {N::Lowercased{}}).bytes == "\u00e4i\u0307s\u03c3");
    CHECK(apply(" \t a \u3000", {N::Stripped{true, true}}).bytes == "a");
    CHECK(apply(" a ", {N::Stripped{false, true}}).bytes == " a");
    CHECK(apply(" \n", {N::Stripped{true, false}}).bytes.empty());
    CHECK(apply("a\x01\tb\u200b\u2581\ufeff\x7f", {N::NmtCleaned{}}).bytes == "a b   ");
    CHECK(apply("\u00c9\t\u4e2d\x01", {N::BertNormalized{}}).bytes == "e  \u4e2d ");
}

TEST_CASE("A normaliser that makes a text absurdly long is refused before memory runs out", "[text]") {
    std::vector<Normalizer::Step> steps;
    for (int i = 0; i < 10; ++i) steps.emplace_back(Normalizer::Replaced{SimplePattern("a"), std::string(100, 'a')});
    CHECK_THROWS_WITH(Normalizer(steps)(std::string(10000, 'a')), Catch::Contains("times as long"));
    CHECK(Normalizer({steps.front()})("a").size() == 100);
}

TEST_CASE("Steps follow each other, and every byte knows where it came from", "[text]") {
    using N = Normalizer;
    const auto out = apply("\u00c9 ''x", {N::Replaced{SimplePattern("''"), "\""}, N::Formed{NormalForm::nfkd},
                                          N::WithoutAccents{}, N::Lowercased{}, N::Prepended{"\u2581"}});
    CHECK(out.bytes == "\u2581e \"x");
    CHECK(out.sources == Sources{{0, 2}, {0, 2}, {0, 2}, {0, 2}, {2, 3}, {4, 5}, {5, 6}});
    CHECK(Normalizer({N::Lowercased{}})("A\xff") == "a\uFFFD");
    CHECK(Normalizer()("A") == "A");
}
