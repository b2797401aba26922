#pragma once

#include <familiar/core/error.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace familiar::weights {

/// A whole file mapped read-only; move-only, unmapped at its end. Opening costs no reading: pages come when touched,
/// and processes that map the same file share them.
///
/// A file that another process shortens while it is mapped cannot be guarded against: touching what is gone ends the
/// process (SIGBUS), as with every mapping. Replace model files by renaming a new one over them instead of writing into
/// them.
class MappedFile {
  public:
    /// Throws Error: file_not_found; file_unreadable for a directory, a device, a lack of permission; malformed_model
    /// for an empty file.
    static MappedFile open(const std::filesystem::path& path) {
        MappedFile file;
        file.path_ = path.string();
        // Without O_NONBLOCK opening a named pipe would wait for its writer.
        const Descriptor descriptor{::open(file.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
        if (descriptor.number < 0) file.fail(errno);
        struct stat status {};
        if (::fstat(descriptor.number, &status) != 0) file.fail(errno);
        if (S_ISDIR(status.st_mode)) {
            throw Error(ErrorCode::file_unreadable, "a directory stands where a file is needed", file.path_,
                        "Give the path of the file itself");
        }
        if (!S_ISREG(status.st_mode)) {
            throw Error(ErrorCode::file_unreadable, "not a regular file", file.path_,
                        "Give the path of a file on disk");
        }
        if (status.st_size <= 0) {
            throw Error(ErrorCode::malformed_model, "the file is empty", file.path_, "Fetch it again");
        }
        if (static_cast<std::uintmax_t>(status.st_size) > std::numeric_limits<std::size_t>::max()) {
            throw Error(ErrorCode::file_unreadable, "the file is larger than the address space", file.path_);
        }
        file.size_ = static_cast<std::size_t>(status.st_size);
        void* const start = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, descriptor.number, 0);
        if (start == MAP_FAILED) file.fail(errno);
        file.data_ = static_cast<const std::byte*>(start);
        return file;
    }

    MappedFile(MappedFile&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          path_(std::move(other.path_)) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        if (this != &other) {
            unmap();
            data_ = std::exchange(other.data_, nullptr);
            size_ = std::exchange(other.size_, 0);
            path_ = std::move(other.path_);
        }
        return *this;
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() { unmap(); }

    /// The file's bytes; valid as long as this object, or the one it is moved to, lives. Aligned to a page.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// As it was given; for messages.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    struct Descriptor {
        int number;
        ~Descriptor() {
            if (number >= 0) ::close(number);
        }
    };

    MappedFile() = default;

    [[noreturn]] void fail(int reason) const {
        if (reason == ENOENT || reason == ENOTDIR) {
            throw Error(ErrorCode::file_not_found, "no such file", path_, "Check the path");
        }
        throw Error(ErrorCode::file_unreadable,
                    "the file cannot be read (" + std::generic_category().message(reason) + ")", path_,
                    reason == EACCES ? "Check its permissions" : "");
    }

    void unmap() noexcept {
        if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
        data_ = nullptr;
    }

    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::string path_;
};

} // namespace familiar::weights
