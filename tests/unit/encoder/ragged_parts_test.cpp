#include <familiar/encoder/ragged_parts.hpp>

#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace familiar::encoder;
using familiar::tests::random_batch;

TEST_CASE("parts are whole sequences, one after another, and cover the batch") {
    RaggedParts parts;
    for (const auto& lengths : {std::vector<std::size_t>{},
                                {0, 0},
                                {5},
                                {300},
                                {3, 200, 1, 0, 90, 17, 64, 0},
                                std::vector<std::size_t>(40, 25),
                                {0, 1, 500, 1, 0}}) {
        const auto batch = random_batch(lengths, 40);
        for (const std::size_t threads : {1, 2, 3, 8}) {
            parts.cut(batch, threads);
            std::size_t row = 0, sequence = 0;
            for (const RaggedPart& part : parts.parts()) {
                CHECK(part.first_row == row);
                CHECK(part.first_sequence == sequence);
                CHECK(part.end_sequence > part.first_sequence);
                CHECK(part.end_row == batch.offsets[part.end_sequence]);
                row = part.end_row;
                sequence = part.end_sequence;
            }
            CHECK(row == batch.tokens());
            CHECK(sequence == batch.sequences());
        }
    }
}

TEST_CASE("many sequences make parts of about one size for every thread; one long one does not") {
    RaggedParts parts;
    const auto many = random_batch(std::vector<std::size_t>(64, 24), 40);
    REQUIRE(parts.cut(many, 2));
    CHECK(parts.parts().size() % 2 == 0);
    for (const RaggedPart& part : parts.parts()) CHECK(part.rows() <= RaggedParts::kRows + 24);
    CHECK_FALSE(parts.cut(random_batch({400}, 40), 2));
    CHECK_FALSE(parts.cut(random_batch({400, 3, 3}, 40), 2));
    CHECK(parts.cut(random_batch({400}, 40), 1));
}
