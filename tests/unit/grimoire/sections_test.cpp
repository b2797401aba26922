#include <familiar/grimoire/sections.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using familiar::grimoire::sections_of;

TEST_CASE("notes fall into sections at their headings, what stands before belongs to each", "[sections]") {
    CHECK(sections_of("plain\nnotes\n") == std::vector<std::string>{"plain\nnotes\n"});
    CHECK(sections_of("## a\nrule\n\n## b\n### deeper\nother") ==
          std::vector<std::string>{"## a\nrule", "## b\n### deeper\nother"});
    CHECK(sections_of("For all.\n\n## a\nrule\n## b") ==
          std::vector<std::string>{"For all.\n\n## a\nrule", "For all.\n\n## b"});
    const std::string flat = familiar::grimoire::without_marks("## a\nrule ## x\n## b");
    CHECK(flat == "a\nrule ## x\nb");
    CHECK(sections_of(flat).size() == 1);
}
