#pragma once

#include <familiar/transport/reply_cache.hpp>
#include <familiar/transport/wrapped_transport.hpp>

#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::transport {

/// Decorator: looks in a reply cache before it asks, and keeps what came. What `T` can do, `Caching<T>` can do.
///
/// Failures are never kept, nor is generated text that is blank: likelier a hiccup than an answer. The same request
/// from two threads is asked once; the second waits and has the first one's reply from the cache, so that how many
/// calls a run makes does not depend on its threads. A cache that cannot be read or written ends the run.
template <LlmTransport T> class Caching : public WrappedTransport<T> {
  public:
    Caching(T transport, std::shared_ptr<ReplyCache> cache)
        : WrappedTransport<T>(std::move(transport)), identity_(transport_.identity()), cache_(std::move(cache)),
          under_way_(std::make_unique<UnderWay>()) {}

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) {
        try {
            const std::string key = ReplyCache::key(identity_, request);
            const Turn turn(*under_way_, key);
            return known_or_asked(key, request);
        } catch (const Error& problem) {
            return Failure{problem.code(), problem.what(), FailureScope::run};
        }
    }

    /// What the cache does not know is asked all at once. A request that stands in it twice is asked once.
    [[nodiscard]] std::vector<Result<LlmReply>> ask(std::span<const LlmRequest> requests)
        requires CompletesInBatches<T>
    {
        std::vector<std::optional<Result<LlmReply>>> replies(requests.size());
        try {
            std::vector<std::string> keys;
            for (const auto& request : requests) keys.push_back(ReplyCache::key(identity_, request));
            // Every thread takes its keys in one order, so that none waits for another that waits for it.
            const std::set<std::string> ordered(keys.begin(), keys.end());
            std::list<Turn> turns;
            for (const std::string& key : ordered) turns.emplace_back(*under_way_, key);
            std::set<std::string> asked;
            std::vector<std::size_t> places;
            std::vector<LlmRequest> unknown;
            for (std::size_t i = 0; i < requests.size(); ++i) {
                if (asked.contains(keys[i])) continue;
                if (auto known = cache_->find(keys[i])) {
                    replies[i] = std::move(*known);
                } else {
                    asked.insert(keys[i]);
                    places.push_back(i);
                    unknown.push_back(requests[i]);
                }
            }
            if (!unknown.empty()) {
                auto fresh = transport_.ask(std::span<const LlmRequest>(unknown));
                for (std::size_t j = 0; j < places.size(); ++j)
                    replies[places[j]] = keep(keys[places[j]], unknown[j], std::move(fresh[j]));
            }
            for (std::size_t i = 0; i < requests.size(); ++i) {
                if (!replies[i]) replies[i] = known_or_asked(keys[i], requests[i]); // asked above, under another number
            }
        } catch (const Error& problem) {
            const Failure failure{problem.code(), problem.what(), FailureScope::run};
            for (auto& reply : replies) {
                if (!reply) reply = failure;
            }
        }
        std::vector<Result<LlmReply>> out;
        out.reserve(replies.size());
        for (auto& reply : replies) out.push_back(*std::move(reply));
        return out;
    }

    [[nodiscard]] std::string identity() const { return identity_; }

  private:
    struct UnderWay {
        std::mutex mutex;
        std::condition_variable ended;
        std::set<std::string> keys;
    };

    /// While it lives, nobody else asks for this key.
    class Turn {
      public:
        Turn(UnderWay& under_way, const std::string& key) : under_way_(under_way), key_(key) {
            std::unique_lock lock(under_way_.mutex);
            under_way_.ended.wait(lock, [&] { return under_way_.keys.insert(key_).second; });
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            {
                const std::lock_guard lock(under_way_.mutex);
                under_way_.keys.erase(key_);
            }
            under_way_.ended.notify_all();
        }

      private:
        UnderWay& under_way_;
        const std::string& key_;
    };

    /// To be called in one's turn.
    Result<LlmReply> known_or_asked(const std::string& key, const LlmRequest& request) {
        if (auto known = cache_->find(key)) return std::move(*known);
        return keep(key, request, transport_.ask(request));
    }

    Result<LlmReply> keep(const std::string& key, const LlmRequest& request, Result<LlmReply> reply) {
        if (reply && worth_keeping(request, *reply)) cache_->put(key, *reply);
        return reply;
    }

    static bool worth_keeping(const LlmRequest& request, const LlmReply& reply) {
        if (reply.cached) return false; // of a cache further in
        const bool scored = !request.candidates.empty() && !reply.candidate_logprobs.empty();
        const bool told = request.top_logprobs > 0 && !reply.first_token.empty();
        return scored || told || reply.text.find_first_not_of(" \t\r\n\v\f") != std::string::npos;
    }

    using WrappedTransport<T>::transport_;

    std::string identity_;
    std::shared_ptr<ReplyCache> cache_;
    std::unique_ptr<UnderWay> under_way_; ///< behind a pointer, so that a pipeline can be moved before it runs
};

} // namespace familiar::transport
