#pragma once

#include <familiar/core/error.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace familiar::weights {

/// The GGUF file that a model's path stands for: the path itself where it ends in `.gguf`, the only `.gguf` file of a
/// directory; nothing for any other file or directory. Throws Error: file_not_found where nothing is there,
/// unsupported_model where a directory holds several and none can be preferred.
inline std::optional<std::filesystem::path> find_gguf(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        throw Error(ErrorCode::file_not_found, "there is no such file or directory", path.string(),
                    "Check the path; tools/setup.sh brings the default models");
    }
    if (!std::filesystem::is_directory(path, error)) {
        return path.extension() == ".gguf" ? std::optional(path) : std::nullopt;
    }
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        if (entry.path().extension() == ".gguf") found.push_back(entry.path());
    }
    if (error)
        throw Error(ErrorCode::file_unreadable, "the directory cannot be read: " + error.message(), path.string());
    if (found.empty()) return std::nullopt;
    if (found.size() > 1) {
        throw Error(ErrorCode::unsupported_model,
                    "the directory holds " + std::to_string(found.size()) + " .gguf files", path.string(),
                    "Name one of them");
    }
    return found.front();
}

} // namespace familiar::weights
