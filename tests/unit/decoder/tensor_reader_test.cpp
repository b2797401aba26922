#include "tiny_model.hpp"

#include <familiar/decoder/tensor_reader.hpp>
#include <familiar/weights/gguf.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("a reader knows which tensors were asked for, and refuses a file that holds others") {
    tests::TinyModel tiny;
    auto norm = tiny.tensors.at("output_norm.weight");
    tiny.tensors = {{"a.weight", norm}, {"a.bias", norm}, {"b.weight", norm}};
    tiny.tensors["a.weight"].shape = {1, 48};
    tiny.tensors["a.bias"] = {{1}, {2.0F}};
    const auto file = weights::Gguf::open(tiny.write("reader.gguf"));
    decoder::TensorReader reader(file);
    CHECK(reader.has("b.weight"));
    CHECK_FALSE(reader.has("c.weight"));
    CHECK(reader.optional_vector("c.weight", 3).empty());
    CHECK(reader.linear("a", 1, 48).bias == std::vector<float>{2.0F});
    CHECK_THROWS_WITH(reader.require_all_used(), Catch::Contains("b.weight") && Catch::Contains("reader.gguf"));
    reader.skip("b.weight");
    CHECK_NOTHROW(reader.require_all_used());
    CHECK_THROWS_WITH(reader.vector("b.weight", 47), Catch::Contains("47"));
    CHECK_THROWS_WITH(reader.matrix("c.weight", 1, 1), Catch::Contains("c.weight"));
}
