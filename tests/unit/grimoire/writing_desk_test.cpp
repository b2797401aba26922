#include <familiar/grimoire/writing_desk.hpp>

#include <support/toy_desk.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace familiar;

TEST_CASE("samples are so many of each label, or so many in all where there are none", "[writing_desk]") {
    tests::ToyDesk toy;
    auto chosen = toy.desk.choose(toy.desk.train.first(5), 3, 0);
    CHECK(grimoire::ids_of(chosen).size() == 5); // three up, two down
    CHECK(*chosen.front().label == "up");
    CHECK(*chosen.back().label == "down");
    toy.task.labels.clear();
    CHECK(toy.desk.choose(toy.desk.train, 3, 0).size() == 3);
    CHECK_THROWS_AS(toy.desk.require_labels("mistakes"), Error);
}

TEST_CASE("halves share nothing, hold everything, and have as much of each label", "[writing_desk]") {
    const tests::ToyDesk toy;
    const auto [first, second] = grimoire::in_halves(toy.task, toy.desk.train.first(7), 3, "test");
    CHECK(first.size() == 4);
    CHECK(second.size() == 3);
    std::set<std::string> ids;
    for (const auto* half : {&first, &second}) {
        for (const auto& row : *half) ids.insert(row.id);
    }
    CHECK(ids.size() == 7);
    CHECK(std::count_if(first.begin(), first.end(), [](const Example& e) { return e.label == "up"; }) == 2);
    CHECK(grimoire::in_halves(toy.task, toy.desk.train.first(7), 3, "test").first == first);
    CHECK(grimoire::in_halves(toy.task, toy.desk.train, 4, "test").first !=
          grimoire::in_halves(toy.task, toy.desk.train, 5, "test").first);
}
