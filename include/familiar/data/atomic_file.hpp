#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/descriptor_writer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace familiar::data {

/// A file that appears whole or not at all: written beside its place, renamed by `commit`, removed where that is never
/// called. A file that was there before stays untouched until then and keeps its permissions; a symbolic link keeps
/// pointing where it does. What is no regular file (a pipe, /dev/null) is written straight to.
///
/// Throws Error (file_unwritable) that names the path: a folder that is missing or not writable, a folder in the file's
/// place, a full disk, a size limit. Not for use from two threads at once.
class AtomicFile {
  public:
    /// @param durable the contents reach the disk before the new name does (fsync), so that they survive a power cut
    explicit AtomicFile(std::filesystem::path path, bool durable = false) : path_(std::move(path)), durable_(durable) {
        std::error_code ignored;
        const auto status = std::filesystem::status(path_, ignored);
        target_ = std::filesystem::is_symlink(std::filesystem::symlink_status(path_, ignored))
                      ? std::filesystem::weakly_canonical(path_, ignored)
                      : path_;
        if (path_.empty() || !path_.has_filename()) {
            throw Error(ErrorCode::file_unwritable, "this is no name of a file", path_.string());
        }
        if (std::filesystem::is_directory(status)) {
            throw Error(ErrorCode::file_unwritable, "a folder stands in the place of the output file", path_.string());
        }
        int fd = -1;
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
            fd = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
        } else if (std::filesystem::exists(status) && ::access(target_.c_str(), W_OK) != 0) {
            throw failure(errno);
        } else {
            beside_ = name_beside(target_);
            fd = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (fd >= 0 && std::filesystem::exists(status)) {
                // Failing to keep them is no reason to fail: the file system may know no permissions.
                (void)!::fchmod(fd, static_cast<mode_t>(status.permissions()) & 07777);
            }
        }
        if (fd < 0) {
            const int error = errno;
            beside_.clear();
            throw failure(error);
        }
        writer_.emplace(fd, path_.string());
    }

    AtomicFile(AtomicFile&& other) noexcept
        : path_(std::move(other.path_)), target_(std::move(other.target_)),
          beside_(std::exchange(other.beside_, std::filesystem::path())), writer_(std::move(other.writer_)),
          durable_(other.durable_) {
        other.writer_.reset();
    }
    AtomicFile& operator=(AtomicFile&&) = delete;

    ~AtomicFile() { abandon(); }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Appends. After an Error the file is abandoned.
    void write(std::string_view text) {
        if (!writer_) throw Error(ErrorCode::invalid_argument, "the file was already finished", path_.string());
        try {
            writer_->write(text);
        } catch (...) {
            abandon();
            throw;
        }
    }

    /// Puts the file in its place.
    void commit() {
        if (!writer_) throw Error(ErrorCode::invalid_argument, "the file was already finished", path_.string());
        try {
            writer_->flush();
            if (durable_ && !beside_.empty()) writer_->synchronise();
            writer_->close();
            if (!beside_.empty() && std::rename(beside_.c_str(), target_.c_str()) != 0) throw failure(errno);
        } catch (...) {
            abandon();
            throw;
        }
        if (durable_ && !beside_.empty()) synchronise_folder();
        beside_.clear();
        writer_.reset();
    }

  private:
    [[nodiscard]] Error failure(int error) const {
        return {ErrorCode::file_unwritable, "the file cannot be written: " + std::string(std::strerror(error)),
                path_.string(), "Choose another place, or make room and permissions there"};
    }

    static std::filesystem::path name_beside(const std::filesystem::path& target) {
        static std::atomic<unsigned> counter{0};
        auto name = target;
        name += "." + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)) + ".part";
        ::unlink(name.c_str()); // left by a killed process of the same number
        return name;
    }

    void synchronise_folder() const noexcept {
        const auto folder = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
        const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return;
        (void)!::fsync(fd);
        ::close(fd);
    }

    void abandon() noexcept {
        writer_.reset();
        if (!beside_.empty()) ::unlink(beside_.c_str());
        beside_.clear();
    }

    std::filesystem::path path_, target_, beside_;
    std::optional<DescriptorWriter> writer_;
    bool durable_;
};

/// Writes a whole file at once (see AtomicFile).
inline void write_file(const std::filesystem::path& path, std::string_view text, bool durable = false) {
    AtomicFile file(path, durable);
    file.write(text);
    file.commit();
}

} // namespace familiar::data
