#include <familiar/plugin/no_plugin.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;

TEST_CASE("the null plug-in is absent, and sure of nothing where it is asked all the same") {
    STATIC_REQUIRE(plugin::IsAbsent<plugin::NoPlugin>);
    STATIC_REQUIRE_FALSE(plugin::PredictsOutOfFold<plugin::NoPlugin>);
    plugin::NoPlugin none;
    none.prepare(Task(), {});
    CHECK(none.identity() == "none");
    const std::vector<Example> examples(3);
    const auto predictions = none.predict(examples);
    CHECK(predictions.size() == 3);
    for (const auto& p : predictions) CHECK(p.confidence == 0.0);
}
