#pragma once

#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/request_json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace familiar::transport {

/// Decorator: asks, and writes request and reply to a file that `Recorded` replays. Failures are not written. What `T`
/// can do, `Recording<T>` can do. A file that is there is added to; half a line at its end, which a kill has left, is
/// removed. Each reply is with the operating system before `ask` returns. Any number of threads.
template <LlmTransport T> class Recording {
  public:
    /// Throws Error (file_unwritable).
    Recording(T transport, const std::filesystem::path& file)
        : transport_(std::move(transport)), state_(std::make_unique<State>()) {
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
        const std::string line =
            nlohmann::json{{"request", to_json(request)}, {"reply", to_json(*reply)}}.dump() + '\n';
        const std::lock_guard lock(state_->mutex);
        state_->out << line << std::flush;
        if (!state_->out) {
            return Failure{ErrorCode::file_unwritable,
                           state_->path.string() + ": the recording cannot be written. Check the space on the disk",
                           FailureScope::run};
        }
        return reply;
    }

    [[nodiscard]] std::string identity() const { return transport_.identity(); }
    [[nodiscard]] std::size_t concurrency() const { return transport_.concurrency(); }

    [[nodiscard]] bool scores_labels() const
        requires ScoresLabels<T>
    {
        return transport_.scores_labels();
    }

    [[nodiscard]] std::optional<std::size_t> context() const
        requires KnowsContext<T>
    {
        return transport_.context();
    }

    [[nodiscard]] std::size_t count_tokens(const LlmRequest& request) const
        requires KnowsContext<T>
    {
        return transport_.count_tokens(request);
    }

    static constexpr bool kSharesPrefix = SharesPrefix<T>;

  private:
    struct State {
        std::filesystem::path path;
        std::mutex mutex;
        std::ofstream out;
    };

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

    T transport_;
    std::unique_ptr<State> state_;
};

} // namespace familiar::transport
