#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/gguf.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace familiar::decoder {

/// The GGUF file that a path means: itself, or the only `.gguf` file of a directory.
/// Throws `Error`: file_not_found, invalid_argument for a directory with several, file_unreadable.
inline std::filesystem::path find_gguf(const std::filesystem::path& path) {
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) {
        throw Error(ErrorCode::file_not_found, "there is no such file or directory", path.string(),
                    "Give the path of a .gguf file");
    }
    if (!std::filesystem::is_directory(path, failure)) return path;
    std::filesystem::path found;
    for (auto entry = std::filesystem::directory_iterator(path, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        if (entry->path().extension() != ".gguf") continue;
        if (!found.empty()) {
            throw Error(ErrorCode::invalid_argument, "the directory holds several .gguf files", path.string(),
                        "Give the path of one of them");
        }
        found = entry->path();
    }
    if (failure) throw Error(ErrorCode::file_unreadable, failure.message(), path.string());
    if (found.empty()) {
        throw Error(ErrorCode::file_not_found, "the directory holds no .gguf file", path.string(),
                    "Give the path of a .gguf file");
    }
    return found;
}

/// A number for what a file holds: all of its metadata, every tensor's name, type and shape, and samples of its values
/// (beginning, end and places between). Tells different models apart without reading them; no protection against
/// somebody who wants two files to look the same. FNV-1a; a few milliseconds.
inline std::uint64_t fingerprint(const weights::Gguf& file) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add_bytes = [&](std::span<const std::byte> bytes) {
        for (const auto byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
    };
    const auto add_text = [&](std::string_view text) { add_bytes(std::as_bytes(std::span(text.data(), text.size()))); };
    const auto add_number = [&](std::uint64_t number) { add_bytes(std::as_bytes(std::span(&number, 1))); };
    for (const auto& value : file.metadata().values()) {
        add_text(value.key);
        add_bytes(value.bytes);
    }
    constexpr std::size_t samples = 8, sample = 64;
    for (const auto& tensor : file.tensors()) {
        add_text(tensor.name);
        add_number(static_cast<std::uint64_t>(tensor.type));
        for (std::size_t i = 0; i < tensor.dimensions; ++i) add_number(tensor.shape[i]);
        const std::size_t size = std::min(sample, tensor.bytes.size()), room = tensor.bytes.size() - size;
        for (std::size_t i = 0; i <= samples; ++i) add_bytes(tensor.bytes.subspan(room / samples * i, size));
        add_bytes(tensor.bytes.last(size));
    }
    return hash;
}

} // namespace familiar::decoder
