#include <familiar/core/random.hpp>
#include <familiar/text/unigram.hpp>

#include "unit/text/collected_tokens.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using Catch::Contains;
using tests::PutToken;

namespace {

using Tokens = std::vector<PutToken>;

Vocabulary vocabulary_of(const std::vector<std::string>& tokens) {
    Vocabulary out(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) out.insert_duplicate(tokens[i], i);
    return out;
}

Tokens cut(const Unigram& model, std::string_view word) {
    Tokens out;
    model.tokenize(word, [&](std::int32_t id, std::size_t begin, std::size_t end) { out.push_back({id, begin, end}); });
    return out;
}

/// The best sum over all ways to cut the word into pieces and unknown characters.
double best_of(std::string_view word, const std::vector<std::string>& tokens, const std::vector<double>& scores,
               double unknown) {
    if (word.empty()) return 0;
    double best = unknown + best_of(word.substr(1), tokens, scores, unknown);
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (word.starts_with(tokens[i]))
            best = std::max(best, scores[i] + best_of(word.substr(tokens[i].size()), tokens, scores, unknown));
    }
    return best;
}

} // namespace

TEST_CASE("The pieces found have the best sum of all", "[text]") {
    Random random(7, "unigram");
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> tokens{"?"};
        std::vector<double> scores{0};
        for (int i = 0; i < 12; ++i) {
            std::string token;
            for (auto n = 1 + random.below(4); n > 0; --n) token += static_cast<char>('a' + random.below(3));
            if (std::find(tokens.begin(), tokens.end(), token) != tokens.end()) continue;
            tokens.push_back(token);
            scores.push_back(-static_cast<double>(random.below(1000)) / 100);
        }
        const double unknown = *std::min_element(scores.begin(), scores.end()) - 10;
        const Unigram model(vocabulary_of(tokens), scores, 0, {0}, false, "here");
        std::string word;
        for (auto n = 1 + random.below(10); n > 0; --n) word += static_cast<char>('a' + random.below(3));
        double sum = 0;
        std::size_t at = 0;
        for (const PutToken& token : cut(model, word)) {
            CHECK(token.begin == at);
            at = token.end;
            sum += token.id == 0 ? unknown * static_cast<double>(token.end - token.begin)
                                 : scores[static_cast<std::size_t>(token.id)];
        }
        CHECK(at == word.size());
        CHECK(sum == Approx(best_of(word, tokens, scores, unknown)));
    }
}

TEST_CASE("Unknown characters side by side are one token, or their bytes", "[text]") {
    const auto vocabulary = vocabulary_of({"<unk>", "a", "<s>"});
    const Unigram model(vocabulary, {0, -1, 0}, 0, {0, 2}, false, "here");
    CHECK(cut(model, "axéa") == Tokens{{1, 0, 1}, {0, 1, 4}, {1, 4, 5}});
    CHECK(cut(model, "<s>") == Tokens{{0, 0, 3}}); // control tokens are no text
    CHECK(cut(model, "").empty());
    const Unigram bytes(vocabulary_of({"<unk>", "a", "<0x78>", "<0xC3>", "<0xA9>"}), {0, -1, -9, -9, -9}, 0, {0}, true,
                        "here");
    CHECK(cut(bytes, "axé") == Tokens{{1, 0, 1}, {2, 1, 4}, {3, 1, 4}, {4, 1, 4}});
    CHECK(cut(bytes, "y") == Tokens{{0, 0, 1}});
}

TEST_CASE("A Unigram model that cannot spell or count is refused", "[text]") {
    const auto vocabulary = vocabulary_of({"a", "b"});
    CHECK_THROWS_WITH(Unigram(vocabulary, {0, 0}, std::nullopt, {}, true, "f, model"),
                      Contains("f, model") && Contains("unk_id"));
    CHECK_THROWS_WITH(Unigram(vocabulary, {0, std::numeric_limits<double>::infinity()}, 0, {}, false, "f"),
                      Contains("token 1"));
    CHECK_THROWS_WITH(Unigram(vocabulary, {std::nan(""), 0}, 0, {}, false, "f"), Contains("token 0"));
    CHECK_THROWS_WITH(Unigram(vocabulary, {-1e300, 0}, 0, {}, false, "f"), Contains("token 0"));
}
