#include <familiar/grimoire/playbook.hpp>

#include <catch2/catch.hpp>

using familiar::grimoire::Playbook;

TEST_CASE("a playbook is changed line by line, and what is no change is passed over", "[playbook]") {
    Playbook book;
    book.change("Here are the rules:\n- First rule of all.\n* Second one here\n3. A third, quite different\nDROP "
                "7\n\nThank you",
                10);
    REQUIRE(book.rules().size() == 3);
    CHECK(book.rules()[1].text == "Second one here");
    book.credit(2, 0);
    CHECK(book.text(false) == "- First rule of all.\n- Second one here\n- A third, quite different");

    book.change("MERGE 1 and 3: both in one\n- HURT 2\nDROP x\nMERGE 1 2\n- first rule of all", 10);
    REQUIRE(book.rules().size() == 3);
    CHECK(book.numbered() == "1. Second one here (helped 2, hurt 1)\n2. both in one (helped 4, hurt 0)\n"
                             "3. first rule of all (helped 0, hurt 0)");
    CHECK(book.text(true) == "- both in one (helped 4, hurt 0)\n- Second one here (helped 2, hurt 1)\n"
                             "- first rule of all (helped 0, hurt 0)");
}

TEST_CASE("rules that say the same are one, and what hurts more than it helps is dropped", "[playbook]") {
    CHECK(Playbook::same("Weigh each word, with care!", "weigh each word with care"));
    CHECK_FALSE(Playbook::same("Weigh each word", "Look at the verb"));
    Playbook book;
    book.change("- Weigh each word.\n- weigh each word\n- Look at the verb", 10);
    REQUIRE(book.rules().size() == 2);
    book.credit(1, 2);
    CHECK(book.rules().empty());
    book.change("- one thing\n- another matter\n- third idea altogether", 2);
    CHECK(book.rules().size() == 2);
    CHECK(book.text(false).size() > 10);
    book.change("DROP 1 2", 2);
    CHECK(book.rules().empty());
    CHECK(book.text(true).empty());
}
