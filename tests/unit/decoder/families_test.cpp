#include <familiar/decoder/families.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("families are found by name, and an unknown one is an error that lists the known ones") {
    CHECK(decoder::find_architecture("llama", "a.gguf").gguf_rotary == decoder::RotaryLayout::pairs);
    CHECK(decoder::find_architecture("gptj", "a.gguf").gguf_rotary == decoder::RotaryLayout::pairs);
    CHECK(decoder::find_architecture("llama", "a.gguf").windows == decoder::WindowRule::none);
    CHECK(decoder::find_model_type("mistral", "config.json").windows == decoder::WindowRule::all);
    CHECK(decoder::find_model_type("llama", "config.json").rotary == decoder::RotaryLayout::halves);
    CHECK_THROWS_WITH(decoder::find_architecture("frob\xE9", "a.gguf"),
                      Catch::Contains("a.gguf") && Catch::Contains("frob\\xe9") && Catch::Contains("llama, qwen2"));
    CHECK_THROWS_WITH(decoder::find_model_type("t5", "config.json"), Catch::Contains("config.json") &&
                                                                         Catch::Contains("llama, mistral, qwen2") &&
                                                                         Catch::Contains("gpt_neox"));
}
