#include <familiar/encoder/encoder_description.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::encoder;

TEST_CASE("a directory is described by its headers") {
    tests::TinyBert bert;
    bert.tensors["bert.embeddings.word_embeddings.weight"].type = "BF16";
    const auto d = describe(bert.write());
    CHECK(d.architecture == "bert");
    CHECK(d.hidden == 24);
    CHECK(d.layers == 2);
    CHECK(d.heads == 3);
    CHECK(d.inner == 40);
    CHECK(d.vocabulary == 40);
    CHECK(d.positions == 20);
    // Embeddings (40 + 20 + 2 + 2) · 24, a layer 4 · (24² + 24) + 4 · 24 + 2 · 24 · 40 + 64, pooler 24² + 24, head 75.
    CHECK(d.parameters == 64 * 24 + 2 * (4 * 600 + 96 + 1920 + 64) + 600 + 75);
    CHECK(d.types.at("BF16") == 1);
    CHECK(d.types.at("F32") == bert.tensors.size() - 1);
    CHECK(d.tokenizer == "WordPiece");
    CHECK(d.tokenizer_entries == 24);
    CHECK(d.head == "sequence classification");
    CHECK(d.labels.size() == 3);
    CHECK(d.pooling == "mean");
    CHECK_FALSE(d.normalised);
    CHECK(d.max_length == 20);
}

TEST_CASE("a model without a head is described as such") {
    tests::TinyBert bert;
    bert.tensors.erase("classifier.weight");
    bert.tensors.erase("classifier.bias");
    const auto d = describe(bert.write());
    CHECK(d.head == "none");
    CHECK(d.labels.empty());
}
