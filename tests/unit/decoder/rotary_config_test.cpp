#include "unit/weights/model_files.hpp"

#include <familiar/decoder/families.hpp>
#include <familiar/decoder/rotary_config.hpp>

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

using namespace familiar;
using decoder::RotaryScalingKind;
using nlohmann::json;

namespace {

std::vector<decoder::RotaryShape> read(const char* family, const json& config) {
    const tests::ScratchFolder folder;
    const weights::JsonFile file(folder.write("config.json", config.dump()));
    return decoder::read_rotary_config(file, decoder::find_model_type(family, "test"), 16, 128);
}

} // namespace

TEST_CASE("both spellings of a configuration give the same positions") {
    const json scaling{{"rope_type", "yarn"}, {"factor", 4.0}, {"original_max_position_embeddings", 32}};
    json old{{"rope_theta", 5e5}, {"rope_scaling", scaling}}, now{{"rope_parameters", scaling}};
    now["rope_parameters"]["rope_theta"] = 5e5;
    for (const auto& config : {old, now}) {
        const auto kinds = read("llama", config);
        REQUIRE(kinds.size() == 1);
        CHECK(kinds[0].base == 5e5);
        CHECK(kinds[0].dimensions == 16);
        CHECK(kinds[0].scaling.kind == RotaryScalingKind::yarn);
        CHECK(kinds[0].scaling.original_context == 32);
        CHECK(kinds[0].scaling.amplitude == Approx(0.1 * std::log(4.0) + 1.0));
    }
}

TEST_CASE("Gemma 3's layers with a window have positions of their own, in both spellings") {
    const json old{{"rope_theta", 1e6},
                   {"rope_local_base_freq", 2e4},
                   {"rope_scaling", {{"rope_type", "linear"}, {"factor", 8.0}}}};
    const json now{{"rope_parameters",
                    {{"full_attention", {{"rope_theta", 1e6}, {"rope_type", "linear"}, {"factor", 8.0}}},
                     {"sliding_attention", {{"rope_theta", 2e4}, {"rope_type", "default"}}}}}};
    for (const auto& config : {old, now}) {
        const auto kinds = read("gemma3_text", config);
        REQUIRE(kinds.size() == 2);
        CHECK(kinds[0].base == 1e6);
        CHECK(kinds[0].scaling.factor == 8.0);
        CHECK(kinds[1].base == 2e4);
        CHECK(kinds[1].scaling.kind == RotaryScalingKind::none);
    }
}

TEST_CASE("a part of each head turns where the family or the file says so") {
    CHECK(read("phi", json::object())[0].dimensions == 8);
    CHECK(read("phi", {{"partial_rotary_factor", 0.25}})[0].dimensions == 4);
    CHECK(read("gpt_neox", {{"rotary_pct", 1.0}, {"rotary_emb_base", 20000}})[0].dimensions == 16);
    CHECK(read("gpt_neox", {{"rotary_pct", 1.0}, {"rotary_emb_base", 20000}})[0].base == 20000.0);
    CHECK(read("gptj", {{"rotary_dim", 8}})[0].dimensions == 8);
    CHECK(read("gptj", {{"rotary_dim", nullptr}})[0].layout == decoder::RotaryLayout::pairs);
}

TEST_CASE("the amplitude of LongRoPE follows from the contexts, that of YaRN from its scales, where none is given") {
    json config{{"original_max_position_embeddings", 32},
                {"rope_scaling", {{"type", "su"}, {"short_factor", json::array()}, {"long_factor", json::array()}}}};
    for (int i = 0; i < 8; ++i) {
        config["rope_scaling"]["short_factor"].push_back(1.0);
        config["rope_scaling"]["long_factor"].push_back(2.0 + i);
    }
    const auto kind = read("phi3", config)[0];
    CHECK(kind.scaling.kind == RotaryScalingKind::longrope);
    CHECK(kind.scaling.amplitude == Approx(std::sqrt(1.0 + std::log(4.0) / std::log(32.0))));
    CHECK(kind.long_factors.back() == 9.0);
    config["rope_scaling"]["attention_factor"] = 1.25;
    CHECK(read("phi3", config)[0].scaling.amplitude == 1.25);

    const json yarn{{"rope_scaling", {{"type", "yarn"}, {"factor", 40.0}, {"mscale", 1.0}, {"mscale_all_dim", 0.5}}}};
    CHECK(read("llama", yarn)[0].scaling.amplitude ==
          Approx((0.1 * std::log(40.0) + 1.0) / (0.05 * std::log(40.0) + 1.0)));
}
