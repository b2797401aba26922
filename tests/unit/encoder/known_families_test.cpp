#include <familiar/encoder/known_families.hpp>
#include <familiar/encoder/read_encoder_config.hpp>

#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

namespace {

/// Keys that all families but DistilBERT share, and what one of them needs beside.
EncoderConfig read(const std::string& type, const nlohmann::json& more = nlohmann::json::object()) {
    nlohmann::json config{{"model_type", type},
                          {"hidden_size", 48},
                          {"num_hidden_layers", 6},
                          {"num_attention_heads", 3},
                          {"hidden_act", "gelu"},
                          {"hidden_activation", "gelu"},
                          {"intermediate_size", 80},
                          {"vocab_size", 100},
                          {"max_position_embeddings", 66},
                          {"dim", 48},
                          {"n_layers", 6},
                          {"n_heads", 3},
                          {"hidden_dim", 80},
                          {"activation", "relu"}};
    config.update(more);
    const tests::ScratchFolder folder;
    folder.write("config.json", config.dump());
    return read_encoder_config(folder.path());
}

void check_refusal(const std::string& type, const nlohmann::json& more, const std::string& word,
                   const std::string& known) {
    INFO(type << " " << more.dump());
    CHECK_THROWS_WITH(read(type, more), Contains("config.json") && Contains(word) && Contains(known));
}

} // namespace

TEST_CASE("families are found by the spelling of config.json only") {
    for (const auto* name : {"bert", "distilbert", "roberta", "xlm-roberta", "camembert", "mpnet", "electra", "albert",
                             "deberta-v2", "modernbert"}) {
        REQUIRE(find_family(name) != nullptr);
        CHECK(find_family(name)->model_type == name);
        CHECK_THAT(family_names(), Contains(name));
        CHECK(read(name).hidden == 48);
    }
    CHECK(find_family("BERT") == nullptr);
    CHECK(find_family("frobnicate") == nullptr);
    CHECK(find_family("") == nullptr);
}

TEST_CASE("RoBERTa's positions begin behind the padding token's number") {
    for (const auto* name : {"roberta", "xlm-roberta", "camembert", "mpnet"}) {
        CHECK(read(name).first_position == 2);
        CHECK(read(name).max_tokens() == 64);
        CHECK(read(name, {{"pad_token_id", 0}}).max_tokens() == 65);
        CHECK_THROWS_WITH(read(name, {{"pad_token_id", 65}}), Contains("max_position_embeddings"));
        CHECK_THROWS_WITH(read(name, {{"pad_token_id", 100}}), Contains("pad_token_id"));
    }
    CHECK(read("bert").max_tokens() == 66);
}

TEST_CASE("ALBERT's layers run with the weights of their group") {
    const auto stored = [](const nlohmann::json& more) {
        std::string text;
        for (const auto& shape : read("albert", more).layer_shapes) text += std::to_string(shape.stored);
        return text;
    };
    CHECK(stored(nlohmann::json::object()) == "000000");
    CHECK(stored({{"num_hidden_groups", 2}}) == "000111");
    CHECK(stored({{"num_hidden_groups", 3}, {"inner_group_num", 2}}) == "010123234545");
    CHECK(read("albert", {{"embedding_size", 16}}).embedding == 16);
    CHECK(read("electra", {{"embedding_size", 16}}).embedding == 16);
    CHECK(read("bert", {{"embedding_size", 16}}).embedding == 48);
    CHECK_THROWS_WITH(read("albert", {{"num_hidden_groups", 7}}), Contains("num_hidden_groups"));
}

