#include <familiar/weights/load.hpp>

#include <familiar/weights/gguf.hpp>
#include <familiar/weights/safetensors.hpp>

#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::weights;
using familiar::tests::little;

namespace {

template <class Work> Error refusal(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::invalid_argument, "nothing was refused"};
}

bool names(const Error& error, const std::string& part) {
    return std::string(error.what()).find(part) != std::string::npos;
}

} // namespace

TEST_CASE("A tensor that is required comes with its values") {
    const tests::ScratchFolder folder;
    const auto file = Safetensors::open(folder.write("m.safetensors", tests::small_safetensors()));
    CHECK(require(file, "a", {2, 3}).bytes.size() == 24);
    CHECK(require(file, "a").dimensions == 2);
    CHECK(require_floats(file, "a", {2, 3}) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(require_floats(file, "b", {2}) == std::vector<float>{1, -2});
    const auto matrix = require_matrix(file, "a", 2, 3);
    CHECK(matrix.rows == 2);
    CHECK(matrix.columns == 3);
    CHECK(matrix.row_bytes() == 12);
    CHECK(matrix.data == file.find("a")->bytes.data());
    CHECK(stored_matrix(*file.find("b")).rows == 1);
    CHECK(stored_matrix(*file.find("empty")).rows == 0);
    CHECK(stored_matrix(*file.find("scalar")).columns == 1);
}

TEST_CASE("Tensors of a GGUF file are required in the same way") {
    const tests::ScratchFolder folder;
    const auto file = Gguf::open(folder.write("m.gguf", tests::small_gguf().bytes()));
    CHECK(require_floats(file, "matrix", {2, 3})[5] == 5.0F);
    const auto blocks = require_matrix(file, "blocks", 1, 32);
    CHECK(blocks.type == tensor::ElementType::q8_0);
    CHECK(blocks.row_bytes() == 34);
}

TEST_CASE("A tensor that is missing is refused with tensor and file") {
    const tests::ScratchFolder folder;
    const auto file = Safetensors::open(folder.write("m.safetensors", tests::small_safetensors()));
    const auto error = refusal([&] { require(file, "gone.weight", {2, 3}); });
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK(names(error, "gone.weight"));
    CHECK(names(error, "m.safetensors"));
}

TEST_CASE("A tensor of another shape is refused with both shapes") {
    const tests::ScratchFolder folder;
    const auto file = Safetensors::open(folder.write("m.safetensors", tests::small_safetensors()));
    auto error = refusal([&] { require(file, "a", {3, 2}); });
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK(names(error, "[2, 3]"));
    CHECK(names(error, "[3, 2]"));
    CHECK(names(error, "m.safetensors"));
    CHECK(names(refusal([&] { require(file, "a", {6}); }), "[6]"));
    CHECK(names(refusal([&] { require(file, "a", {2, 3, 1}); }), "[2, 3, 1]"));
}

TEST_CASE("Integers and double precision are no weights") {
    const tests::ScratchFolder folder;
    const auto file = Safetensors::open(folder.write(
        "m.safetensors", tests::safetensors_file(R"({"i":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},)"
                                                 R"("d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}})",
                                                 std::string(16, '\0'))));
    const auto error = refusal([&] { require(file, "i", {2}); });
    CHECK(error.code() == ErrorCode::malformed_model);
    CHECK(names(error, "I32"));
    CHECK(refusal([&] { require(file, "d", {1}); }).code() == ErrorCode::unsupported_model);
}

TEST_CASE("NaN and infinity in weights are refused with tensor, value and file") {
    const tests::ScratchFolder folder;
    for (const float bad :
         {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
        std::vector<float> values(5000, 1.0F);
        values[4321] = bad;
        const auto file = Safetensors::open(
            folder.write("nan.safetensors",
                         tests::safetensors_file(R"({"w":{"dtype":"F32","shape":[50,100],"data_offsets":[0,20000]}})",
                                                 tests::floats(values))));
        const auto error = refusal([&] { require(file, "w", {50, 100}); });
        CHECK(error.code() == ErrorCode::numeric_failure);
        CHECK(names(error, "`w`"));
        CHECK(names(error, "4321"));
        CHECK(names(error, "nan.safetensors"));
        CHECK(require(file, "w", {50, 100}, Finite::trust).size() == 5000);
        CHECK_THROWS_AS(require_finite(file, *file.find("w")), Error);
    }
}

TEST_CASE("The shard that holds the bad values is the one that is named") {
    const tests::ScratchFolder folder;
    const auto shard = [&](const std::string& file, const std::string& name, float value) {
        folder.write(file,
                     tests::safetensors_file(R"({")" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                                             little(value)));
    };
    shard("one.safetensors", "a", 1.0F);
    shard("two.safetensors", "b", std::nanf(""));
    folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
    const auto file = Safetensors::open(folder.path());
    CHECK(require_floats(file, "a", {1}) == std::vector<float>{1});
    CHECK(names(refusal([&] { require(file, "b", {1}); }), "two.safetensors"));
    CHECK(names(refusal([&] { require(file, "a", {2}); }), "one.safetensors"));
}
