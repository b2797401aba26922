#pragma once

#include <familiar/transport/request_json.hpp>
#include <familiar/transport/wrapped_transport.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::transport {

/// Decorator: asks, and writes request and reply to a file that `Recorded` replays. Failures are not written. What `T`
/// can do, `Recording<T>` can do. A file that is there is added to; half a line at its end, which a kill has left, is
/// removed. Each reply is with the operating system before `ask` returns. Any number of threads.
template <LlmTransport T> class Recording : public WrappedTransport<T> {
  public:
    /// Throws Error (file_unwritable).
    Recording(T transport, const std::filesystem::path& file)
        : WrappedTransport<T>(std::move(transport)), state_(std::make_unique<State>()) {
        state_->path = file;
        remove_half_line(file);
        state_->out.open(file, std::ios::binary | std::ios::app);
        if (!state_->out) {
            throw Error(ErrorCode::file_unwritable, "the recording cannot be written", file.string(),
                        "Check that the folder exists and may be written to");
        }
    }

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) {
        auto reply = transport_.ask(request);
        if (!reply) return reply;
        if (auto failure = write(request, *reply)) return *std::move(failure);
        return reply;
    }

    [[nodiscard]] std::vector<Result<LlmReply>> ask(std::span<const LlmRequest> requests)
        requires CompletesInBatches<T>
    {
        auto replies = transport_.ask(requests);
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (!replies[i]) continue;
            if (auto failure = write(requests[i], *replies[i])) replies[i] = *std::move(failure);
        }
        return replies;
    }

    [[nodiscard]] std::string identity() const { return transport_.identity(); }

  private:
    struct State {
        std::filesystem::path path;
        std::mutex mutex;
        std::ofstream out;
    };

    std::optional<Failure> write(const LlmRequest& request, const LlmReply& reply) {
        const std::string line = nlohmann::json{{"request", to_json(request)}, {"reply", to_json(reply)}}.dump() + '\n';
        const std::lock_guard lock(state_->mutex);
        state_->out << line << std::flush;
        if (state_->out) return std::nullopt;
        return Failure{ErrorCode::file_unwritable,
                       state_->path.string() + ": the recording cannot be written. Check the space on the disk",
                       FailureScope::run};
    }

    static void remove_half_line(const std::filesystem::path& path) {
        if (!std::filesystem::is_regular_file(path)) return;
        std::ifstream file(path, std::ios::binary);
        std::uintmax_t whole = 0, at = 0;
        for (int c = file.get(); c != std::ifstream::traits_type::eof(); c = file.get()) {
            ++at;
            if (c == '\n') whole = at;
        }
        file.close();
        std::error_code problem;
        if (at != whole) std::filesystem::resize_file(path, whole, problem);
        if (problem) {
            throw Error(ErrorCode::file_unwritable, "the recording cannot be written (" + problem.message() + ")",
                        path.string());
        }
    }

    using WrappedTransport<T>::transport_;

    std::unique_ptr<State> state_;
};

} // namespace familiar::transport
