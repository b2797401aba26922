#include <familiar/decoder/token_grammar.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using decoder::ByteGrammar;
using decoder::TokenGrammar;

namespace {

const std::vector<std::string> kBytes{"", "y", "ye", "es", "s", "yes", "no", "n", "", "o!"};

std::vector<std::size_t> allowed(TokenGrammar& grammar, TokenGrammar::State state) {
    std::vector<float> logits(kBytes.size() + 1, 1.0F); // a vocabulary may be larger than its tokenizer
    grammar.restrict(state, logits);
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        if (std::isfinite(logits[i])) out.push_back(i);
    }
    return out;
}

using Ids = std::vector<std::size_t>;

} // namespace

TEST_CASE("tokens that lead on may come, an end token where the text may end") {
    TokenGrammar grammar(ByteGrammar("root ::= \"yes\" \"!\"? | \"no\""), kBytes, {8});
    CHECK(allowed(grammar, grammar.start()) == Ids{1, 2, 5, 6, 7});
    auto state = grammar.next(grammar.start(), 1);
    CHECK(allowed(grammar, state) == Ids{3});
    state = grammar.next(state, 3);
    CHECK(grammar.accepts(state));
    CHECK_FALSE(grammar.is_final(state));
    CHECK(allowed(grammar, state) == Ids{8}); // no token is "!"
    CHECK(grammar.is_final(grammar.next(grammar.start(), 6)));
}

TEST_CASE("a vocabulary that cannot spell what the grammar wants is an error") {
    TokenGrammar grammar(ByteGrammar("root ::= \"x\""), kBytes, {8});
    std::vector<float> logits(kBytes.size(), 1.0F);
    CHECK_THROWS_AS(grammar.restrict(grammar.start(), logits), Error);
}
