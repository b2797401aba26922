#include <familiar/prompt/any_format.hpp>

#include "unit/pipeline/toy_policies.hpp"

#include <familiar/prompt/original_format.hpp>

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("An erased format writes and reads what the format does") {
    const prompt::OriginalFormat plain;
    const prompt::AnyFormat erased{prompt::OriginalFormat()};
    const Task task = colour_task();
    const std::vector<Demonstration> shown = {{colour_examples("train", 1)[0], Prediction{1, 0.5, {}}}};
    const Example query = colour_examples("test", 1)[0];
    const std::optional<Prediction> prediction = Prediction{2, 0.25, {}};
    const auto prefix = erased.prefix(task, {shown, nullptr});
    CHECK(*prefix == *plain.prefix(task, {shown, nullptr}));
    CHECK(erased.query(task, prefix, query, prediction).text() == plain.query(task, prefix, query, prediction).text());
    CHECK(erased.explanation(task, prefix, query, prediction, "red").text() ==
          plain.explanation(task, prefix, query, prediction, "red").text());
    CHECK(erased.candidate("red") == plain.candidate("red"));
    CHECK(erased.identity() == plain.identity());
    CHECK(erased.parse(task, " red\n") == 0U);
    CHECK_FALSE(erased.parse(task, "Red").has_value()); // exact, as the format inside is
}
