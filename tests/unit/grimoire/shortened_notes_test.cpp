#include <familiar/grimoire/shortened_notes.hpp>

#include <catch2/catch.hpp>

#include <string>

using familiar::grimoire::lines_of_notes;
using familiar::grimoire::shortened_notes;

TEST_CASE("notes are shortened by whole lines from the end, blank ones do not count", "[shortened_notes]") {
    const std::string notes = "Rules:\n\n1. one\n2. two\n \n\n";
    CHECK(lines_of_notes(notes) == 3);
    CHECK(shortened_notes(notes, 0) == notes);
    CHECK(shortened_notes(notes, 1) == "Rules:\n\n1. one");
    CHECK(shortened_notes(notes, 2) == "Rules:");
    CHECK(shortened_notes(notes, 3).empty());
    CHECK(shortened_notes(notes, 9).empty());
    CHECK(shortened_notes("\n\n", 1).empty());
    CHECK(shortened_notes("", 1).empty());
    CHECK(lines_of_notes(" \n\n") == 0);
    for (std::size_t dropped = 0; dropped <= 3; ++dropped)
        CHECK(lines_of_notes(shortened_notes(notes, dropped)) == 3 - dropped);
}
