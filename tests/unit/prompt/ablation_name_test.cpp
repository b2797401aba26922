#include <familiar/prompt/ablation_name.hpp>

#include <catch2/catch.hpp>

using namespace familiar::prompt;

TEST_CASE("an ablation is named by what it leaves out") {
    CHECK(ablation_name({}).empty());
    CHECK(ablation_name({true, false, true, false}) == "-test-prediction-demonstrations");
    CHECK(ablation_name({false, true, false, true}) == "-confidence-grimoire");
}
