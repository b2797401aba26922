#pragma once

#include <familiar/core/error.hpp>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::data {

/// Buffered writing to a file descriptor with every failure noticed: Error (file_unwritable) that names the place. A
/// write beyond a size limit and to a pipe that nobody reads is such an Error too, not a signal: the signal is held
/// back for the calling thread while it writes.
class DescriptorWriter {
  public:
    /// Takes a descriptor that is open for writing; `name` is for messages. It is closed at the end where `owned`.
    DescriptorWriter(int fd, std::string name, bool owned = true) : fd_(fd), owned_(owned), name_(std::move(name)) {}

    DescriptorWriter(DescriptorWriter&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), owned_(other.owned_), name_(std::move(other.name_)),
          buffer_(std::move(other.buffer_)) {
        other.buffer_.clear();
    }
    DescriptorWriter& operator=(DescriptorWriter&&) = delete;

    /// Closes without flushing: what was not flushed is lost.
    ~DescriptorWriter() {
        if (fd_ >= 0 && owned_) ::close(fd_);
    }

    void write(std::string_view text) {
        buffer_ += text;
        if (buffer_.size() >= kBuffer) flush();
    }

    /// Hands everything to the system.
    void flush() {
        const SignalsHeld held;
        std::string_view left = buffer_;
        while (!left.empty()) {
            const auto written = ::write(fd_, left.data(), left.size());
            if (written < 0) {
                if (errno == EINTR) continue;
                const int error = errno;
                buffer_.clear();
                throw failure(error);
            }
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        buffer_.clear();
    }

    /// Flushes and waits until the disk has it.
    void synchronise() {
        flush();
        if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) throw failure(errno);
    }

    /// Flushes and closes; some file systems tell of a full disk only here.
    void close() {
        flush();
        const int fd = std::exchange(fd_, -1);
        if (owned_ && ::close(fd) != 0 && errno != EINTR) throw failure(errno);
    }

  private:
    static constexpr std::size_t kBuffer = 1 << 16;

    /// SIGXFSZ and SIGPIPE, which write() raises for the calling thread, are blocked and then taken away.
    class SignalsHeld {
      public:
        SignalsHeld() noexcept {
            sigemptyset(&ours_);
            sigaddset(&ours_, SIGXFSZ);
            sigaddset(&ours_, SIGPIPE);
            sigset_t pending;
            sigpending(&pending);
            already_pending_ = sigismember(&pending, SIGXFSZ) == 1 || sigismember(&pending, SIGPIPE) == 1;
            pthread_sigmask(SIG_BLOCK, &ours_, &before_);
        }
        SignalsHeld(const SignalsHeld&) = delete;
        SignalsHeld& operator=(const SignalsHeld&) = delete;
        ~SignalsHeld() {
            const int error = errno;
            const timespec now{};
            if (!already_pending_) {
                while (sigtimedwait(&ours_, nullptr, &now) > 0) {
                }
            }
            pthread_sigmask(SIG_SETMASK, &before_, nullptr);
            errno = error;
        }

      private:
        sigset_t ours_{}, before_{};
        bool already_pending_ = false;
    };

    [[nodiscard]] Error failure(int error) const {
        return {ErrorCode::file_unwritable, "the output cannot be written: " + std::string(std::strerror(error)), name_,
                error == ENOSPC || error == EFBIG || error == EDQUOT ? "Make room, or choose another place" : ""};
    }

    int fd_;
    bool owned_;
    std::string name_, buffer_;
};

} // namespace familiar::data
