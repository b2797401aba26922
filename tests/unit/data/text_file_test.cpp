#include <familiar/data/text_file.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("a text file is read whole, without its byte-order mark") {
    const ScratchFolder scratch;
    CHECK(data::read_text_file(scratch.write("a", "\xef\xbb\xbfone\ntwo")) == "one\ntwo");
    CHECK(data::read_text_file(scratch.write("b", "")).empty());
    const std::string large(300'000, 'x');
    CHECK(data::read_text_file(scratch.write("c", large)) == large);
}

TEST_CASE("a file that is missing or a folder is an error that names it") {
    const ScratchFolder scratch;
    const auto gone = error_of([&] { (void)data::read_text_file(scratch.path() / "gone.txt"); });
    CHECK(gone.code() == ErrorCode::file_not_found);
    CHECK_THAT(gone.what(), Catch::Contains("gone.txt"));
    const auto folder = error_of([&] { (void)data::read_text_file(scratch.path()); });
    CHECK(folder.code() == ErrorCode::file_unreadable);
    CHECK_THAT(folder.what(), Catch::Contains(scratch.path().string()));
}

TEST_CASE("text that is not UTF-8 is an error that names file and line") {
    CHECK_NOTHROW(data::require_utf8("grün", "f.csv"));
    const auto error = error_of([] { data::require_utf8("one\ntwo\nthr\xff", "f.csv"); });
    CHECK(error.code() == ErrorCode::invalid_utf8);
    CHECK(error.where() == "f.csv, line 3");
}
