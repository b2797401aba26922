#include <familiar/encoder/ragged_batch.hpp>

#include <catch2/catch.hpp>

using familiar::encoder::RaggedBatch;

TEST_CASE("sequences stand end to end, empty ones too") {
    RaggedBatch batch;
    CHECK(batch.sequences() == 0);
    CHECK(batch.tokens() == 0);
    batch.add(std::vector<std::int32_t>{1, 2, 3}, std::vector<std::uint8_t>{0, 0, 1});
    batch.add({}, {});
    batch.add(std::vector<std::int32_t>{4}, std::vector<std::uint8_t>{1});
    CHECK(batch.sequences() == 3);
    CHECK(batch.offsets == std::vector<std::size_t>{0, 3, 3, 4});
    CHECK(batch.length(0) == 3);
    CHECK(batch.length(1) == 0);
    CHECK(batch.length(2) == 1);
    CHECK(batch.ids == std::vector<std::int32_t>{1, 2, 3, 4});
    CHECK(batch.type_ids == std::vector<std::uint8_t>{0, 0, 1, 1});
}

TEST_CASE("a cleared batch is empty and keeps its memory") {
    RaggedBatch batch;
    batch.add(std::vector<std::int32_t>(100, 1), std::vector<std::uint8_t>(100, 0));
    const auto* memory = batch.ids.data();
    batch.clear();
    CHECK(batch.sequences() == 0);
    CHECK(batch.tokens() == 0);
    batch.add(std::vector<std::int32_t>(50, 2), std::vector<std::uint8_t>(50, 0));
    CHECK(batch.ids.data() == memory);
    CHECK(batch.length(0) == 50);
}
