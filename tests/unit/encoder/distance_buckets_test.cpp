#include <familiar/encoder/distance_buckets.hpp>

#include <catch2/catch.hpp>

#include <utility>

using namespace familiar::encoder;

TEST_CASE("distances share a bucket as the published code has them") {
    // relative_position_bucket of transformers' MPNet, 32 buckets.
    for (const auto& [distance, bucket] : {std::pair(-600, 15),
                                           {-128, 15},
                                           {-91, 15},
                                           {-90, 14},
                                           {-64, 14},
                                           {-63, 13},
                                           {-32, 12},
                                           {-31, 11},
                                           {-16, 10},
                                           {-15, 9},
                                           {-12, 9},
                                           {-11, 8},
                                           {-7, 7},
                                           {-1, 1},
                                           {0, 0},
                                           {1, 17},
                                           {7, 23},
                                           {8, 24},
                                           {12, 25},
                                           {16, 26},
                                           {32, 28},
                                           {46, 29},
                                           {64, 30},
                                           {300, 31}}) {
        INFO(distance);
        CHECK(bucket_of_distance(distance, 32) == static_cast<std::size_t>(bucket));
    }
}

TEST_CASE("every bucket is in range, and buckets grow with the distance") {
    for (const std::size_t buckets : {4, 32, 64, 320}) {
        for (std::ptrdiff_t distance = 1; distance < 3000; ++distance) {
            const auto after = bucket_of_distance(distance, buckets), before = bucket_of_distance(-distance, buckets);
            REQUIRE(after < buckets);
            REQUIRE(after == before + buckets / 2);
            REQUIRE(after >= bucket_of_distance(distance - 1, buckets));
        }
    }
}

TEST_CASE("logarithmic buckets are those of the published code") {
    // make_log_bucket_position of transformers' DeBERTa-v2.
    for (const auto& [distance, bucket] : {std::pair(-511, -255),
                                           {-400, -233},
                                           {-300, -207},
                                           {-200, -169},
                                           {-129, -129},
                                           {-128, -128},
                                           {-5, -5},
                                           {0, 0},
                                           {128, 128},
                                           {131, 131},
                                           {132, 131},
                                           {150, 143},
                                           {256, 192},
                                           {511, 255}}) {
        INFO(distance);
        CHECK(log_bucket_of_distance(distance, 256, 512) == bucket);
    }
    for (const auto& [distance, bucket] : {std::pair(8, 8), {9, 9}, {10, 9}, {12, 10}, {40, 13}, {80, 15}, {95, 15}}) {
        CHECK(log_bucket_of_distance(distance, 16, 96) == bucket);
    }
    CHECK(log_bucket_of_distance(-77, 0, 512) == -77);
}
