#include <familiar/encoder/text_batcher.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;

namespace {

struct Seen {
    std::vector<std::vector<std::int32_t>> sequences;
    std::vector<std::vector<std::uint8_t>> types;
    std::vector<std::size_t> tokens, rows;
};

Seen seen(TextBatcher& batcher, const std::vector<Example>& examples) {
    Seen out;
    batcher.for_each_batch(examples, [&](const RaggedBatch& batch, std::size_t first) {
        CHECK(first == out.sequences.size());
        for (std::size_t i = 0; i < batch.sequences(); ++i) {
            const auto begin = static_cast<std::ptrdiff_t>(batch.offsets[i]),
                       end = static_cast<std::ptrdiff_t>(batch.offsets[i + 1]);
            out.sequences.emplace_back(batch.ids.begin() + begin, batch.ids.begin() + end);
            out.types.emplace_back(batch.type_ids.begin() + begin, batch.type_ids.begin() + end);
        }
        out.tokens.push_back(batch.tokens());
        out.rows.push_back(batch.sequences());
    });
    return out;
}

} // namespace

TEST_CASE("texts and pairs become sequences in their order, long ones cut") {
    const tests::TinyBert bert;
    ThreadPool pool(2);
    const auto model = EncoderModel::load(bert.write(), pool);
    TextBatcher batcher(*model, pool, 6, 0);
    const auto out = seen(batcher, {tests::example_of("the sky is blue"), tests::example_of(""),
                                    tests::pair_of("a b c d", "red"), tests::example_of("roses xyz a b c d")});
    REQUIRE(out.sequences.size() == 4);
    CHECK(out.sequences[0] == std::vector<std::int32_t>{2, 14, 11, 15, 10, 3});
    CHECK(out.sequences[1] == std::vector<std::int32_t>{2, 3});
    CHECK(out.sequences[2] == std::vector<std::int32_t>{2, 4, 5, 3, 8, 3}); // longest first
    CHECK(out.types[2] == std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1});
    CHECK(out.sequences[3] == std::vector<std::int32_t>{2, 13, 16, 1, 4, 3});
}

TEST_CASE("batches are bounded in tokens and rows, and hold every example once") {
    const tests::TinyBert bert(24, 3, 40, 1, 300);
    ThreadPool pool(2);
    const auto model = EncoderModel::load(bert.write(), pool);
    std::vector<Example> examples;
    for (int i = 0; i < 1300; ++i) {
        std::string text;
        for (int k = 0; k < i % 250; ++k) text += "a ";
        examples.push_back(tests::example_of(text));
    }
    TextBatcher by_tokens(*model, pool, 300, 0), by_rows(*model, pool, 300, 7);
    const auto a = seen(by_tokens, examples), b = seen(by_rows, examples);
    REQUIRE(a.sequences.size() == examples.size());
    for (std::size_t i = 0; i < examples.size(); ++i) REQUIRE(a.sequences[i].size() == i % 250 + 2);
    CHECK(a.sequences == b.sequences);
    for (const auto tokens : a.tokens) CHECK(tokens <= TextBatcher::kMaxTokens);
    for (const auto rows : b.rows) CHECK(rows <= 7);
}

TEST_CASE("a model that asks for it gets lower case") {
    const tests::TinyBert bert;
    bert.write();
    bert.folder.write("sentence_bert_config.json", R"({"do_lower_case": true})");
    ThreadPool pool(1);
    const auto model = EncoderModel::load(bert.folder.path(), pool);
    TextBatcher batcher(*model, pool, 20, 0);
    const auto out = seen(batcher, {tests::example_of("The SKY"), tests::pair_of("RED", "Green")});
    CHECK(out.sequences[0] == std::vector<std::int32_t>{2, 14, 11, 3});
    CHECK(out.sequences[1] == std::vector<std::int32_t>{2, 8, 3, 9, 3});
}

TEST_CASE("no room beside the special tokens is an error") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    const auto model = EncoderModel::load(bert.write(), pool);
    TextBatcher batcher(*model, pool, 1, 0);
    CHECK_THROWS_AS(seen(batcher, {tests::example_of("a")}), Error);
}
