#include <familiar/grimoire/outcome.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using grimoire::question_key;

TEST_CASE("questions are told apart by both texts, and not by their ids") {
    const Example one{"1", "a", {}, {}}, same{"2", "a", {}, "x"}, pair{"1", "a", "b", {}}, other{"1", "a", "c", {}};
    CHECK(question_key(one) == question_key(same));
    CHECK(question_key(one) != question_key(pair));
    CHECK(question_key(pair) != question_key(other));
}
