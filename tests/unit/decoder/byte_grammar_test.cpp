#include <familiar/decoder/byte_grammar.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace familiar;
using decoder::ByteGrammar;

namespace {

bool matches(ByteGrammar& grammar, std::string_view text) {
    const auto state = grammar.next(grammar.start(), text);
    return state != ByteGrammar::kDead && grammar.accepts(state);
}

/// Whether something may follow that makes it right.
bool leads_on(ByteGrammar& grammar, std::string_view text) {
    return grammar.next(grammar.start(), text) != ByteGrammar::kDead;
}

} // namespace

TEST_CASE("texts, alternatives, groups and repeats mean what they mean everywhere") {
    ByteGrammar grammar(R"(# an answer and why
        root ::= answer " because " word (" " word){0,2} "."?
        answer ::= "yes" | "no" | "may" "be"   # three of them
        word ::= [a-z]+ | "\"" [^"\n]* "\"")");
    CHECK(matches(grammar, "yes because of"));
    CHECK(matches(grammar, "maybe because of the rain."));
    CHECK(matches(grammar, "no because \"A, \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\" is"));
    CHECK_FALSE(matches(grammar, "yes because"));
    CHECK(leads_on(grammar, "yes because"));
    CHECK_FALSE(leads_on(grammar, "Yes"));
    CHECK_FALSE(leads_on(grammar, "yes because of the rain today"));
    CHECK_FALSE(leads_on(grammar, "no because \"a\n"));
    CHECK_FALSE(leads_on(grammar, "no because \"\xC3\"")); // half a character
    CHECK(leads_on(grammar, "no because \"\xC3"));
    CHECK_FALSE(leads_on(grammar, "no because \"\xED\xA0")); // a surrogate
}

TEST_CASE("counts are exact, open or bounded") {
    ByteGrammar grammar(R"(root ::= "a"{2} "b"{1,} ("cd"){0,3} [0-9]{2,3} "e"{0})");
    for (const char* const good : {"aab00", "aabbbcdcd123", "aabcdcdcd99"}) CHECK(matches(grammar, good));
    for (const char* const bad : {"ab00", "aaab00", "aa00", "aab0", "aabcdcdcdcd00", "aab1234", "aab00e"}) {
        INFO(bad);
        CHECK_FALSE(matches(grammar, bad));
    }
}

TEST_CASE("a list of texts allows these and no other, and says where one must end") {
    auto grammar = ByteGrammar::of_texts({"positive", "negative", "pos", "a \"b\" \\ ::= [c]"});
    for (const char* const good : {"positive", "negative", "pos", "a \"b\" \\ ::= [c]"}) CHECK(matches(grammar, good));
    CHECK_FALSE(matches(grammar, "posi"));
    CHECK_FALSE(leads_on(grammar, "positives"));
    CHECK(grammar.is_final(grammar.next(grammar.start(), "positive")));
    CHECK_FALSE(grammar.is_final(grammar.next(grammar.start(), "pos")));
    CHECK_FALSE(grammar.is_final(grammar.next(grammar.start(), "posi")));
    CHECK_THROWS_AS(ByteGrammar::of_texts({}), Error);
}

TEST_CASE("what is no grammar, or no small one, is an error with its line") {
    const auto says = [](const std::string& text, const char* what) {
        INFO(text);
        CHECK_THROWS_WITH(ByteGrammar(text, "g.gbnf"), Catch::Contains(what) && Catch::Contains("g.gbnf, line"));
    };
    says("", "root");
    says("start ::= \"a\"", "root");
    says("root ::= \"a\n", "no end");
    says("root ::= [a", "no end");
    says("root ::= (\"a\"", "no end");
    says("root ::= \"a\" )", "unexpected");
    says("root ::= other", "no rule \"other\"");
    says("root ::= \"a\" root?", "names itself");
    says("root ::= a\na ::= \"(\" b \")\"\nb ::= a | \"x\"", "names itself");
    says("root ::= \"a\"\nroot ::= \"b\"", "twice");
    says("root ::= \"a\"{3,2}", "count");
    says("root ::= \"a\"{x}", "count");
    says("root ::= \"a\"{100000}", "1000");
    says("root ::= ((\"a\"{1000}){1000}){1000}", "too large");
    says("root ::= [z-a]", "ASCII");
    says("root ::= [\xC3\xA9]", "ASCII");
    says("root ::= " + std::string(200, '(') + "\"a\"" + std::string(200, ')'), "nested");
    says("root ::= \"" + std::string(70000, 'a') + "\"", "64 KiB");
    // The n-th character from the end: every subset of the last twenty is a state.
    ByteGrammar wide("root ::= [ab]* \"a\" [ab]{20}");
    const auto walk = [&] {
        auto state = wide.start();
        std::uint32_t random = 1; // Numerical Recipes' generator
        for (int i = 0; i < 100000; ++i) {
            random = random * 1664525U + 1013904223U;
            state = wide.next(state, std::uint8_t(random >> 31 != 0 ? 'a' : 'b'));
        }
    };
    CHECK_THROWS_WITH(walk(), Catch::Contains("too many states"));
}
