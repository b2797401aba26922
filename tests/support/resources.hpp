#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

/// Where tests find what is never committed: goldens, data sets, models. What is missing makes a test say so loudly and
/// pass.
namespace familiar::tests {

inline std::optional<std::filesystem::path> existing(const std::filesystem::path& path) {
    if (std::filesystem::exists(path)) return path;
    return std::nullopt;
}

/// The checkout that the tests were built from. Defined in one unit, so that the others are the same in every checkout
/// and a compiler cache serves all of them.
std::filesystem::path source_dir();

inline std::filesystem::path from_environment(const char* variable, const std::filesystem::path& otherwise) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? std::filesystem::path(value) : otherwise;
}

/// ../shared/goldens/…
inline std::optional<std::filesystem::path> golden(const std::string& relative) {
    return existing(from_environment("FAMILIAR_GOLDENS", source_dir() / "../shared/goldens") / relative);
}

/// $FAMILIAR_DATA/…, else ../shared/data/…
inline std::optional<std::filesystem::path> dataset(const std::string& relative) {
    return existing(from_environment("FAMILIAR_DATA", source_dir() / "../shared/data") / relative);
}

/// $FAMILIAR_MODELS/…, else models/… in the project, else ../models/…
inline std::optional<std::filesystem::path> model(const std::string& relative) {
    const auto inside = source_dir() / "models", beside = source_dir() / "../models";
    for (const auto& folder : {from_environment("FAMILIAR_MODELS", inside), inside, beside}) {
        if (auto path = existing(folder / relative)) return path;
    }
    return std::nullopt;
}

inline void report_skip(const std::string& what) {
    std::cerr << "SKIPPED: " << what << " is not on this machine\n";
}

} // namespace familiar::tests

/// `REQUIRE_RESOURCE(path, golden("selection/selection.json"));` declares `path`, or leaves the test, saying *skipped*.
#define REQUIRE_RESOURCE(name, lookup)                                                                                 \
    const auto name##_found = ::familiar::tests::lookup;                                                               \
    if (!name##_found) {                                                                                               \
        ::familiar::tests::report_skip(#lookup);                                                                       \
        return;                                                                                                        \
    }                                                                                                                  \
    const std::filesystem::path name = *name##_found
