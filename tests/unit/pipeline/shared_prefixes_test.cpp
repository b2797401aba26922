#include <familiar/pipeline/shared_prefixes.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using pipeline::SharedPrefixes;

namespace {

auto part(const std::string& text) {
    return [text] {
        auto made = std::make_shared<prompt::PromptPart>();
        made->text = text;
        return std::shared_ptr<const prompt::PromptPart>(made);
    };
}

} // namespace

TEST_CASE("The same demonstrations and notes give the same object") {
    SharedPrefixes prefixes;
    const Grimoire notes{"a", "b"};
    const auto first = prefixes.find_or_build({{1, 2}, nullptr}, part("first"));
    CHECK(prefixes.find_or_build({{1, 2}, nullptr}, part("second")) == first);
    CHECK(prefixes.find_or_build({{2, 1}, nullptr}, part("other order"))->text == "other order");
    CHECK(prefixes.find_or_build({{1, 2}, &notes}, part("with notes"))->text == "with notes");
    CHECK(prefixes.built() == 3);
}

TEST_CASE("What was used longest ago is forgotten first") {
    SharedPrefixes prefixes(2);
    const auto a = prefixes.find_or_build({{1}, nullptr}, part("a"));
    (void)prefixes.find_or_build({{2}, nullptr}, part("b"));
    CHECK(prefixes.find_or_build({{1}, nullptr}, part("x")) == a);
    (void)prefixes.find_or_build({{3}, nullptr}, part("c")); // takes the place of b
    CHECK(prefixes.find_or_build({{1}, nullptr}, part("x")) == a);
    CHECK(prefixes.find_or_build({{2}, nullptr}, part("again"))->text == "again");
    CHECK(a->text == "a"); // whoever holds it keeps it
}
