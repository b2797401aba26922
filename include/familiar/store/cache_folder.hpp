#pragma once

#include <cstdlib>
#include <filesystem>

namespace familiar::store {

/// Where caches stand: the folder FAMILIAR_CACHE; else `familiar` within XDG_CACHE_HOME or ~/.cache; else within the
/// system's folder for temporary files. It need not be there yet.
[[nodiscard]] inline std::filesystem::path cache_folder() {
    const auto variable = [](const char* name) -> std::filesystem::path {
        const char* const value = std::getenv(name);
        return value != nullptr ? value : "";
    };
    if (const auto folder = variable("FAMILIAR_CACHE"); !folder.empty()) return folder;
    if (const auto folder = variable("XDG_CACHE_HOME"); folder.is_absolute()) return folder / "familiar";
    if (const auto home = variable("HOME"); !home.empty()) return home / ".cache" / "familiar";
    return std::filesystem::temp_directory_path() / "familiar";
}

} // namespace familiar::store
