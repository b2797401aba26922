#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/request_json.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::transport {

/// Replays a file that `Recording` wrote: the same request gives the same reply, byte for byte, and nobody is asked. A
/// request that was recorded several times gives its replies in their order, then the last one again.
///
/// The file is JSONL, one `{"request": …, "reply": …}` a line (transport/request_json.hpp). A request that is not in it
/// is a failure (not_recorded). Any number of threads; copies share what was read.
class Recorded {
  public:
    static constexpr std::string_view kName = "recorded";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, file), (std::size_t, concurrency));
        Parameters() : concurrency(8) {}
        static constexpr std::string_view kArgument = "file";
    };

    /// Reads the whole file. Throws Error: file_not_found, malformed_row (with the line's number).
    explicit Recorded(const Parameters& parameters)
        : concurrency_(std::max<std::size_t>(parameters.concurrency, 1)), state_(std::make_shared<State>()) {
        if (parameters.file.empty()) {
            throw Error(ErrorCode::invalid_argument, "the file with the recorded replies is not named", "recorded.file",
                        "Name it: recorded:FILE");
        }
        state_->file = parameters.file;
        state_->hash = store::sha256_of_file(parameters.file);
        read(parameters.file);
    }

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) const {
        const auto found = state_->replies.find(canonical(request));
        if (found == state_->replies.end()) {
            return Failure{ErrorCode::not_recorded,
                           state_->file + " holds no reply to this request: " + excerpt(request)};
        }
        auto& entry = *found->second;
        const std::size_t turn = entry.next.fetch_add(1, std::memory_order_relaxed);
        return entry.replies[std::min(turn, entry.replies.size() - 1)];
    }

    /// What the file holds, wherever it lies.
    [[nodiscard]] std::string identity() const { return "recorded:" + state_->hash; }
    [[nodiscard]] std::size_t concurrency() const noexcept { return concurrency_; }

    /// Whether any recorded request asked for candidates to be scored.
    [[nodiscard]] bool scores_labels() const noexcept { return state_->scores_labels; }

    /// How many different requests are known.
    [[nodiscard]] std::size_t size() const noexcept { return state_->replies.size(); }

  private:
    struct Entry {
        std::vector<LlmReply> replies;
        std::atomic<std::size_t> next{0};
    };
    struct State {
        std::string file, hash;
        std::unordered_map<std::string, std::unique_ptr<Entry>> replies; ///< by canonical request
        bool scores_labels = false;
    };

    void read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::string line;
        for (std::size_t number = 1; std::getline(file, line); ++number) {
            if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
            if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
            try {
                const auto row = nlohmann::json::parse(line);
                const auto& request = row.at("request");
                auto& entry = state_->replies[request.dump()];
                if (!entry) entry = std::make_unique<Entry>();
                entry->replies.push_back(reply_from_json(row.at("reply")));
                state_->scores_labels = state_->scores_labels || request.contains("candidates");
            } catch (const std::exception& problem) {
                throw Error(ErrorCode::malformed_row, std::string("this is no recorded reply (") + problem.what() + ")",
                            path + ":" + std::to_string(number),
                            "Each line is an object with the keys request and reply; record anew or remove the line");
            }
        }
    }

    static std::string excerpt(const LlmRequest& request) {
        constexpr std::size_t most = 120;
        std::string end = request.prompt.form == prompt::Form::text ? request.prompt.text()
                          : request.prompt.messages().empty()       ? std::string()
                                                                    : request.prompt.messages().back().content;
        if (end.size() > most) end = "…" + end.substr(end.size() - most);
        return text::to_well_formed(end);
    }

    std::size_t concurrency_;
    std::shared_ptr<State> state_;
};

static_assert(ScoresLabels<Recorded>);

} // namespace familiar::transport
