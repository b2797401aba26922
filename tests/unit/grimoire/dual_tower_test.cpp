#include <familiar/grimoire/dual_tower.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using grimoire::DualTower;

namespace {

/// An LLM is right where question and grimoire are of the same kind: neither tower alone can tell.
struct Matching {
    Matching() {
        Random random(1, "test");
        for (int i = 0; i < 600; ++i) {
            const float kind = random.uniform() < 0.5 ? 0.0F : 1.0F, notes = random.uniform() < 0.5 ? 0.0F : 1.0F;
            contexts.push_back({kind, static_cast<float>(random.uniform()), 3.0F});
            grimoires.push_back({notes, static_cast<float>(random.uniform())});
            right.push_back(kind == notes);
        }
        for (std::size_t i = 0; i < right.size(); ++i)
            (i % 4 == 0 ? held_out : train).push_back({contexts[i], grimoires[i], right[i]});
    }
    std::vector<std::vector<float>> contexts, grimoires;
    std::vector<bool> right;
    std::vector<DualTower::Row> train, held_out;
};

} // namespace

TEST_CASE("both towers together learn what neither could alone, and tell it of rows not seen", "[dual_tower]") {
    const Matching data;
    DualTower tower({3, 2, 16});
    DualTower::Training how;
    how.epochs = 60;
    how.batch = 16;
    how.rate = 1e-2F;
    const double least = tower.fit(data.train, data.held_out, how);
    CHECK(least < 0.2);
    CHECK(tower.loss(data.held_out) == least);
    std::size_t correct = 0;
    for (const auto& row : data.held_out) {
        const double p = tower.probability(row.context, row.grimoire);
        CHECK((p >= 0.0 && p <= 1.0));
        correct += (p > 0.5) == row.right ? 1 : 0;
    }
    CHECK(correct >= data.held_out.size() * 95 / 100);

    DualTower again({3, 2, 16});
    CHECK(again.fit(data.train, data.held_out, how) == least);
    CHECK(again.values() == tower.values());
    const auto read = DualTower::from_values(tower.shape(), tower.values());
    CHECK(read.probability(data.contexts[0], data.grimoires[0]) ==
          tower.probability(data.contexts[0], data.grimoires[0]));
}

TEST_CASE("features of another size, values of another number and no rows are errors", "[dual_tower]") {
    DualTower tower({3, 2, 4});
    const std::vector<float> three(3), two(2);
    CHECK(tower.probability(three, two) == Approx(0.5));
    CHECK_THROWS_AS(tower.probability(two, two), Error);
    CHECK_THROWS_AS(tower.fit({}, {}, {}), Error);
    auto values = tower.values();
    values.pop_back();
    CHECK_THROWS_AS(DualTower::from_values({3, 2, 4}, values), Error);
}
