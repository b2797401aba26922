#include <familiar/core/random.hpp>
#include <familiar/text/character_bpe.hpp>
#include <familiar/text/scored_merges.hpp>

#include "unit/text/collected_tokens.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using tests::PutToken;

namespace {

Vocabulary vocabulary_of(const std::vector<std::string>& tokens) {
    Vocabulary out(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) out.insert_duplicate(tokens[i], i);
    return out;
}

template <class M> std::vector<PutToken> cut(const CharacterBpe<M>& model, std::string_view word) {
    std::vector<PutToken> out;
    model.tokenize(word, [&](std::int32_t id, std::size_t begin, std::size_t end) { out.push_back({id, begin, end}); });
    return out;
}

using Listed = CharacterBpe<ListedMerges>;
using Tokens = std::vector<PutToken>;

Listed listed(const Vocabulary& vocabulary, const MergeList& merges, const Listed::Settings& settings) {
    return {vocabulary, {}, ListedMerges(vocabulary, merges, "here"), settings};
}

std::vector<std::string> with_bytes(std::vector<std::string> tokens) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (unsigned byte = 0; byte < 256; ++byte)
        tokens.push_back({'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'});
    return tokens;
}

} // namespace

TEST_CASE("Characters are merged, and what the vocabulary lacks is spelled in bytes or unknown", "[text]") {
    const auto vocabulary = vocabulary_of(with_bytes({"<unk>", "a", "é", "aé", "aéa"}));
    Listed::Settings settings;
    settings.unknown = 0;
    const MergeList merges{{"a", "é"}, {"aé", "a"}};
    CHECK(cut(listed(vocabulary, merges, settings), "aéaé") == Tokens{{3, 0, 3}, {3, 3, 6}});
    CHECK(cut(listed(vocabulary, merges, settings), "aéa") == Tokens{{4, 0, 4}});
    CHECK(cut(listed(vocabulary, merges, settings), "axya") == Tokens{{1, 0, 1}, {0, 1, 2}, {0, 2, 3}, {1, 3, 4}});
    settings.fuse_unknown = true;
    CHECK(cut(listed(vocabulary, merges, settings), "axya") == Tokens{{1, 0, 1}, {0, 1, 3}, {1, 3, 4}});
    settings.byte_fallback = true;
    CHECK(cut(listed(vocabulary, merges, settings), "a\u00fc") ==
          Tokens{{1, 0, 1}, {5 + 0xC3, 1, 2}, {5 + 0xBC, 2, 3}});
    CHECK(cut(listed(vocabulary, merges, Listed::Settings{}), "ax") == Tokens{{1, 0, 1}}); // cannot be said
    CHECK(cut(listed(vocabulary, merges, settings), "").empty());
}

TEST_CASE("Where merges are ignored a word of the vocabulary is that token", "[text]") {
    const auto vocabulary = vocabulary_of({"a", "b", "ab", "ba\u2581a"});
    Listed::Settings settings;
    settings.ignore_merges = true;
    CHECK(cut(listed(vocabulary, {}, settings), "ab") == Tokens{{2, 0, 2}});
    CHECK(cut(listed(vocabulary, {}, settings), "ba\u2581a") == Tokens{{3, 0, 6}});
    CHECK(cut(listed(vocabulary, {}, settings), "aba").size() == 3);
}

TEST_CASE("What no token crosses may be merged apart: the tokens are those of the whole", "[text]") {
    Random random(5, "seams");
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> tokens{"a", "b", "\u2581"};
        std::vector<float> scores(3);
        for (int i = 0; i < 20; ++i) {
            std::string token;
            for (auto n = 2 + random.below(3); n > 0; --n) token += tokens[random.below(tokens.size())];
            // In every second round words are only joined behind `b`.
            if (round % 2 == 0 && token.find("a\u2581") != std::string::npos) continue;
            tokens.push_back(token);
            scores.push_back(static_cast<float>(random.below(10)));
        }
        const auto vocabulary = vocabulary_of(tokens);
        const ScoredMerges merges(vocabulary, scores, std::vector<bool>(tokens.size()));
        const CharacterBpe<ScoredMerges> model(vocabulary, {}, merges, {});
        std::string word;
        for (auto n = 1 + random.below(40); n > 0; --n) word += tokens[random.below(3)];
        std::vector<Symbol> symbols; // the definition: nothing is cut
        for (std::uint32_t at = 0; at < word.size(); at += symbols.back().length) {
            const auto length = static_cast<std::uint32_t>(utf8_length(static_cast<unsigned char>(word[at])));
            symbols.push_back({*vocabulary.find(word.substr(at, length)), length, at});
        }
        merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) {
            return merges(left, right, std::string_view(word).substr(left.begin, left.length + right.length));
        });
        Tokens expected;
        for (const Symbol& s : symbols) expected.push_back({s.id, s.begin, s.begin + s.length});
        REQUIRE(cut(model, word) == expected);
    }
}
