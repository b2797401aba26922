#include <familiar/data/csv.hpp>

#include <support/error_of.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::tests;

namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> cells(const std::string& text) {
    std::vector<Cells> all;
    for (auto& record : data::parse_csv(text, "a.csv")) all.push_back(std::move(record.cells));
    return all;
}

} // namespace

TEST_CASE("plain and quoted cells are read as RFC 4180 has them") {
    CHECK(cells("a,b\r\nc,d\r\n") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
    CHECK(cells("a,b\nc,d") == std::vector<Cells>{{"a", "b"}, {"c", "d"}});
    CHECK(cells("\"a,b\",\"say \"\"hi\"\"\"\n") == std::vector<Cells>{{"a,b", "say \"hi\""}});
    CHECK(cells("\"two\r\nlines\",x\n") == std::vector<Cells>{{"two\r\nlines", "x"}});
    CHECK(cells("a,,\n,\n") == std::vector<Cells>{{"a", "", ""}, {"", ""}});
    CHECK(cells("\"\"\n") == std::vector<Cells>{{""}});
    CHECK(cells("a\n\n\r\nb\n") == std::vector<Cells>{{"a"}, {"b"}});
    CHECK(cells(" a , b\rc\n") == std::vector<Cells>{{" a ", " b\rc"}});
    CHECK(cells("").empty());
}

TEST_CASE("records know their line, counted through line breaks in quotes") {
    const auto records = data::parse_csv("h\n\"x\ny\"\n\nz\n", "a.csv");
    REQUIRE(records.size() == 3);
    CHECK(records[0].line == 1);
    CHECK(records[1].line == 2);
    CHECK(records[2].line == 5);
}

TEST_CASE("quotes in wrong places are errors that name the line") {
    CHECK(error_of([] { data::parse_csv("a\nb\n\"open", "a.csv"); }).where() == "a.csv, line 3");
    CHECK(error_of([] { data::parse_csv("a\n\"b\"c\n", "a.csv"); }).where() == "a.csv, line 2");
    CHECK(error_of([] { data::parse_csv("a\nb\"c\n", "a.csv"); }).where() == "a.csv, line 2");
}

TEST_CASE("a CSV file gives rows named by its header") {
    const ScratchFolder scratch;
    const auto rows = data::read_csv(scratch.write("a.csv", "\xef\xbb\xbftext,label\n\"one, two\",yes\nthree,no\n"));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].value.dump() == R"({"text":"one, two","label":"yes"})");
    CHECK(rows[1].line == 3);
}

TEST_CASE("a table that is not rectangular, or whose header is no use, is an error") {
    const ScratchFolder scratch;
    const auto read = [&](const std::string& text) {
        const auto path = scratch.write("a.csv", text);
        return error_of([&] { (void)data::read_csv(path); });
    };
    CHECK(read("").code() == ErrorCode::empty_data);
    CHECK_THAT(read("text,label\na\n").what(), Catch::Contains("line 2"));
    CHECK_THAT(read("text,label\na,b\na,b,c\n").what(), Catch::Contains("line 3"));
    CHECK_THAT(read("text,text\na,b\n").what(), Catch::Contains("\"text\""));
    CHECK(read("text\n\xff\n").code() == ErrorCode::invalid_utf8);
}
