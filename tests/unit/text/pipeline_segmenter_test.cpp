#include <familiar/core/random.hpp>
#include <familiar/text/bert_segmenter.hpp>
#include <familiar/text/pipeline_segmenter.hpp>
#include <familiar/text/unigram.hpp>
#include <familiar/text/word_piece.hpp>

#include "unit/text/collected_tokens.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::text;
using tests::tokens_of;
using Tokens = std::vector<tests::PutToken>;

namespace {

Vocabulary vocabulary_of(const std::vector<std::string>& tokens) {
    Vocabulary out(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) out.insert_duplicate(tokens[i], i);
    return out;
}

} // namespace

TEST_CASE("BERT's steps one after the other give the tokens of the segmenter that does them at once", "[text]") {
    const auto vocabulary = vocabulary_of({"[UNK]", "a", "b", "##a", "##b", "ab", "##ab", "e", "##e", "!", "1",
                                           "\u4e2d", "\u00e9", "##\u00e9", "A", "##A"});
    const std::vector<std::string> parts{"a",      "b",      "A",      "E",      " ",       "\t",
                                         "!",      "\u2014", "\u4e2d", "\u00e9", "e\u0301", "\x01",
                                         "\u200b", "\u0130", "1",      "x",      "\xff",    "\u3000"};
    Random random(9, "bert");
    for (unsigned flags = 0; flags < 16; ++flags) {
        const BertNormalizer settings{(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
        const WordPiece model(vocabulary, {"[UNK]", "##", 6}, "here");
        const BertSegmenter at_once(vocabulary, settings, model);
        const PipelineSegmenter<WordPiece> steps(Normalizer({Normalizer::BertNormalized{settings}}), {},
                                                 PreTokenizer({PreTokenizer::BertWords{}}), model);
        for (int round = 0; round < 100; ++round) {
            std::string text;
            for (auto n = random.below(20); n > 0; --n) text += parts[random.below(parts.size())];
            INFO(flags << " " << text);
            Tokens one = tokens_of(at_once, text), other = tokens_of(steps, text);
            REQUIRE(one.size() == other.size());
            for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].id == other[i].id);
        }
    }
}

TEST_CASE("Words that are cut apart and kept give the tokens of the whole text", "[text]") {
    std::vector<std::string> pieces{"<unk>", "\u2581",       "a", "b",      "\u2581a", "ab",
                                    "e",     "\u2581\u2581", ".", "\u0e01", "\u0915"};
    std::vector<double> scores{0, -3, -2, -3, -1.5, -2.5, -3, -4, -5, -4, -4};
    const auto vocabulary = vocabulary_of(pieces);
    using N = Normalizer;
    using P = PreTokenizer;
    const std::vector<std::vector<N::Step>> normalizers{
        {},
        {N::Formed{NormalForm::nfkd}, N::WithoutAccents{}, N::Lowercased{},
         N::Replaced{*SimplePattern::from_regex(" {2,}"), " "}},
        {N::Stripped{false, true}, N::Replaced{*SimplePattern::from_regex(" {2,}"), "\u2581"}},
        {N::Replaced{SimplePattern(" "), "\u2581"}},
        {N::Prepended{"\u2581"}, N::Replaced{SimplePattern(" "), "\u2581"}},
        {N::Replaced{SimplePattern("a b"), "b"}},
        {N::NmtCleaned{}, N::Formed{NormalForm::nfkc}}};
    const std::vector<std::vector<P::Step>> pre_tokenizers{{P::Metaspace{}},
                                                           {P::WhiteSpaceSplit{}, P::Metaspace{}},
                                                           {P::Metaspace{"\u2581", P::Prepend::first, true}},
                                                           {P::Metaspace{"\u2581", P::Prepend::never, true}}};
    const std::vector<std::string> parts{
        "a",      "b",      "ab",     "A",    " ",      "  ", "\t", "\u00a0", "\u0301",      "e\u0301", "\u0e01\u0e47",
        "\u0600", "\ufc5e", "\u200b", "\x01", "\u2581", "x",  ".",  "\xff",   "\u0915\u094d"};
    AddedToken never{"\u0001never\u0001", 1}; // one that has to be searched keeps the text whole
    never.normalized = true;
    Random random(8, "parts");
    for (const auto& steps : normalizers) {
        for (const auto& cuts : pre_tokenizers) {
            const Unigram model(vocabulary, scores, 0, {0}, false, "here");
            const PipelineSegmenter<Unigram> in_parts(Normalizer(steps), {}, PreTokenizer(cuts), model);
            const PipelineSegmenter<Unigram> whole(Normalizer(steps), {never}, PreTokenizer(cuts), model);
            for (int round = 0; round < 150; ++round) {
                std::string text;
                for (auto n = random.below(12); n > 0; --n) text += parts[random.below(parts.size())];
                INFO(text);
                for (const std::size_t origin : {0, 3})
                    CHECK(tokens_of(in_parts, text, origin) == tokens_of(whole, text, origin));
            }
        }
    }
}

TEST_CASE("Ordinary added tokens may be searched in the normalised text", "[text]") {
    const auto vocabulary = vocabulary_of({"<unk>", "a", "new"});
    AddedToken added{"NEW", 2};
    added.normalized = true;
    const PipelineSegmenter<Unigram> segmenter(Normalizer({Normalizer::Lowercased{}}), {added}, PreTokenizer(),
                                               Unigram(vocabulary, {0, -1, -50}, 0, {0}, false, "here"));
    CHECK(tokens_of(segmenter, "ANewa", 10) == Tokens{{1, 10, 11}, {2, 11, 14}, {1, 14, 15}});
    CHECK(tokens_of(segmenter, "").empty());
}

TEST_CASE("A Unigram model's unknown token is shown as the text that it stands for", "[text]") {
    const auto vocabulary = vocabulary_of({"<unk>", "a"});
    const PipelineSegmenter<Unigram> segmenter(Normalizer({Normalizer::Lowercased{}}), {}, PreTokenizer(),
                                               Unigram(vocabulary, {0, -1}, 0, {0}, false, "here"));
    Encoding encoding;
    EncodingSink sink{&encoding};
    segmenter.segment("aX\xff", 0, sink);
    CHECK(encoding.ids == std::vector<std::int32_t>{1, 0});
    CHECK(encoding.offsets == std::vector<ByteRange>{{0, 1}, {1, 3}});
    CHECK(encoding.spelled == std::vector<SpelledToken>{{1, "x\uFFFD"}});
}
