#include <familiar/text/json_view.hpp>

#include "support/scratch_folder.hpp"

#include <support/error_of.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

using namespace familiar;
using Catch::Contains;
using nlohmann::json;
using text::JsonView;

TEST_CASE("A view knows its place, however deep", "[text]") {
    const json document = json::parse(R"({"model": {"list": [{"id": 7}], "name": "x", "on": true, "nothing": null}})");
    const JsonView root(document, "file.json");
    CHECK(root.where() == "file.json");
    const JsonView entry = root.at("model").at("list").at(0).at("id");
    CHECK(entry.where() == "file.json, model.list[0].id");
    CHECK(entry.integer(0, 10) == 7);
    CHECK(root.at("model").at("name").string() == "x");
    CHECK(root.at("model").boolean_or("on", false));
    CHECK(root.at("model").boolean_or("off", true));
    CHECK(root.at("model").string_or("missing", "otherwise") == "otherwise");
    CHECK_FALSE(root.at("model").find("nothing").has_value()); // null counts as missing
    CHECK(root.at("model").at("list").array().size() == 1);
}

TEST_CASE("What is missing or of another type is named with its place", "[text]") {
    const json document = json::parse(R"({"model": {"list": [1, "two"], "name": "x"}})");
    const JsonView root(document, "file.json");
    CHECK_THROWS_WITH(root.at("vocab"), Contains("`vocab` is missing") && Contains("file.json"));
    CHECK_THROWS_WITH(root.at("model").at("list").find("x"),
                      Contains("object") && Contains("array found") && Contains("model.list"));
    CHECK_THROWS_WITH(root.at("model").at("list").at(2), Contains("more than 2 values"));
    CHECK_THROWS_WITH(root.at("model").at(0), Contains("array"));
    CHECK_THROWS_WITH(root.at("model").at("list").at(0).string(),
                      Contains("a string expected, number found") && Contains("model.list[0]"));
    CHECK_THROWS_WITH(root.at("model").at("name").boolean(), Contains("true or false"));
    CHECK_THROWS_WITH(root.at("model").at("name").array(), Contains("an array expected"));
}

TEST_CASE("Integers are held to their bounds, at the ends of 64 bits too", "[text]") {
    const json document = {
        std::uint64_t{18446744073709551615U}, std::int64_t{INT64_MIN}, std::int64_t{INT64_MAX}, 1.0, true, 5};
    const JsonView list(document, "f");
    CHECK_THROWS_AS(list.at(0).integer(INT64_MIN, INT64_MAX), Error);
    CHECK(list.at(1).integer(INT64_MIN, INT64_MAX) == INT64_MIN);
    CHECK(list.at(2).integer(0, INT64_MAX) == INT64_MAX);
    CHECK_THROWS_AS(list.at(3).integer(0, 10), Error);
    CHECK_THROWS_AS(list.at(4).integer(0, 10), Error);
    CHECK(list.at(5).integer(5, 5) == 5);
    CHECK_THROWS_WITH(list.at(5).integer(0, 4), Contains("from 0 to 4"));
    CHECK_THROWS_AS(list.at(5).integer(6, 9), Error);
}

TEST_CASE("A key that a terminal would obey is spelled byte by byte", "[text]") {
    const json document = json::parse("{\"\\u001b[2J\": 1}");
    const JsonView root(document, "f");
    CHECK(root.at("\x1b[2J").where() == "f, \\x1b[2J");
    CHECK_THROWS_WITH(root.at("\n"), Contains("`\\x0a` is missing"));
}

TEST_CASE("JSON that is none is refused with the byte where it goes wrong", "[text]") {
    CHECK(text::parse_model_json(R"({"a": [1]})", "f").at("a").at(0) == 1);
    CHECK_THROWS_WITH(text::parse_model_json("{\"a\": }", "file.json"), Contains("file.json, byte 7"));
    CHECK_THROWS_WITH(text::parse_model_json("", "file.json"), Contains("not JSON"));
    CHECK_THROWS_AS(text::parse_model_json("\"\xff\"", "f"), Error);
    CHECK_THROWS_WITH(text::parse_model_json("[-1e999]", "file.json"),
                      Contains("file.json") && Contains("beyond the range"));
    CHECK_THROWS_WITH(text::parse_model_json(std::string(200, '['), "f"), Contains("nested deeper than 128"));
}

TEST_CASE("A model's file is read whole, or the reason named", "[text]") {
    const tests::ScratchFolder folder;
    const auto path = folder.write("model.json", std::string("a\0b\r\n", 5));
    CHECK(text::read_model_file(path) == std::string("a\0b\r\n", 5));
    CHECK(text::read_model_file(folder.write("empty", "")).empty());
    CHECK(tests::error_of([&] { (void)text::read_model_file(folder.path() / "gone"); }).code() ==
          ErrorCode::file_not_found);
    CHECK(tests::error_of([&] { (void)text::read_model_file(folder.path()); }).code() == ErrorCode::file_unreadable);
    const Error large = tests::error_of([&] { (void)text::read_model_file(path, 4); });
    CHECK(large.code() == ErrorCode::malformed_model);
    CHECK_THAT(large.what(), Contains("5 bytes") && Contains("model.json"));
}
