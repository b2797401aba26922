#include <familiar/prompt/sleicl_reply.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

// The published cases are in tests/golden/grimoire_prompts_test.cpp.
TEST_CASE("labels are compared in lower case, an empty reply is no label though the published metric counts it",
          "[sleicl_reply]") {
    Task task;
    task.labels = {"World", "Sci/Tech", "N.B."};
    CHECK(prompt::published_label("Answer: WORLD.", task) == 0);
    CHECK(prompt::published_label(" sci/tech ", task) == 1);
    CHECK_FALSE(prompt::published_label("N.B.", task)); // full stops are gone before it is compared, as published
    CHECK_FALSE(prompt::published_label("", task));
    CHECK(prompt::published_as_valid("", task, "any question"));
    CHECK_FALSE(prompt::published_as_valid("rambling on", task, "any question"));
    CHECK(prompt::published_reply("\xff X") == "\xff x");
}
