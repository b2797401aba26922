#include <familiar/encoder/sentence_settings.hpp>

#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kModules =
    R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
        {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
        {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])";

struct Directory {
    tests::ScratchFolder folder;

    Directory() { std::filesystem::create_directory(folder.path() / "1_Pooling"); }
    const Directory& write(const std::string& name, const std::string& text) const {
        folder.write(name, text);
        return *this;
    }
    [[nodiscard]] SentenceSettings read() const { return read_sentence_settings(folder.path()); }
};

} // namespace

TEST_CASE("a directory without SentenceTransformers' files says nothing") {
    const auto settings = Directory().read();
    CHECK_FALSE(settings.pooling.has_value());
    CHECK_FALSE(settings.normalise);
    CHECK_FALSE(settings.max_length.has_value());
    CHECK_FALSE(settings.lower_case);
}

TEST_CASE("pooling, normalisation and length are read") {
    const Directory directory;
    directory.write("modules.json", kModules)
        .write("1_Pooling/config.json", R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})")
        .write("sentence_bert_config.json", R"({"max_seq_length": 256, "do_lower_case": true})");
    const auto settings = directory.read();
    CHECK(settings.pooling == Pooling::cls);
    CHECK(settings.normalise);
    CHECK(settings.max_length == 256U);
    CHECK(settings.lower_case);
    directory.write("1_Pooling/config.json", R"({"pooling_mode": "max"})");
    CHECK(directory.read().pooling == Pooling::max);
    directory.write("sentence_bert_config.json", R"({"max_seq_length": null})");
    CHECK_FALSE(directory.read().max_length.has_value());
}

TEST_CASE("a pooling without modules.json counts") {
    const Directory directory;
    directory.write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true})");
    CHECK(directory.read().pooling == Pooling::mean);
    CHECK_FALSE(directory.read().normalise);
}

TEST_CASE("what is not known is refused, never left out") {
    const auto refused = [](const std::string& file, const std::string& text, const std::string& word) {
        const Directory directory;
        directory.write("modules.json", kModules)
            .write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true})")
            .write(file, text);
        INFO(text);
        CHECK_THROWS_WITH(directory.read(), Contains(file.substr(file.rfind('/') + 1)) && Contains(word));
    };
    refused("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true})", "two");
    refused("1_Pooling/config.json", R"({"pooling_mode_weightedmean_tokens": true})", "weightedmean");
    refused("1_Pooling/config.json", R"({"pooling_mode_mean_tokens": "yes"})", "pooling_mode_mean_tokens");
    refused("1_Pooling/config.json", "{}", "no pooling");
    refused("1_Pooling/config.json", R"({"pooling_mode": "median"})", "median");
    refused("modules.json", R"([{"type": "sentence_transformers.models.Dense", "path": "3_Dense"}])", "Dense");
    refused("modules.json", R"([{"type": "sentence_transformers.models.Pooling", "path": "../other"}])", "outside");
    refused("modules.json", R"([{"path": "x"}])", "type");
    refused("modules.json", "[7]", "type");
    refused("modules.json", "{}", "list");
    refused("sentence_bert_config.json", R"({"max_seq_length": 0})", "max_seq_length");
    refused("sentence_bert_config.json", R"({"max_seq_length": "256"})", "max_seq_length");
}
