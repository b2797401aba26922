#include "tiny_model.hpp"

#include <familiar/decoder/gguf_layout.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;

namespace {

decoder::TensorNames names_of(const char* architecture, const tests::TinyModel& tiny = tests::TinyModel()) {
    const auto file = weights::Gguf::open(tiny.write("layout.gguf"));
    return decoder::gguf_layout(decoder::find_architecture(architecture, "test"), file).names;
}

} // namespace

TEST_CASE("a family's GGUF files hold the parts that it has in a directory") {
    CHECK(names_of("llama").post_attention_norm.empty());
    CHECK(names_of("llama").gate == "ffn_gate");
    CHECK(names_of("qwen3").query_norm == "attn_q_norm");
    CHECK(names_of("gemma3").post_feed_forward_norm == "post_ffw_norm");
    CHECK(names_of("phi2").feed_forward_norm.empty());
    CHECK(names_of("phi3").gate.empty());
    CHECK(names_of("phi3").gate_up == "ffn_up");
    CHECK(names_of("gpt2").positions == "position_embd");
    CHECK(names_of("bloom").embedding_norm == "token_embd_norm");
}

TEST_CASE("in Falcon-40B's files the norm of attention is the second one") {
    CHECK(names_of("falcon").attention_norm == "attn_norm");
    CHECK(names_of("falcon").feed_forward_norm.empty());
    tests::TinyModel tiny;
    tiny.tensors["blk.0.attn_norm_2.weight"] = tiny.tensors.at("blk.0.attn_norm.weight");
    CHECK(names_of("falcon", tiny).attention_norm == "attn_norm_2");
    CHECK(names_of("falcon", tiny).feed_forward_norm == "attn_norm");
}
