#include <familiar/pipeline/batch.hpp>

#include <catch2/catch.hpp>

using namespace familiar;

TEST_CASE("One selection stands for all rows, as many as rows each for its own") {
    const std::vector<Example> examples(3);
    const Grimoire notes{"a", "b"};
    pipeline::Batch batch;
    batch.examples = examples;
    batch.selections = {{4, 5}};
    batch.grimoires = {&notes};
    CHECK(batch.size() == 3);
    CHECK(batch.selection(2) == std::vector<std::size_t>{4, 5});
    CHECK(batch.grimoire(2) == &notes);
    batch.selections = {{1}, {2}, {3}};
    batch.grimoires = {nullptr, &notes, nullptr};
    CHECK(batch.selection(2) == std::vector<std::size_t>{3});
    CHECK(batch.grimoire(1) == &notes);
    CHECK(batch.grimoire(0) == nullptr);
}
