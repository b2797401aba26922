#include <familiar/evaluation/bleu.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::evaluation;
using Words = std::vector<std::string>;

TEST_CASE("texts are cut as mteval-v13a cuts them") {
    CHECK(words_13a("Hello, World!") == Words{"Hello", ",", "World", "!"});
    CHECK(words_13a("rose 3.5% to 1,000.50.") == Words{"rose", "3.5", "%", "to", "1,000.50", "."});
    CHECK(words_13a("it's state-of-the-art 3-fold") == Words{"it's", "state-of-the-art", "3", "-", "fold"});
    CHECK(words_13a("a &lt;b&gt; &quot;c&quot; &amp; d") == Words{"a", "<", "b", ">", "\"", "c", "\"", "&", "d"});
    CHECK(words_13a("over-\nnight\nline") == Words{"overnight", "line"});
    CHECK(words_13a("naïve—déjà.") == Words{"naïve—déjà", "."});
    CHECK(words_13a("").empty());
}

TEST_CASE("BLEU of a text is that computed by hand") {
    Bleu bleu;
    bleu.add("the cat sat on the mat", std::string("the cat sat on a mat"));
    // 5/6 words, 3/5 pairs, 2/4 triples, 1/3 quadruples; equal lengths.
    CHECK(bleu.score() == Approx(100 * std::pow(5.0 / 6 * 3 / 5 * 2 / 4 * 1 / 3, 0.25)));
    CHECK(bleu.brevity_penalty() == 1.0);
}

TEST_CASE("a corpus shorter than its references is punished, an empty one has 0") {
    Bleu bleu;
    bleu.add("a b c d", std::string("a b c d e f g h"));
    CHECK(bleu.score() == Approx(100 * std::exp(1.0 - 8.0 / 4)));
    CHECK(Bleu().score() == 0.0);
    Bleu empty;
    empty.add("", std::string("a b"));
    CHECK(empty.score() == 0.0);
    CHECK_THROWS_AS(empty.add("x", std::vector<std::string>{}), Error);
}

TEST_CASE("counts of BLEU add up, in any grouping") {
    Bleu whole, first, second;
    whole.add("the cat sat on the mat", std::string("a cat sat on the mat"));
    whole.add("it is a dog", std::string("this is a dog"));
    first.add("the cat sat on the mat", std::string("a cat sat on the mat"));
    second.add("it is a dog", std::string("this is a dog"));
    first += second;
    CHECK(first.score() == whole.score());
}
