#include <familiar/encoder/encoder_config.hpp>

#include <catch2/catch.hpp>

using namespace familiar::encoder;

TEST_CASE("what a configuration implies follows from its numbers") {
    EncoderConfig config;
    config.hidden = 384;
    config.heads = 12;
    config.positions = 514;
    config.first_position = 2;
    CHECK(config.head_size() == 32);
    CHECK(config.max_tokens() == 512);
    CHECK(to_string(ProblemType::single_label) == "single_label_classification");
    CHECK(to_string(ProblemType::multi_label) == "multi_label_classification");
    CHECK(to_string(ProblemType::regression) == "regression");
}
