#include <familiar/encoder/encoder_model.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

TEST_CASE("a directory loads, its length is that of the settings or of the positions") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    const auto model = EncoderModel::load(bert.write(), pool);
    CHECK(model->config().hidden == 24);
    CHECK(model->tokenizer().vocabulary_size() == 24);
    CHECK(model->default_max_length() == 20);
    CHECK(model->resolve_max_length(0) == 20);
    CHECK(model->resolve_max_length(5) == 5);
    CHECK_THROWS_WITH(model->resolve_max_length(21), Contains("21") && Contains("20"));
    for (const auto& [written, length] : {std::pair("12", 12U), std::pair("512", 20U)}) {
        bert.folder.write("sentence_bert_config.json", std::string("{\"max_seq_length\": ") + written + "}");
        CHECK(EncoderModel::load(bert.folder.path(), pool)->default_max_length() == length);
    }
}

TEST_CASE("the identity is that of the weights, wherever they stand") {
    const tests::TinyBert bert, same, other(24, 3, 40, 2);
    ThreadPool pool(1);
    const auto hash = [&](const tests::TinyBert& b) {
        const auto identity = EncoderModel::load(b.write(), pool)->identity();
        CHECK_THAT(identity, Contains(b.folder.path().filename().string() + "@"));
        return identity.substr(identity.find('@'));
    };
    CHECK(hash(bert) == hash(same));
    CHECK(hash(bert) != hash(other));
    const auto with_slash = EncoderModel::load(bert.folder.path() / "", pool)->identity();
    CHECK_THAT(with_slash, Contains(bert.folder.path().filename().string() + "@"));
}

TEST_CASE("a tokenizer with more entries than the embeddings have rows is refused") {
    const tests::TinyBert bert;
    bert.write();
    auto tokenizer = tests::TinyBert::tokenizer();
    for (int i = 24; i < 41; ++i) tokenizer["model"]["vocab"]["word" + std::to_string(i)] = i;
    bert.folder.write("tokenizer.json", tokenizer.dump());
    ThreadPool pool(1);
    CHECK_THROWS_WITH(EncoderModel::load(bert.folder.path(), pool),
                      Contains("tokenizer.json") && Contains("41") && Contains("40"));
}

TEST_CASE("a missing directory and missing files are named") {
    ThreadPool pool(1);
    CHECK_THROWS_WITH(EncoderModel::load("/nowhere/nomodel", pool), Contains("nomodel"));
    for (const std::string name : {"config.json", "tokenizer.json", "model.safetensors"}) {
        const tests::TinyBert bert;
        std::filesystem::remove(bert.write() / name);
        CHECK_THROWS_WITH(EncoderModel::load(bert.folder.path(), pool), Contains(name));
    }
}
