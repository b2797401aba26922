#include <familiar/weights/safetensors.hpp>

#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <utility>

using namespace familiar;
using weights::Safetensors;

namespace {

Error refusal(const std::filesystem::path& path) {
    try {
        (void)Safetensors::open(path);
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::invalid_argument, "nothing was refused"};
}

bool names(const Error& error, const std::string& part) {
    return std::string(error.what()).find(part) != std::string::npos;
}

std::string shard(const std::string& name, char value) {
    return tests::safetensors_file(R"({")" + name + R"(":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                                   std::string(2, value));
}

} // namespace

TEST_CASE("Tensors of a safetensors file are found by name, and survive a move of the file") {
    const tests::ScratchFolder folder;
    auto opened = Safetensors::open(folder.write("m.safetensors", tests::small_safetensors()));
    const Safetensors file(std::move(opened));
    REQUIRE(file.tensors().size() == 4);
    CHECK(file.metadata().at("format") == "pt");
    const auto a = file.find("a");
    REQUIRE(a);
    CHECK(a->name == "a");
    CHECK(a->size() == 6);
    REQUIRE(a->bytes.size() == 24);
    float last = 0;
    std::memcpy(&last, a->bytes.data() + 20, sizeof last);
    CHECK(last == 5.0F);
    CHECK(file.find("empty")->bytes.empty());
    CHECK(file.find("scalar")->size() == 1);
    CHECK_FALSE(file.find("c"));
    CHECK(file.path_of(*a) == file.path());
}

TEST_CASE("A directory stands for its model.safetensors") {
    const tests::ScratchFolder folder;
    folder.write("model.safetensors", tests::small_safetensors());
    const auto file = Safetensors::open(folder.path());
    CHECK(file.find("b"));
    CHECK(file.path() == (folder.path() / "model.safetensors").string());
}

TEST_CASE("Each tensor of a sharded model is taken from where the index says") {
    const tests::ScratchFolder folder;
    folder.write("one.safetensors", tests::safetensors_file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                                            R"("b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                                            "AB"));
    folder.write("two.safetensors", shard("b", '2'));
    const auto index =
        folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
    for (const auto& path : {folder.path(), index}) {
        const auto file = Safetensors::open(path);
        REQUIRE(file.tensors().size() == 2);
        CHECK(file.find("a")->bytes[0] == std::byte{'A'});
        CHECK(file.find("b")->bytes[0] == std::byte{'2'});
        CHECK(file.path_of(*file.find("b")) == (folder.path() / "two.safetensors").string());
        CHECK(file.path() == index.string());
    }
}

TEST_CASE("A shard that is missing or broken, or lacks a tensor, is named") {
    const tests::ScratchFolder folder;
    folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
    folder.write("one.safetensors", shard("a", '1'));
    auto error = refusal(folder.path());
    CHECK(error.code() == ErrorCode::file_not_found);
    CHECK(names(error, "two.safetensors"));

    folder.write("two.safetensors", "broken");
    error = refusal(folder.path());
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK(names(error, "two.safetensors"));

    folder.write("two.safetensors", shard("c", '2'));
    error = refusal(folder.path());
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK(names(error, "two.safetensors"));
    CHECK(names(error, "`b`"));
}

TEST_CASE("A directory without weights, a missing and an empty file are refused by name") {
    const tests::ScratchFolder folder;
    CHECK(refusal(folder.path()).code() == ErrorCode::file_not_found);
    CHECK(names(refusal(folder.path()), "model.safetensors"));
    CHECK(names(refusal(folder.path() / "gone.safetensors"), "gone.safetensors"));
    folder.write("model.safetensors", "");
    CHECK(names(refusal(folder.path()), "model.safetensors"));
}

TEST_CASE("A safetensors file cut anywhere is refused") {
    const tests::ScratchFolder folder;
    const auto whole = tests::small_safetensors();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto error = refusal(folder.write("cut.safetensors", whole.substr(0, size)));
        INFO("cut at " << size << ": " << error.what());
        CHECK(error.code() == ErrorCode::malformed_model);
        CHECK(names(error, "cut.safetensors"));
    }
}
