#include <familiar/weights/gguf.hpp>

#include <familiar/tensor/dequantize.hpp>

#include <support/scratch_folder.hpp>
#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using familiar::tests::GgufFile;
using familiar::tests::little;
using familiar::tests::small_gguf;
using weights::Gguf;

namespace {

constexpr std::uint64_t kAbsurd = std::uint64_t{1} << 60;

/// The message of the error, which must name the file.
std::string refusal(const std::string& bytes, ErrorCode code = ErrorCode::malformed_model) {
    const tests::ScratchFolder folder;
    try {
        (void)Gguf::open(folder.write("lie.gguf", bytes));
    } catch (const Error& error) {
        CHECK(error.code() == code);
        CHECK(std::string(error.what()).find("lie.gguf") != std::string::npos);
        return error.what();
    }
    return "nothing was refused";
}

std::string refusal(const GgufFile& file, ErrorCode code = ErrorCode::malformed_model) {
    return refusal(file.bytes(), code);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::vector<float> values(const weights::TensorView& view) {
    std::vector<float> all(view.size());
    tensor::dequantize(view.type, view.bytes.data(), all.size(), all.data());
    return all;
}

} // namespace

TEST_CASE("Tensors of a GGUF file have their slowest dimension first") {
    const tests::ScratchFolder folder;
    for (const std::uint32_t version : {2U, 3U}) {
        auto made = small_gguf();
        made.version = version;
        auto opened = Gguf::open(folder.write("m.gguf", made.bytes()));
        const Gguf file(std::move(opened));
        CHECK(file.architecture() == "llama");
        REQUIRE(file.tensors().size() == 2);
        const auto matrix = file.find("matrix");
        REQUIRE(matrix);
        CHECK(matrix->dimensions == 2);
        CHECK(matrix->shape[0] == 2);
        CHECK(matrix->shape[1] == 3);
        CHECK(values(*matrix) == std::vector<float>{0, 1, 2, 3, 4, 5});
        const auto blocks = file.find("blocks");
        REQUIRE(blocks);
        CHECK(blocks->type == tensor::ElementType::q8_0);
        CHECK(values(*blocks)[31] == 31.0F);
        CHECK_FALSE(file.find("gone"));
    }
}

TEST_CASE("A vocabulary without tensors is a file") {
    const tests::ScratchFolder folder;
    const auto file = Gguf::open(folder.write("v.gguf", GgufFile().texts("tokens", {"a", "b"}).bytes()));
    CHECK(file.tensors().empty());
    CHECK(file.find_strings("tokens")->size() == 2);
    CHECK_THROWS_AS(file.architecture(), Error);
}

TEST_CASE("The alignment that a file gives is the one that holds") {
    const tests::ScratchFolder folder;
    GgufFile made;
    made.alignment = 256;
    made.key("general.alignment", 4, little(std::uint32_t{256}))
        .tensor("a", {1}, 0, tests::floats({1}))
        .tensor("b", {1}, 0, tests::floats({2}));
    const auto file = Gguf::open(folder.write("m.gguf", made.bytes()));
    CHECK(values(*file.find("b"))[0] == 2.0F);
    for (const std::uint32_t lie : {0U, 1U, 3U, 48U, 1U << 31}) {
        GgufFile lying;
        lying.key("general.alignment", 4, little(lie)).tensor("a", {1}, 0, tests::floats({1}));
        CHECK(contains(refusal(lying), "alignment"));
    }
    GgufFile text;
    text.text("general.alignment", "32").tensor("a", {1}, 0, tests::floats({1}));
    CHECK(contains(refusal(text), "alignment"));
}

TEST_CASE("Another magic or version is refused, and a big-endian file said to be one") {
    auto file = small_gguf();
    file.magic = "GGML";
    CHECK(contains(refusal(file), "GGUF"));
    file = small_gguf();
    file.version = 0;
    CHECK(contains(refusal(file), "version 0"));
    for (const std::uint32_t version : {1U, 4U, 99U}) {
        file.version = version;
        CHECK(contains(refusal(file, ErrorCode::unsupported_model), "version " + std::to_string(version)));
    }
    file.version = 3U << 24;
    CHECK(contains(refusal(file, ErrorCode::unsupported_model), "big-endian"));
}

TEST_CASE("Counts and lengths are compared with the file before anything is reserved") {
    auto file = small_gguf();
    for (const std::uint64_t count : {kAbsurd, ~std::uint64_t{0}, std::uint64_t{1000}}) {
        file = small_gguf();
        file.tensor_count = count;
        CHECK(contains(refusal(file), "announces"));
        file = small_gguf();
        file.key_count = count;
        CHECK(contains(refusal(file), "announces"));
    }
    for (const auto& [tensors, keys] : {std::pair(1, 0), {-1, 0}, {0, 1}, {0, -1}}) {
        file = small_gguf();
        file.tensor_count += static_cast<std::uint64_t>(tensors);
        file.key_count += static_cast<std::uint64_t>(keys);
        if (tensors != -1) CHECK(refusal(file) != "nothing was refused");
    }
    GgufFile key;
    key.keys = little(kAbsurd) + "name";
    key.key_count = 1;
    CHECK(contains(refusal(key.bytes() + std::string(64, 'x')), "a key"));
    CHECK(contains(refusal(GgufFile().key("k", 8, little(kAbsurd))), "`k`"));
    CHECK(contains(refusal(GgufFile().key("k", 9, little(std::uint32_t{8}) + little(kAbsurd))), "announces"));
    CHECK(contains(refusal(GgufFile().key("k", 9, little(std::uint32_t{10}) + little(kAbsurd * 2))), "`k`"));
    CHECK(contains(refusal(GgufFile().key("k", 9, little(std::uint32_t{4}) + little(~std::uint64_t{0}))), "`k`"));
    CHECK(
        refusal(GgufFile().key("k", 9, little(std::uint32_t{8}) + little(std::uint64_t{3}) + GgufFile::string("a"))) !=
        "nothing was refused");
}

TEST_CASE("Values of unknown types, arrays of arrays and booleans of 2 are refused") {
    CHECK(contains(refusal(GgufFile().key("k", 13, "x")), "unknown type 13"));
    CHECK(contains(refusal(GgufFile().key("k", 9, little(std::uint32_t{99}) + little(std::uint64_t{0}))), "99"));
    CHECK(contains(refusal(GgufFile().key("k", 9,
                                          little(std::uint32_t{9}) + little(std::uint64_t{1}) +
                                              little(std::uint32_t{4}) + little(std::uint64_t{0})),
                           ErrorCode::unsupported_model),
                   "arrays"));
    CHECK(contains(refusal(GgufFile().key("k", 7, "\x02")), "true nor false"));
    CHECK(contains(refusal(GgufFile().key("k", 9, little(std::uint32_t{7}) + little(std::uint64_t{2}) + "\x01\x07")),
                   "true nor false"));
}

TEST_CASE("Two keys or two tensors of one name are refused") {
    CHECK(contains(refusal(small_gguf().text("u8", "again")), "`u8`"));
    CHECK(contains(refusal(small_gguf().tensor("matrix", {1}, 0, tests::floats({1}))), "`matrix`"));
}

TEST_CASE("Shapes that lie are refused with the tensor's name") {
    const auto with = [](const std::vector<std::uint64_t>& shape, std::uint32_t type = 0) {
        return GgufFile().tensor("lie", shape, type, std::string(1024, '\0'));
    };
    CHECK(contains(refusal(with({})), "0 dimensions"));
    CHECK(contains(refusal(with({1, 1, 1, 1, 1})), "5 dimensions"));
    CHECK(contains(refusal(with({0, 4})), "size 0"));
    CHECK(contains(refusal(with({4, 0})), "size 0"));
    CHECK(contains(refusal(with({std::uint64_t{1} << 33, std::uint64_t{1} << 33})), "overflows"));
    CHECK(contains(refusal(with({256, std::uint64_t{1} << 40})), "needs"));
    CHECK(contains(refusal(with({kAbsurd})), "needs"));
    CHECK(contains(refusal(with({33}, 8)), "whole blocks of Q8_0"));
    CHECK(contains(refusal(with({32}, 12)), "whole blocks of Q4_K"));
    auto dimensions = with({1});
    dimensions.tensors.replace(8 + 3, 4, little(std::uint32_t{0xffffffff}));
    CHECK(contains(refusal(dimensions), "4294967295 dimensions"));
    CHECK(contains(refusal(with({1}, 999), ErrorCode::unsupported_model), "999"));
    for (const std::uint32_t type : {4U, 5U, 9U, 15U, 16U, 19U, 29U, 31U, 34U, 40U}) {
        CHECK(contains(refusal(with({256}, type), ErrorCode::unsupported_model), "`lie`"));
    }
}

TEST_CASE("Offsets that lie are refused with the tensor's name") {
    const auto at = [](std::uint64_t offset) {
        auto file = small_gguf();
        file.tensor_at("lie", {2}, 0, offset);
        file.data.resize(128);
        return file;
    };
    CHECK(refusal(at(96)) == "nothing was refused");
    CHECK(contains(refusal(at(97)), "multiple of 32"));
    CHECK(contains(refusal(at(1)), "multiple of 32"));
    CHECK(contains(refusal(at(128)), "`lie`"));
    CHECK(contains(refusal(at(kAbsurd)), "`lie`"));
    CHECK(contains(refusal(at(~std::uint64_t{0} - 31)), "`lie`"));
    CHECK(contains(refusal(at(0)), "overlaps"));
    CHECK(contains(refusal(at(32)), "overlaps"));
    CHECK(contains(refusal(at(64)), "overlaps"));
}

TEST_CASE("A GGUF file cut anywhere is refused") {
    const auto whole = small_gguf().bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO("cut at " << size);
        CHECK(refusal(whole.substr(0, size)) != "nothing was refused");
    }
}
