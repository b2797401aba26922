#include <familiar/core/version.hpp>

#include <catch2/catch.hpp>

#include <string>

TEST_CASE("the three numbers and the text name one version", "[version]") {
    const std::string joined = std::to_string(FAMILIAR_VERSION_MAJOR) + "." + std::to_string(FAMILIAR_VERSION_MINOR) +
                               "." + std::to_string(FAMILIAR_VERSION_PATCH);
    CHECK(joined == familiar::kVersion);
}
