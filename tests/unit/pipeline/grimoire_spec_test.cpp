#include <familiar/pipeline/grimoire_spec.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

using familiar::pipeline::grimoires::parse;

TEST_CASE("--grimoire is a name in the store unless it reads as something else", "[grimoire_spec]") {
    CHECK(parse("best").name == "best");
    CHECK(parse("oracle").name == "oracle");
    CHECK(parse("ranked:similarity").argument == "similarity");
    CHECK(parse("file:a/b.md").argument == "a/b.md");
    CHECK(parse(R"({"type": "best", "rows": 5})").parameters["rows"] == 5);
    for (const char* name : {"critics", "old/profound", "bestseller", "a: b", "files"}) {
        CHECK(parse(name).name == "stored");
        CHECK(parse(name).argument == name);
    }
    CHECK(familiar::tests::error_of([] { (void)parse(""); }).code() == familiar::ErrorCode::invalid_spec);
}
