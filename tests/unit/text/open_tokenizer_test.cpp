#include <familiar/text/open_tokenizer.hpp>

#include "unit/text/small_gguf_vocabulary.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;

namespace {

const std::string kJson =
    R"({"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}})";

} // namespace

TEST_CASE("A path to any model gives its tokenizer", "[text]") {
    const tests::ScratchFolder json_folder, gguf_folder;
    const auto json = json_folder.write("tokenizer.json", kJson);
    const auto gguf = gguf_folder.write("model.gguf", tests::SmallGgufVocabulary().bytes());
    CHECK(text::open_tokenizer(json).vocabulary_size() == 2);
    CHECK(text::open_tokenizer(json_folder.path()).vocabulary_size() == 2);
    CHECK(text::open_tokenizer(gguf).vocabulary_size() == 6);
    CHECK(text::open_tokenizer(gguf_folder.path()).vocabulary_size() == 6);
}

TEST_CASE("A path that leads to no tokenizer is named", "[text]") {
    const tests::ScratchFolder folder;
    CHECK_THROWS_WITH(text::open_tokenizer(folder.path()), Catch::Contains(folder.path().string()));
    CHECK_THROWS_WITH(text::open_tokenizer(folder.path() / "gone.json"), Catch::Contains("gone.json"));
    CHECK_THROWS_WITH(text::open_tokenizer(folder.path() / "gone.gguf"), Catch::Contains("gone.gguf"));
    CHECK_THROWS_WITH(text::open_tokenizer(folder.write("cut.gguf", "GGUF")), Catch::Contains("cut.gguf"));
}
