#include <familiar/demonstration/no_selector.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("The null selector shows nothing, whatever the pool") {
    demonstration::NoSelector selector;
    const std::vector<Example> examples(4);
    selector.prepare(Task{}, examples, 1);
    CHECK(selector.select(examples, 3) == std::vector<std::vector<std::size_t>>(4));
    CHECK(selector.identity() == "none");
}