TEST_CASE("DeBERTa's attention is what its keys say") {
    const nlohmann::json v3{{"relative_attention", true},   {"position_buckets", 16},
                            {"max_relative_positions", -1}, {"pos_att_type", "p2c|c2p"},
                            {"norm_rel_ebd", "layer_norm"}, {"share_att_key", true},
                            {"type_vocab_size", 0},         {"position_biased_input", false}};
    const auto config = read("deberta-v2", v3);
    REQUIRE(config.disentangled);
    CHECK(config.disentangled->span == 16);
    CHECK(config.disentangled->farthest == 66);
    CHECK(config.disentangled->content_to_position);
    CHECK(config.disentangled->position_to_content);
    CHECK_FALSE(config.disentangled->own_projections);
    CHECK(config.disentangled->normalised);
    CHECK_FALSE(config.position_table);
    CHECK(config.types == 0);
    auto other = v3;
    other["pos_att_type"] = {"c2p"};
    other["position_buckets"] = -1;
    other["max_relative_positions"] = 24;
    other["share_att_key"] = nullptr;
    const auto plain = read("deberta-v2", other);
    CHECK(plain.disentangled->span == 24);
    CHECK_FALSE(plain.disentangled->position_to_content);
    CHECK(plain.disentangled->own_projections);
    CHECK_FALSE(read("deberta-v2").disentangled);
    const auto with = [&](const std::string& key, const nlohmann::json& value) {
        auto changed = v3;
        changed[key] = value;
        return changed;
    };
    check_refusal("deberta-v2", with("pos_att_type", "p2p"), "p2p", "c2p");
    check_refusal("deberta-v2", with("norm_rel_ebd", "rms"), "rms", "layer_norm");
    check_refusal("deberta-v2", with("position_buckets", 1), "position_buckets", "66");
    check_refusal("deberta-v2", with("position_buckets", 132), "position_buckets", "66");
    check_refusal("deberta-v2", with("embedding_size", 16), "embedding_size", "48");
    check_refusal("deberta-v2", with("conv_kernel_size", 4), "conv_kernel_size", "Odd");
    check_refusal("deberta-v2", with("max_position_embeddings", 1 << 20), "max_position_embeddings", "131072");
}

TEST_CASE("ModernBERT's layers are local but for every third, by its keys of old and new") {
    const auto old = read("modernbert", {{"global_attn_every_n_layers", 3},
                                         {"local_attention", 16},
                                         {"global_rope_theta", 160000.0},
                                         {"local_rope_theta", 20000.0}});
    const auto modern =
        read("modernbert", {{"layer_types",
                             {"full_attention", "sliding_attention", "sliding_attention", "full_attention",
                              "sliding_attention", "sliding_attention"}},
                            {"local_attention", 16},
                            {"rope_parameters",
                             {{"full_attention", {{"rope_type", "default"}, {"rope_theta", 160000.0}}},
                              {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 20000.0}}}}}});
    for (const auto& config : {old, modern}) {
        CHECK(config.rotary_bases == std::vector<double>{160000.0, 20000.0});
        for (std::size_t i = 0; i < 6; ++i) {
            CHECK(config.layer_shapes[i].rotation == std::optional<std::size_t>(i % 3 == 0 ? 0 : 1));
            CHECK(config.layer_shapes[i].window == (i % 3 == 0 ? std::nullopt : std::optional<std::size_t>(8)));
        }
        CHECK(config.norms == NormPlacement::before);
        CHECK(config.gated);
        CHECK_FALSE(config.attention_bias);
        CHECK(config.epsilon == 1e-5F);
        CHECK(config.head_pooling == Pooling::cls);
    }
    CHECK(read("modernbert", {{"classifier_pooling", "mean"}}).head_pooling == Pooling::mean);
    CHECK(read("modernbert", {{"local_rope_theta", nullptr}}).rotary_bases[1] == 160000.0);
    check_refusal("modernbert", {{"classifier_pooling", "max"}}, "max", "mean");
    check_refusal("modernbert", {{"layer_types", {"full_attention"}}}, "layer_types", "every layer");
    check_refusal("modernbert", {{"rope_scaling", {{"type", "linear"}}}}, "rope_scaling", "not known");
}

TEST_CASE("heads and poolers are the family's") {
    using kernels::Activation;
    CHECK(read("distilbert").head_activation == Activation::relu);
    CHECK(read("electra").head_activation == Activation::gelu);
    CHECK(read("roberta").head_activation == Activation::tanh);
    CHECK(read("deberta-v2").pooler_activation == Activation::gelu);
    CHECK(read("bert").pooler_activation == Activation::tanh);
    CHECK(read("distilbert").activation == Activation::relu);
    CHECK(find_family("deberta-v2")->pooler.in_prefix == false);
    CHECK(find_family("modernbert")->head.norm == "head.norm");
}
