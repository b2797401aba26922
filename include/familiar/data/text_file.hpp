#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/utf8.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace familiar::data {

/// The largest text file that is read whole: what is larger is a mistake (a device, a wrong path) or a case for
/// splitting.
inline constexpr std::size_t kLargestTextFile = std::size_t{4} << 30;

/// The bytes of a file, a byte-order mark at the beginning left out. A pipe or device is read to its end.
/// Throws Error: file_not_found, file_unreadable (a folder, no permission, larger than kLargestTextFile).
inline std::string read_text_file(const std::filesystem::path& path) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    if (status.type() == std::filesystem::file_type::not_found) {
        throw Error(ErrorCode::file_not_found, "there is no such file", path.string());
    }
    if (std::filesystem::is_directory(status)) {
        throw Error(ErrorCode::file_unreadable, "this is a folder, a file is expected", path.string());
    }
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
    if (!file) throw Error(ErrorCode::file_unreadable, std::strerror(errno), path.string());
    std::string text;
    if (std::filesystem::is_regular_file(status)) {
        const auto size = std::filesystem::file_size(path, ignored);
        if (!ignored && size <= kLargestTextFile) text.reserve(static_cast<std::size_t>(size));
    }
    char block[1 << 16];
    for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, file.get())) > 0;) {
        text.append(block, got);
        if (text.size() > kLargestTextFile) {
            throw Error(ErrorCode::file_unreadable, "the file is larger than 4 GiB", path.string(), "Split it");
        }
    }
    if (std::ferror(file.get()) != 0) throw Error(ErrorCode::file_unreadable, std::strerror(errno), path.string());
    if (std::string_view(text).starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    return text;
}

/// How a place in a file is named in messages: `train.jsonl, line 7`.
inline std::string line_of(const std::filesystem::path& path, std::size_t line) {
    return path.string() + ", line " + std::to_string(line);
}

/// Throws Error (invalid_utf8), naming file and line, unless `text` is UTF-8; O(n).
inline void require_utf8(std::string_view text, const std::filesystem::path& path) {
    const std::size_t at = text::find_ill_formed(text);
    if (at == text.size()) return;
    std::size_t line = 1;
    for (const char c : text.substr(0, at)) line += c == '\n' ? 1 : 0;
    throw Error(ErrorCode::invalid_utf8, "these bytes are not UTF-8", line_of(path, line),
                "Convert the file to UTF-8, with iconv for example");
}

} // namespace familiar::data
