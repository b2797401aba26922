#include <familiar/data/tsv.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("quotes are ordinary characters in a TSV file") {
    const auto records = data::parse_tsv("a\tb\r\n\"say\t\"hi\n\nx\t\n");
    REQUIRE(records.size() == 3);
    CHECK(records[0].cells == std::vector<std::string>{"a", "b"});
    CHECK(records[1].cells == std::vector<std::string>{"\"say", "\"hi"});
    CHECK(records[2].cells == std::vector<std::string>{"x", ""});
    CHECK(records[2].line == 4);
    CHECK(data::parse_tsv("").empty());
}

TEST_CASE("a TSV file gives rows named by its header") {
    const ScratchFolder scratch;
    const auto rows = data::read_tsv(scratch.write("a.tsv", "text\tlabel\nit's \"fine\"\tyes\n"));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].value["text"] == "it's \"fine\"");
    const auto ragged = scratch.write("b.tsv", "text\tlabel\none\n");
    CHECK(error_of([&] { (void)data::read_tsv(ragged); }).where() == ragged.string() + ", line 2");
}
