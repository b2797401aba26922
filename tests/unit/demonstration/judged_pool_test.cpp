#include <familiar/demonstration/judged_pool.hpp>

#include "pool.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::tests;

TEST_CASE("what the pipeline's plug-in said counts, once; else a judge is made") {
    const auto pool = pool_of("a.bc");
    const std::vector<std::size_t> positions = {0, 2, 3};
    int made = 0;
    demonstration::JudgedPool<LengthJudge> judged([&] {
        ++made;
        return LengthJudge();
    });
    std::vector<Prediction> told(4);
    for (std::size_t i = 0; i < 4; ++i) told[i].confidence = 0.1 * static_cast<double>(i);
    judged.learn(told);
    const auto learned = judged.predictions(three_labels(), pool, positions, "test");
    REQUIRE(learned.size() == 3);
    CHECK(learned[1] == told[2]);
    CHECK(made == 0);
    CHECK(judged.predictions(three_labels(), pool, positions, "test")[1].confidence > 0.9);
    CHECK(made == 1);
    CHECK(judged.predictions(three_labels(), pool, {}, "test").empty());
    CHECK_THROWS_AS(judged.predictions(Task(), pool, positions, "test"), Error);
}
