#include <familiar/weights/json_file.hpp>

#include "unit/weights/model_files.hpp"

#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using Catch::Matchers::Contains;
using weights::JsonFile;

namespace {

/// The message of the error that `work` throws.
template <class Work> std::string complaint(ErrorCode code, Work&& work) {
    try {
        work();
    } catch (const Error& e) {
        CHECK(e.code() == code);
        return e.what();
    }
    FAIL("no error");
    return {};
}

} // namespace

TEST_CASE("a missing file, a folder and broken JSON are refused by name") {
    const tests::ScratchFolder folder;
    CHECK_THAT(complaint(ErrorCode::file_not_found, [&] { JsonFile(folder.path() / "gone.json"); }),
               Contains("gone.json"));
    CHECK_THAT(complaint(ErrorCode::file_unreadable, [&] { JsonFile{folder.path()}; }),
               Contains(folder.path().string()));
    for (const std::string text : {"", "{", "{\"a\": 1", "[1, 2,]", "{\"a\": \"\xff\"}", "nul", "{\"a\": 1e999}"}) {
        const auto path = folder.write("broken.json", text);
        CHECK_THAT(complaint(ErrorCode::malformed_json, [&] { JsonFile{path}; }), Contains("broken.json"));
    }
}

TEST_CASE("nesting is refused before it is parsed, brackets in strings are text") {
    const tests::ScratchFolder folder;
    const auto deep = folder.write("deep.json", std::string(100'000, '[') + std::string(100'000, ']'));
    CHECK_THAT(complaint(ErrorCode::malformed_json, [&] { JsonFile{deep}; }),
               Contains("deep.json") && Contains("nested"));
    const auto text = folder.write("text.json", "{\"a\": \"\\\"" + std::string(1000, '[') + "\"}");
    CHECK(JsonFile(text).find_string("a")->size() == 1001);
}

TEST_CASE("a file beyond the limit is refused unread") {
    const tests::ScratchFolder folder;
    const auto path = folder.write("large.json", std::string(JsonFile::kMaxBytes + 1, ' '));
    CHECK_THAT(complaint(ErrorCode::malformed_json, [&] { JsonFile{path}; }), Contains("larger than 16 MiB"));
}

TEST_CASE("values are asked for by type and range, the key is named") {
    const tests::ScratchFolder folder;
    const JsonFile file(folder.write(
        "c.json",
        R"({"n": 7, "minus": -1, "half": 0.5, "text": "x", "yes": true, "none": null, "huge": 1152921504606846976})"));
    CHECK(file.size_at("n", 0, 10) == 7);
    CHECK(file.find_size("absent", 0, 10) == std::nullopt);
    CHECK(file.find_size("none", 0, 10) == std::nullopt);
    CHECK(file.find_number("half", 0, 1) == 0.5);
    CHECK(file.find_number("n", 0, 10) == 7.0);
    CHECK(file.find_string("text") == "x");
    CHECK(file.find_bool("yes") == true);
    const auto malformed = ErrorCode::malformed_model;
    CHECK_THAT(complaint(malformed, [&] { (void)file.size_at("absent", 0, 1); }), Contains("\"absent\" is missing"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.size_at("none", 0, 1); }), Contains("\"none\" is missing"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.size_at("n", 0, 6); }), Contains("\"n\" is 7, outside 0 to 6"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.size_at("huge", 0, 6); }), Contains("1152921504606846976"));
    for (const char* key : {"minus", "half", "text", "yes"}) {
        CHECK_THAT(complaint(malformed, [&] { (void)file.size_at(key, 0, 10); }),
                   Contains(key) && Contains("whole number"));
    }
    CHECK_THAT(complaint(malformed, [&] { (void)file.find_number("text", 0, 1); }), Contains("must be a number"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.find_number("minus", 0, 1); }), Contains("outside"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.find_string("n"); }), Contains("must be a string, not 7"));
    CHECK_THAT(complaint(malformed, [&] { (void)file.find_bool("n"); }), Contains("must be true or false"));
}

TEST_CASE("an array is no object, and looks like one without keys") {
    const tests::ScratchFolder folder;
    const JsonFile file(folder.write("a.json", "[1, 2]"));
    CHECK(file.find("a") == nullptr);
    CHECK_THAT(complaint(ErrorCode::malformed_model, [&] { file.require_object(); }),
               Contains("a.json") && Contains("array"));
}

TEST_CASE("an object inside is read like a file, and messages name file and key") {
    const tests::ScratchFolder folder;
    const auto path =
        folder.write("nested.json", R"({"inside": {"size": -1, "list": [1, 2.5], "bad": [1, "x"]}, "flat": 3})");
    const JsonFile file(path);
    CHECK_FALSE(file.find_object("gone"));
    CHECK_THAT(complaint(ErrorCode::malformed_model, [&] { static_cast<void>(file.find_object("flat")); }),
               Contains("\"flat\""));
    const auto inside = file.find_object("inside");
    REQUIRE(inside);
    CHECK(inside->find_numbers("list", 0.0, 10.0) == std::vector<double>{1.0, 2.5});
    CHECK_FALSE(inside->find_numbers("gone", 0.0, 10.0));
    CHECK_THAT(complaint(ErrorCode::malformed_model, [&] { static_cast<void>(inside->find_size("size", 0, 9)); }),
               Contains("nested.json") && Contains("\"inside\"") && Contains("\"size\""));
    CHECK_THAT(complaint(ErrorCode::malformed_model, [&] { static_cast<void>(inside->find_numbers("bad", 0.0, 9.0)); }),
               Contains("\"bad\"") && Contains("\"x\""));
    CHECK_THAT(
        complaint(ErrorCode::malformed_model, [&] { static_cast<void>(inside->find_numbers("list", 0.0, 2.0)); }),
        Contains("2.5"));
}
