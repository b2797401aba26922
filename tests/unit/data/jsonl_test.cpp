#include <familiar/data/jsonl.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("rows keep their line numbers, and keys their order") {
    const ScratchFolder scratch;
    const auto rows =
        data::read_jsonl(scratch.write("a.jsonl", "\xef\xbb\xbf{\"b\": 1, \"a\": 2}\r\n\r\n  \t\n{\"text\": \"é\"}"));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].line == 1);
    CHECK(rows[0].value.dump() == R"({"b":1,"a":2})");
    CHECK(rows[1].line == 4);
    CHECK(rows[1].value["text"] == "é");
}

TEST_CASE("an empty file has no rows") {
    CHECK(data::parse_jsonl("", "a").empty());
    CHECK(data::parse_jsonl("\n \r\n", "a").empty());
}

TEST_CASE("a line that is no object is an error that names file and line") {
    const std::string deep = "{\"text\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    const std::vector<std::pair<std::string, ErrorCode>> cases = {
        {R"({"text": "abc)", ErrorCode::malformed_json},
        {"{\"text\": \"\xff\xfe\"}", ErrorCode::invalid_utf8},
        {"{\"text\": \"\xc0\xaf\"}", ErrorCode::invalid_utf8},
        {R"({"text": "\ud800"})", ErrorCode::malformed_json},
        {R"({"text": "\udc00\ud800"})", ErrorCode::malformed_json},
        {R"(["text"])", ErrorCode::malformed_row},
        {"7", ErrorCode::malformed_row},
        {R"({"text": "a"}{"text": "b"})", ErrorCode::malformed_json},
        {R"({"text": "a"} x)", ErrorCode::malformed_json},
        {R"({"text": 1e999})", ErrorCode::malformed_json},
        {R"({"text": NaN})", ErrorCode::malformed_json},
        {"{\"text\": \"a\tb\"}", ErrorCode::malformed_json}, // control characters must be escaped
        {std::string("{\"text\": \"a\0b\"}", 15), ErrorCode::malformed_json},
        {deep, ErrorCode::malformed_json},
        {std::string(100'000, '{'), ErrorCode::malformed_json},
    };
    for (const auto& [line, code] : cases) {
        CAPTURE(line.substr(0, 40));
        std::string text;
        for (int i = 0; i < 6; ++i) text += "{\"text\": \"row\"}\n";
        const auto error = error_of([&] { (void)data::parse_jsonl(text + line + "\n" + text, "rows.jsonl"); });
        CHECK(error.code() == code);
        CHECK(error.where() == "rows.jsonl, line 7");
        CHECK(std::string(error.what()).size() < 400);
    }
}

TEST_CASE("brackets inside texts do not count as nesting") {
    const std::string brackets(1000, '[');
    const auto rows = data::parse_jsonl("{\"text\": \"\\\"" + brackets + "\"}", "a");
    CHECK(rows[0].value["text"] == "\"" + brackets);
}

TEST_CASE("JSON as deep as allowed is read") {
    const std::string json = std::string(data::kDeepestNesting, '[') + std::string(data::kDeepestNesting, ']');
    CHECK_NOTHROW(data::parse_json(json, "x"));
    CHECK_THROWS_AS(data::parse_json("[" + json + "]", "x"), Error);
}
