#include <familiar/decoder/family.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("families are found by name, and an unknown one is an error that lists the known ones") {
    CHECK(decoder::find_family("llama", "a.gguf").rotary == decoder::RotaryLayout::pairs);
    CHECK(decoder::find_family("llama", "a.gguf").activation == kernels::Activation::silu);
    CHECK_THROWS_WITH(decoder::find_family("frob\xE9", "a.gguf"),
                      Catch::Contains("a.gguf") && Catch::Contains("frob\\xe9") && Catch::Contains("llama"));
}
