#include <familiar/weights/safetensors_header.hpp>

#include <unit/weights/model_files.hpp>

#include <catch2/catch.hpp>

#include <span>
#include <string>

using namespace familiar;
using namespace familiar::weights;
using familiar::tests::little;
using familiar::tests::safetensors_file;

namespace {

SafetensorsHeader read(const std::string& file) {
    return read_safetensors_header(std::as_bytes(std::span(file)), "m.safetensors");
}

/// The message of the error, which must name the file.
std::string refusal(const std::string& file, ErrorCode code = ErrorCode::malformed_model) {
    try {
        (void)read(file);
    } catch (const Error& error) {
        CHECK(error.code() == code);
        CHECK(std::string(error.what()).find("m.safetensors") != std::string::npos);
        return error.what();
    }
    return "nothing was refused";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string one(const std::string& fields, std::size_t bytes = 8) {
    return safetensors_file(R"({"weight":{)" + fields + "}}", std::string(bytes, '\0'));
}

} // namespace

TEST_CASE("A safetensors header gives types, shapes and places in the order of the data") {
    const auto header = read(tests::small_safetensors());
    REQUIRE(header.tensors.size() == 4);
    const auto& a = header.tensors[0];
    CHECK(a.name == "a");
    CHECK(a.type == tensor::ElementType::f32);
    CHECK(a.dimensions == 2);
    CHECK(a.shape[0] == 2);
    CHECK(a.shape[1] == 3);
    CHECK(a.begin == 0);
    CHECK(a.end == 24);
    CHECK(header.tensors[2].name == "empty");
    CHECK(header.tensors[3].dimensions == 0);
    CHECK(header.metadata.at("format") == "pt");
    CHECK(header.data_begin % 2 == 0);
}

TEST_CASE("A safetensors file without tensors is a file") {
    CHECK(read(safetensors_file("{}", "")).tensors.empty());
}

TEST_CASE("Every type of the format that is known has its width") {
    for (const auto& [name, width] : {std::pair("F64", 8),
                                      {"F32", 4},
                                      {"F16", 2},
                                      {"BF16", 2},
                                      {"I64", 8},
                                      {"I32", 4},
                                      {"I16", 2},
                                      {"I8", 1},
                                      {"U8", 1},
                                      {"BOOL", 1}}) {
        const auto fields = std::string(R"("dtype":")") + name + R"(","shape":[3],"data_offsets":[0,)" +
                            std::to_string(3 * width) + "]";
        CHECK(read(one(fields, static_cast<std::size_t>(3 * width))).tensors.size() == 1);
        CHECK(contains(refusal(one(R"("dtype":")" + std::string(name) + R"(","shape":[3],"data_offsets":[0,7])", 7)),
                       "weight"));
    }
    CHECK(contains(refusal(one(R"("dtype":"F33","shape":[2],"data_offsets":[0,8])"), ErrorCode::unsupported_model),
                   "F33"));
    // quantised types exist in GGUF only
    CHECK(contains(refusal(one(R"("dtype":"Q8_0","shape":[2],"data_offsets":[0,8])"), ErrorCode::unsupported_model),
                   "Q8_0"));
}

TEST_CASE("A header length that lies is refused before anything is read or reserved") {
    CHECK(contains(refusal(""), "ends within"));
    CHECK(contains(refusal(std::string(7, '\0')), "ends within"));
    CHECK(contains(refusal(std::string(8, '\0')), "begin with {"));
    for (const std::uint64_t length : {std::uint64_t{1} << 60, ~std::uint64_t{0}, std::uint64_t{100}}) {
        CHECK(contains(refusal(little(length) + "{}"), "announced"));
    }
    auto file = tests::small_safetensors();
    for (const int change : {-4, -3, -2, -1, 1, 2}) {
        auto changed = file;
        changed[0] = static_cast<char>(changed[0] + change);
        CHECK(refusal(changed) != "nothing was refused");
    }
}

TEST_CASE("A header that is no JSON object is refused with the byte") {
    CHECK(contains(refusal(safetensors_file("[1]", "")), "begin with {"));
    CHECK(contains(refusal(safetensors_file(R"({"a":)", "")), "byte 1"));
    CHECK(contains(refusal(safetensors_file("{} x", "")), "byte"));
    CHECK(contains(refusal(safetensors_file("{\"a\xff\":{}}", "")), "byte"));
    CHECK(contains(refusal(safetensors_file(R"({"a":7})", "")), "`a`"));
    CHECK(contains(refusal(safetensors_file(R"({"a":null})", "")), "null"));
    CHECK(contains(refusal(safetensors_file(R"({"a":[]})", "")), "array"));
    CHECK(contains(refusal(safetensors_file(R"({"a":"b"})", "")), "string"));
}

TEST_CASE("Nesting of any depth is refused and does not exhaust the stack") {
    for (const std::size_t depth : {std::size_t{100'000}, std::size_t{5'000'000}}) {
        CHECK(contains(refusal(safetensors_file(R"({"a":)" + std::string(depth, '['), "")), "array"));
        std::string objects;
        for (std::size_t i = 0; i < depth / 5; ++i) objects += R"({"a":)";
        CHECK(refusal(safetensors_file(objects, "")) != "nothing was refused");
    }
    CHECK(contains(refusal(safetensors_file(R"({"__metadata__":{"a":{}}})", "")), "no string"));
}

TEST_CASE("A field that is missing, unknown, doubled or of the wrong kind is refused with the tensor's name") {
    const std::string type = R"("dtype":"F32")", shape = R"("shape":[2])", offsets = R"("data_offsets":[0,8])";
    for (const auto& fields :
         {type + "," + shape, type + "," + offsets, shape + "," + offsets, std::string(),
          type + "," + shape + "," + offsets + R"(,"extra":1)", type + "," + shape + "," + offsets + "," + type,
          R"("dtype":5,)" + shape + "," + offsets, R"("dtype":["F32"],)" + shape + "," + offsets,
          type + R"(,"shape":2,)" + offsets, type + R"(,"shape":[-2],)" + offsets,
          type + R"(,"shape":[2.0],)" + offsets, type + R"(,"shape":["2"],)" + offsets,
          type + R"(,"shape":[[2]],)" + offsets, type + R"(,"shape":[99999999999999999999],)" + offsets,
          type + "," + shape + R"(,"data_offsets":[0])", type + "," + shape + R"(,"data_offsets":[0,8,8])",
          type + "," + shape + R"(,"data_offsets":[-8,0])", type + "," + shape + R"(,"data_offsets":{})",
          type + "," + shape + R"(,"data_offsets":8)"}) {
        INFO(fields);
        CHECK(contains(refusal(one(fields)), "weight"));
    }
    CHECK(contains(refusal(one(type + R"(,"shape":[2,1,1,1,1],)" + offsets), ErrorCode::unsupported_model), "four"));
}

TEST_CASE("Two tensors or two metadata of one name are refused") {
    CHECK(contains(refusal(safetensors_file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                            R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                            "xy")),
                   "twice"));
    CHECK(contains(refusal(safetensors_file(R"({"__metadata__":{"k":"1","k":"2"}})", "")), "twice"));
    CHECK(contains(refusal(safetensors_file(R"({"__metadata__":{},"__metadata__":{}})", "")), "twice"));
    CHECK(contains(refusal(safetensors_file(R"({"__metadata__":{"k":1}})", "")), "`k`"));
}

TEST_CASE("Offsets that lie are refused") {
    const auto with = [](const std::string& shape, const std::string& offsets) {
        return one(R"("dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets);
    };
    CHECK(contains(refusal(with("[2]", "[0,16]")), "offsets"));
    CHECK(contains(refusal(with("[2]", "[1152921504606846976,1152921504606846984]")), "offsets"));
    CHECK(contains(refusal(with("[2]", "[8,0]")), "offsets"));
    CHECK(contains(refusal(with("[1]", "[0,8]")), "needs 4 bytes"));
    CHECK(contains(refusal(with("[4294967296,4294967296,4294967296]", "[0,8]")), "overflows"));
    CHECK(contains(refusal(with("[1152921504606846976]", "[0,8]")), "needs"));
    CHECK(contains(refusal(with("[1]", "[0,4]")), "4 bytes follow"));
    CHECK(contains(refusal(with("[1]", "[4,8]")), "hole"));
}

TEST_CASE("Data that overlaps or is not covered is refused") {
    const auto two = [](const std::string& first, const std::string& second, std::size_t bytes) {
        return safetensors_file(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
                                    R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}",
                                std::string(bytes, 'x'));
    };
    CHECK(read(two("[0,4]", "[4,8]", 8)).tensors[1].name == "b");
    CHECK(read(two("[4,8]", "[0,4]", 8)).tensors[1].name == "a");
    CHECK(contains(refusal(two("[0,4]", "[0,4]", 8)), "overlaps"));
    CHECK(contains(refusal(two("[0,4]", "[3,7]", 8)), "overlaps"));
    CHECK(contains(refusal(two("[0,4]", "[5,9]", 9)), "hole"));
    CHECK(contains(refusal(two("[0,4]", "[4,8]", 9)), "follow"));
}
