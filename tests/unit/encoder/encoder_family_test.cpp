#include <familiar/encoder/encoder_family.hpp>

#include <catch2/catch.hpp>

using namespace familiar::encoder;

TEST_CASE("families are found by the spelling of config.json only") {
    REQUIRE(find_family("bert") != nullptr);
    CHECK(find_family("bert")->prefix == "bert.");
    CHECK(find_family("bert")->first_position == 0);
    CHECK(find_family("BERT") == nullptr);
    CHECK(find_family("frobnicate") == nullptr);
    CHECK(find_family("") == nullptr);
    CHECK(family_names().find("bert") != std::string::npos);
}
