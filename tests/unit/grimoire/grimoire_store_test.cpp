#include <familiar/grimoire/grimoire_store.hpp>

#include <support/error_of.hpp>
#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace familiar;
using grimoire::GrimoireStore;
using grimoire::StoredGrimoire;
using tests::error_of;

namespace {

StoredGrimoire notes(const std::string& name, const std::string& text) {
    StoredGrimoire stored;
    stored.grimoire = {name, text};
    stored.provenance.strategy = "profound";
    stored.provenance.prompt_hash = store::sha256("");
    return stored;
}

std::vector<std::string> names(const GrimoireStore& grimoires) {
    std::vector<std::string> out;
    for (const auto& stored : grimoires.entries()) out.push_back(stored.grimoire.name);
    return out;
}

} // namespace

TEST_CASE("what is put into a store is there for the next reader, and nothing else is", "[grimoire_store]") {
    const tests::ScratchFolder scratch;
    const auto folder = scratch.path() / "a" / "grimoires";
    GrimoireStore grimoires(folder);
    CHECK(grimoires.entries().empty());
    CHECK_THAT(error_of([&] { (void)grimoires.require("x"); }).what(), Catch::Contains("familiar grimoire write"));
    grimoires.put(notes("second", "Two."));
    grimoires.put(notes("first", "One."));
    for (const char* left : {"second.md~", ".third.md", "Thumbs.db"}) std::ofstream(folder / left) << "\xff";
    std::filesystem::create_directories(folder / "folder.md");

    const GrimoireStore read(folder);
    CHECK(names(read) == std::vector<std::string>{"first", "second"});
    CHECK(read.require("second").grimoire.text == "Two.");
    CHECK(read.find("third") == nullptr);
    CHECK_THAT(error_of([&] { (void)read.require("secnd"); }).what(), Catch::Contains("Did you mean second?"));

    CHECK(error_of([&] { grimoires.put(notes("first", "Else.")); }).code() == ErrorCode::conflicting_run);
    for (const char* bad : {"", ".", "..", "a/b", "../x", "a\\b", "best", "file:x", "a\nb"}) {
        CHECK(error_of([&] { grimoires.put(notes(bad, "Text.")); }).code() == ErrorCode::invalid_argument);
    }
    CHECK(error_of([&] { grimoires.put(notes("empty", " \n")); }).code() == ErrorCode::invalid_argument);
    CHECK(names(GrimoireStore(folder)).size() == 2);
}

TEST_CASE("a text that was edited by hand is told of once, and its hash follows it", "[grimoire_store]") {
    const tests::ScratchFolder scratch;
    GrimoireStore first(scratch.path());
    const auto file = first.put(notes("mine", "Old.")).file;
    const std::string before = tests::contents_of(file);
    CHECK(first.bring_hashes_up_to_date().empty());
    std::ofstream(file, std::ios::app) << "New.\n";

    GrimoireStore second(scratch.path());
    CHECK(second.bring_hashes_up_to_date() == std::vector<std::string>{"mine"});
    CHECK(second.bring_hashes_up_to_date().empty());
    CHECK(second.require("mine").grimoire.text == "Old.\nNew.");
    GrimoireStore third(scratch.path());
    CHECK(third.bring_hashes_up_to_date().empty());

    // Undone by hand, the hash undone, too: the file is what it was.
    std::string undone = tests::contents_of(file);
    std::ofstream(file, std::ios::binary) << undone.erase(undone.size() - 5);
    CHECK(GrimoireStore(scratch.path()).bring_hashes_up_to_date().size() == 1);
    CHECK(tests::contents_of(file) == before);
}

TEST_CASE("two files of one name, and a store that is no folder, are errors", "[grimoire_store]") {
    const tests::ScratchFolder scratch;
    GrimoireStore grimoires(scratch.path());
    const auto file = grimoires.put(notes("mine", "Text.")).file;
    std::filesystem::copy_file(file, scratch.path() / "twin.md");
    const auto error = error_of([&] { GrimoireStore again(scratch.path()); });
    CHECK_THAT(error.what(), Catch::Contains("mine.md") && Catch::Contains("twin.md"));
    CHECK(error_of([&] { GrimoireStore none(file); }).code() == ErrorCode::file_unreadable);
}

TEST_CASE("the published archive is a store of 224 grimoires", "[grimoire_store]") {
    REQUIRE_RESOURCE(folder, dataset("grimoire_archive/grimoire_prompts"));
    GrimoireStore archive(folder);
    CHECK(archive.entries().size() == 224);
    CHECK(archive.bring_hashes_up_to_date().empty());
    std::size_t profound = 0;
    for (const auto& stored : archive.entries()) {
        CHECK(stored.grimoire.text.size() > 200);
        profound += stored.provenance.strategy == "profound" ? 1 : 0;
    }
    CHECK(profound == 112);
}
