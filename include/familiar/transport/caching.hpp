#pragma once

#include <familiar/store/reply_cache.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

namespace familiar::transport {

/// Decorator: looks in a reply cache before it asks, and keeps what came. What `T` can do, `Caching<T>` can do.
///
/// Failures are never kept, nor is generated text that is blank: likelier a hiccup than an answer. The same request
/// from two threads is asked once; the second waits and has the first one's reply from the cache, so that how many
/// calls a run makes does not depend on its threads. A cache that cannot be read or written ends the run.
template <LlmTransport T> class Caching {
  public:
    Caching(T transport, std::shared_ptr<store::ReplyCache> cache)
        : transport_(std::move(transport)), identity_(transport_.identity()), cache_(std::move(cache)),
          under_way_(std::make_unique<UnderWay>()) {}

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest& request) {
        try {
            const std::string key = store::ReplyCache::key(identity_, request);
            const Turn turn(*under_way_, key);
            if (auto known = cache_->find(key)) return std::move(*known);
            auto reply = transport_.ask(request);
            if (reply && worth_keeping(request, *reply)) cache_->put(key, *reply);
            return reply;
        } catch (const Error& problem) {
            return Failure{problem.code(), problem.what(), FailureScope::run};
        }
    }

    [[nodiscard]] std::string identity() const { return identity_; }
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

    [[nodiscard]] T& wrapped() noexcept { return transport_; }
    [[nodiscard]] const T& wrapped() const noexcept { return transport_; }

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

    static bool worth_keeping(const LlmRequest& request, const LlmReply& reply) {
        if (reply.cached) return false; // of a cache further in
        const bool scored = !request.candidates.empty() && !reply.candidate_logprobs.empty();
        return scored || reply.text.find_first_not_of(" \t\r\n\v\f") != std::string::npos;
    }

    T transport_;
    std::string identity_;
    std::shared_ptr<store::ReplyCache> cache_;
    std::unique_ptr<UnderWay> under_way_; ///< behind a pointer, so that a pipeline can be moved before it runs
};

} // namespace familiar::transport
