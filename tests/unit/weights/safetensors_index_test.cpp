#include <familiar/weights/safetensors_index.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <span>
#include <string>

using namespace familiar;

namespace {

std::map<std::string, std::string> read(const std::string& text) {
    return weights::read_safetensors_index(std::as_bytes(std::span(text)), "index.json");
}

std::string refusal(const std::string& text) {
    try {
        (void)read(text);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::malformed_model);
        return error.what();
    }
    return "nothing was refused";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("An index says in which file each tensor stands, whatever else it holds") {
    const auto places = read(R"({"metadata":{"total_size":12,"weight_map":{"x":"y"},"l":[[1.5,null,true]]},)"
                             R"("weight_map":{"a":"one.safetensors","b":"two.safetensors"},"more":"text"})");
    CHECK(places == std::map<std::string, std::string>{{"a", "one.safetensors"}, {"b", "two.safetensors"}});
}

TEST_CASE("An index that is no index is refused with its name") {
    for (const auto* const text : {"", "{", "7", "[]", "null", "\"x\"", "{}", R"({"weight_map":[]})",
                                   R"({"weight_map":7})", R"({"weight_map":{"a":1}})", R"({"weight_map":{"a":{}}})",
                                   R"({"weight_map":{"a":"f","a":"g"}})", R"({"weight_map":{},"weight_map":{}})"}) {
        INFO(text);
        CHECK(contains(refusal(text), "index.json"));
    }
}

TEST_CASE("An index cannot lead out of its directory") {
    for (const auto* const file : {"", ".", "..", "../x", "/etc/passwd", "a/b", "a\\\\b", "a\\u0000b"}) {
        INFO(file);
        CHECK(contains(refusal(std::string(R"({"weight_map":{"a":")") + file + "\"}}"), "beside the index"));
    }
}

TEST_CASE("Nesting of any depth in an index is refused") {
    const std::size_t depth = 100'000;
    CHECK(contains(refusal(R"({"metadata":)" + std::string(depth, '[') + std::string(depth, ']') + "}"), "nested"));
    CHECK(contains(refusal(std::string(depth, '[')), "no JSON object"));
}
