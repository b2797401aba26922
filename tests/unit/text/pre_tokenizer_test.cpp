#include <familiar/text/pre_tokenizer.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar::text;

namespace {

using Words = std::vector<std::string>;

Words cut(std::string_view text, std::vector<PreTokenizer::Step> steps, std::size_t origin = 0) {
    Pieces pieces;
    rewrite_well_formed(text, pieces.text);
    pieces.cut();
    PreTokenizer(std::move(steps)).apply(pieces, origin);
    Words out;
    std::size_t begin = 0;
    for (const std::size_t end : pieces.ends) {
        out.push_back(pieces.text.bytes.substr(begin, end - begin));
        begin = end;
    }
    return out;
}

} // namespace

TEST_CASE("Each pre-tokenizer cuts where it says", "[text]") {
    using P = PreTokenizer;
    CHECK(cut(" a  b\u3000c", {P::WhiteSpaceSplit{}}) == Words{"a", "b", "c"});
    CHECK(cut("a_1, b!?", {P::Words{}}) == Words{"a_1", ",", "b", "!?"});
    CHECK(cut("a-b c.", {P::BertWords{}}) == Words{"a", "-", "b", "c", "."});
    CHECK(cut("a12 3", {P::Digits{true}}) == Words{"a", "1", "2", " ", "3"});
    CHECK(cut("12 3", {P::Digits{false}}) == Words{"12", " ", "3"});
    CHECK(cut("", {P::Digits{false}, P::WhiteSpaceSplit{}}).empty());
}

TEST_CASE("What is cut at goes where the behaviour says", "[text]") {
    const auto at_commas = [](SplitBehavior behavior, bool invert = false) {
        return cut("a,,b,", {PreTokenizer::Split{SimplePattern(","), behavior, invert}});
    };
    CHECK(at_commas(SplitBehavior::removed) == Words{"a", "b"});
    CHECK(at_commas(SplitBehavior::isolated) == Words{"a", ",", ",", "b", ","});
    CHECK(at_commas(SplitBehavior::merged_with_previous) == Words{"a,", ",", "b,"});
    CHECK(at_commas(SplitBehavior::merged_with_next) == Words{"a", ",", ",b", ","});
    CHECK(at_commas(SplitBehavior::contiguous) == Words{"a", ",,", "b", ","});
    CHECK(at_commas(SplitBehavior::isolated, true) == Words{"a", ",", ",", "b", ","});
    CHECK(at_commas(SplitBehavior::merged_with_previous, true) == Words{"a", ",", ",b", ","});
    CHECK(at_commas(SplitBehavior::merged_with_next, true) == Words{"a,", ",", "b,"});
    CHECK(at_commas(SplitBehavior::contiguous, true) == Words{"a", ",,", "b", ","});
    CHECK(at_commas(SplitBehavior::removed, true) == Words{",", ",", ","}); // what lies between is removed
}

TEST_CASE("Metaspace marks where words start", "[text]") {
    using P = PreTokenizer;
    const auto marked = [](std::string_view text, P::Prepend prepend, bool split, std::size_t origin = 0) {
        return cut(text, {P::Metaspace{"_", prepend, split}}, origin);
    };
    CHECK(marked("a  b", P::Prepend::always, true) == Words{"_a", "_", "_b"});
    CHECK(marked(" a", P::Prepend::always, true) == Words{"_a"}); // it has one
    CHECK(marked("_a", P::Prepend::always, true) == Words{"_a"});
    CHECK(marked("a b", P::Prepend::never, true) == Words{"a", "_b"});
    CHECK(marked("a b", P::Prepend::always, false) == Words{"_a_b"});
    CHECK(marked("a", P::Prepend::first, true, 0) == Words{"_a"});
    CHECK(marked("a", P::Prepend::first, true, 5) == Words{"a"});
    CHECK(cut("a b", {P::WhiteSpaceSplit{}, P::Metaspace{"_", P::Prepend::first, true}}) == Words{"_a", "b"});
}
