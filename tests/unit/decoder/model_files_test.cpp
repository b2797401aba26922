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

TEST_CASE("weights lie in the file's mapping") {
    const auto files = decoder::ModelFiles::open(tests::TinyModel().write("mapped.gguf"));
    const auto mapping = files.mapping();
    REQUIRE_FALSE(files.tensors().empty());
    for (const auto& tensor : files.tensors()) {
        CHECK(tensor.bytes.data() >= mapping.data());
        CHECK(tensor.bytes.data() + tensor.bytes.size() <= mapping.data() + mapping.size());
    }
}

TEST_CASE("a path that is no model's is an error that names it") {
    CHECK_THROWS_WITH(decoder::ModelFiles::open("nowhere/model.gguf"), Catch::Contains("nowhere/model.gguf"));
}
