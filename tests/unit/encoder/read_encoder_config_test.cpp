#include <familiar/encoder/read_encoder_config.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

namespace {

EncoderConfig read(const nlohmann::json& config) {
    const tests::ScratchFolder folder;
    folder.write("config.json", config.dump());
    return read_encoder_config(folder.path());
}

std::string refusal(const nlohmann::json& config, ErrorCode code = ErrorCode::malformed_model) {
    try {
        read(config);
    } catch (const Error& e) {
        CHECK(e.code() == code);
        CHECK_THAT(e.what(), Contains("config.json"));
        return e.what();
    }
    FAIL("not refused: " << config.dump());
    return {};
}

} // namespace

TEST_CASE("a configuration is read as it stands") {
    const auto config = read(tests::TinyBert().config);
    CHECK(config.family->model_type == "bert");
    CHECK(config.hidden == 24);
    CHECK(config.layers == 2);
    CHECK(config.heads == 3);
    CHECK(config.head_size() == 8);
    CHECK(config.inner == 40);
    CHECK(config.vocabulary == 40);
    CHECK(config.positions == 20);
    CHECK(config.max_tokens() == 20);
    CHECK(config.types == 2);
    CHECK(config.epsilon == 1e-6F);
    CHECK(config.activation == kernels::Activation::gelu);
    CHECK(config.labels == std::vector<std::string>{"red", "green", "blue"});
    CHECK_FALSE(config.problem.has_value());
}

TEST_CASE("activations are the ones that the names stand for") {
    auto config = tests::TinyBert().config;
    for (const auto& [name, activation] :
         {std::pair("gelu", kernels::Activation::gelu), std::pair("gelu_new", kernels::Activation::gelu_tanh),
          std::pair("gelu_pytorch_tanh", kernels::Activation::gelu_tanh), std::pair("relu", kernels::Activation::relu),
          std::pair("silu", kernels::Activation::silu)}) {
        config["hidden_act"] = name;
        CHECK(read(config).activation == activation);
    }
    config["hidden_act"] = "frobnicate";
    CHECK_THAT(refusal(config, ErrorCode::unsupported_model), Contains("hidden_act") && Contains("frobnicate"));
    config["hidden_act"] = 7;
    CHECK_THAT(refusal(config), Contains("hidden_act"));
    config.erase("hidden_act");
    CHECK_THAT(refusal(config), Contains("hidden_act"));
}

TEST_CASE("an unknown family is refused, the known ones named") {
    auto config = tests::TinyBert().config;
    config["model_type"] = "frobnicate";
    CHECK_THAT(refusal(config, ErrorCode::unsupported_model), Contains("frobnicate") && Contains("bert"));
    config["model_type"] = nullptr;
    CHECK_THAT(refusal(config), Contains("model_type") && Contains("bert"));
    CHECK_THAT(refusal(nlohmann::json::array({1, 2})), Contains("array"));
}

TEST_CASE("sizes that are absurd, missing or of another type are refused by key") {
    const auto good = tests::TinyBert().config;
    const nlohmann::json absurd = std::uint64_t{1} << 60;
    for (const std::string key : {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                                  "vocab_size", "max_position_embeddings"}) {
        for (const nlohmann::json& value : {nlohmann::json(0), nlohmann::json(-64), absurd, nlohmann::json("64"),
                                            nlohmann::json(nullptr), nlohmann::json(1.5), nlohmann::json(true)}) {
            auto config = good;
            config[key] = value;
            INFO(key << " = " << value.dump());
            CHECK_THAT(refusal(config), Contains(key));
        }
    }
    auto config = good;
    config["num_attention_heads"] = 7;
    CHECK_THAT(refusal(config), Contains("num_attention_heads") && Contains("7"));
    config = good;
    for (const nlohmann::json& value : {nlohmann::json("small"), nlohmann::json(-1.0), nlohmann::json(2.0)}) {
        config["layer_norm_eps"] = value;
        CHECK_THAT(refusal(config), Contains("layer_norm_eps"));
    }
}

TEST_CASE("labels must be numbered without a gap and be distinct") {
    const auto good = tests::TinyBert().config;
    for (const nlohmann::json& value :
         {nlohmann::json::array({"a", "b"}), nlohmann::json{{"0", "a"}, {"2", "b"}},
          nlohmann::json{{"0", "a"}, {"x", "b"}}, nlohmann::json{{"0", "a"}, {"1", "a"}},
          nlohmann::json{{"0", "a"}, {"00", "b"}}, nlohmann::json{{"0", "a"}, {"-1", "b"}},
          nlohmann::json{{"0", "a"}, {"99999999999999999999", "b"}}, nlohmann::json{{"0", 1}}}) {
        auto config = good;
        config["id2label"] = value;
        INFO(value.dump());
        CHECK_THAT(refusal(config), Contains("id2label"));
    }
    auto config = good;
    config.erase("id2label");
    CHECK(read(config).labels.empty());
    config["problem_type"] = "regression";
    CHECK(read(config).problem == ProblemType::regression);
    config["problem_type"] = "guessing";
    CHECK_THAT(refusal(config), Contains("problem_type") && Contains("guessing"));
}

TEST_CASE("parts that would change the results are refused where they are not known") {
    auto config = tests::TinyBert().config;
    config["position_embedding_type"] = "relative_key";
    CHECK_THAT(refusal(config, ErrorCode::unsupported_model), Contains("relative_key"));
    config["position_embedding_type"] = "absolute";
    CHECK(read(config).positions == 20);
    config["is_decoder"] = true;
    CHECK_THAT(refusal(config, ErrorCode::unsupported_model), Contains("is_decoder"));
}
