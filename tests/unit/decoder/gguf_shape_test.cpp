#include "loaded_model.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using tests::TinyModel;

namespace {

void load(const TinyModel& tiny) {
    const auto file = weights::Gguf::open(tiny.write("lies.gguf"));
    const auto shape = decoder::read_gguf_shape(file);
    decoder::read_gguf_weights(file, shape);
}

} // namespace

TEST_CASE("sizes are read from the metadata") {
    TinyModel tiny;
    tiny.metadata["llama.rope.scaling.type"] = "linear";
    tiny.metadata["llama.rope.scaling.factor"] = 4.0F;
    tiny.metadata["llama.rope.dimension_count"] = 6U;
    tests::LoadedModel<> loaded(tiny);
    CHECK(loaded.shape.family == "llama");
    CHECK(loaded.shape.layers == 2);
    CHECK(loaded.shape.hidden == 48);
    CHECK(loaded.shape.inner == 80);
    CHECK(loaded.shape.heads == 6);
    CHECK(loaded.shape.key_value_heads == 2);
    CHECK(loaded.shape.head_size == 8);
    CHECK(loaded.shape.vocabulary == 130);
    CHECK(loaded.shape.context == 2048);
    REQUIRE(loaded.shape.rotary.size() == 1);
    CHECK(loaded.shape.rotary[0].layout == decoder::RotaryLayout::pairs);
    CHECK(loaded.shape.rotary[0].dimensions == 6);
    CHECK(loaded.shape.rotary[0].scaling.kind == decoder::RotaryScalingKind::linear);
    CHECK(loaded.shape.rotary[0].scaling.factor == 4.0);
    CHECK(loaded.shape.layer_shapes.size() == 2);
    CHECK(loaded.shape.layer_shapes[1].window == 0);
    CHECK(loaded.shape.norm_epsilon == 1e-5F);
}

TEST_CASE("files that lie about their model are refused by an error that names them") {
    using Change = std::function<void(TinyModel&)>;
    const auto setting = [](const char* key, TinyModel::Value value) {
        return Change([=](TinyModel& tiny) { tiny.metadata[key] = value; });
    };
    const auto without = [](const char* key) { return Change([=](TinyModel& tiny) { tiny.metadata.erase(key); }); };
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<std::pair<const char*, Change>> lies{
        {"no heads", setting("llama.attention.head_count", 0U)},
        {"2^31 heads", setting("llama.attention.head_count", 1U << 31)},
        {"heads that cannot share keys", setting("llama.attention.head_count", 5U)},
        {"no key heads", setting("llama.attention.head_count_kv", 0U)},
        {"more key heads than heads", setting("llama.attention.head_count_kv", 12U)},
        {"no layers", setting("llama.block_count", 0U)},
        {"fewer layers than there are", setting("llama.block_count", 1U)},
        {"more layers than there are", setting("llama.block_count", 3U)},
        {"4 billion layers", setting("llama.block_count", 0xFFFFFFFFU)},
        {"another hidden size", setting("llama.embedding_length", 96U)},
        {"no hidden size", without("llama.embedding_length")},
        {"another feed-forward size", setting("llama.feed_forward_length", 64U)},
        {"a larger vocabulary", setting("llama.vocab_size", 131U)},
        {"a smaller vocabulary", setting("llama.vocab_size", 129U)},
        {"no context", setting("llama.context_length", 0U)},
        {"an odd number of rotary values", setting("llama.rope.dimension_count", 3U)},
        {"more rotary values than a head has", setting("llama.rope.dimension_count", 10U)},
        {"a rotary base of 0", setting("llama.rope.freq_base", 0.0F)},
        {"a rotary base that is no number", setting("llama.rope.freq_base", nan)},
        {"an epsilon that is no number", setting("llama.attention.layer_norm_rms_epsilon", nan)},
        {"a negative epsilon", setting("llama.attention.layer_norm_rms_epsilon", -1e-5F)},
        {"no epsilon", without("llama.attention.layer_norm_rms_epsilon")},
        {"a number that is a text", setting("llama.block_count", std::string("2"))},
        {"a scaling by 0",
         [](TinyModel& tiny) {
             tiny.metadata["llama.rope.scaling.type"] = "linear";
             tiny.metadata["llama.rope.scaling.factor"] = 0.0F;
         }},
        {"an unknown scaling", setting("llama.rope.scaling.type", std::string("stretched"))},
        {"experts", setting("llama.expert_count", 8U)},
        {"an unknown family", setting("general.architecture", std::string("frobnicate"))},
        {"no family", without("general.architecture")},
        {"a missing tensor", [](TinyModel& tiny) { tiny.tensors.erase("blk.1.ffn_up.weight"); }},
        {"a tensor too many",
         [](TinyModel& tiny) {
             tiny.tensors["blk.1.attn_sinks.weight"] = {{6}, std::vector<float>(6)};
         }},
        {"a transposed tensor",
         [](TinyModel& tiny) {
             std::swap(tiny.tensors["blk.0.ffn_up.weight"].shape[0], tiny.tensors["blk.0.ffn_up.weight"].shape[1]);
         }},
        {"a matrix for a vector",
         [](TinyModel& tiny) {
             tiny.tensors["output_norm.weight"].shape = {6, 8};
         }},
        {"a weight that is no number", [=](TinyModel& tiny) { tiny.tensors["blk.0.ffn_up.weight"].values[77] = nan; }},
        {"a rotary factor of 0",
         [](TinyModel& tiny) {
             tiny.tensors["rope_freqs.weight"] = {{4}, {1, 1, 0, 1}};
         }},
    };
    for (const auto& [name, change] : lies) {
        TinyModel tiny;
        change(tiny);
        INFO(name);
        try {
            load(tiny);
            FAIL_CHECK("accepted");
        } catch (const Error& error) {
            CHECK_THAT(error.what(), Catch::Contains("lies.gguf"));
        }
    }
}

TEST_CASE("an unknown family is named beside the known ones") {
    TinyModel tiny;
    tiny.metadata["general.architecture"] = "frobnicate";
    CHECK_THROWS_WITH(load(tiny), Catch::Contains("frobnicate") && Catch::Contains("llama"));
}
