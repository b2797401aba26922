#include "tiny_model.hpp"

#include <familiar/decoder/model_files.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("a fingerprint changes with metadata, shapes and values") {
    tests::TinyModel tiny;
    const auto read = [&] { return decoder::ModelFiles::open(tiny.write("finger.gguf")).fingerprint(); };
    const auto first = read();
    CHECK(read() == first);
    tiny.metadata["llama.context_length"] = 99U;
    const auto second = read();
    CHECK(second != first);
    std::swap(tiny.tensors["blk.0.ffn_up.weight"].shape[0], tiny.tensors["blk.0.ffn_up.weight"].shape[1]);
    const auto third = read();
    CHECK(third != second);
    tiny.tensors["output.weight"].values.back() += 1.0F;
    CHECK(read() != third);
}

TEST_CASE("a path that is no model's is an error that names it") {
    CHECK_THROWS_WITH(decoder::ModelFiles::open("nowhere/model.gguf"), Catch::Contains("nowhere/model.gguf"));
}
