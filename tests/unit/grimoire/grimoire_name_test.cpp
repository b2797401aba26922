#include <familiar/grimoire/grimoire_name.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>

TEST_CASE("a grimoire's name is a file's name on any system", "[grimoire_name]") {
    using familiar::grimoire::fault_of_name;
    for (const char* good : {"a", "kcs-4 v2", "Grimoire_1.2", "näher", "files", "ranked"})
        CHECK(fault_of_name(good).empty());
    for (const std::string& bad : {std::string(), std::string("."), std::string(".a"), std::string("a/b"),
                                   std::string("a\\b"), std::string(" a"), std::string("a\t"), std::string("a\0b", 3),
                                   std::string(201, 'a'), std::string("oracle"), std::string("ranked:x")}) {
        CHECK_FALSE(fault_of_name(bad).empty());
    }
    const auto error = familiar::tests::error_of([] { familiar::grimoire::require_grimoire_name("a/b", "--name"); });
    CHECK_THAT(error.what(), Catch::StartsWith("--name: `a/b`"));
    CHECK(error.code() == familiar::ErrorCode::invalid_argument);
}
