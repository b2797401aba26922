#pragma once

#include <familiar/transport/llm_request.hpp>

#include <atomic>
#include <cstdint>

namespace familiar::transport {

/// What an endpoint was asked and what it costs, summed up. Any number of threads.
class UsageMeter {
  public:
    struct Prices {
        double prompt = 0.0;     ///< of a million prompt tokens, in whatever currency
        double completion = 0.0; ///< of a million generated tokens
    };

    struct Totals {
        std::uint64_t requests = 0; ///< sent, tries again included
        std::uint64_t replies = 0;  ///< requests that gave a usable reply
        std::uint64_t retries = 0;  ///< requests that were a try again
        TokenUsage tokens;          ///< as the endpoint counts them
        double cost = 0.0;          ///< of `tokens` at the prices given; reused tokens at the full price
    };

    UsageMeter() noexcept = default;
    explicit UsageMeter(Prices prices) noexcept : prices_(prices) {}

    void sent(bool again) noexcept {
        requests_.fetch_add(1, std::memory_order_relaxed);
        if (again) retries_.fetch_add(1, std::memory_order_relaxed);
    }

    void answered(const TokenUsage& usage) noexcept {
        replies_.fetch_add(1, std::memory_order_relaxed);
        prompt_.fetch_add(usage.prompt, std::memory_order_relaxed);
        completion_.fetch_add(usage.completion, std::memory_order_relaxed);
        reused_.fetch_add(usage.reused, std::memory_order_relaxed);
    }

    [[nodiscard]] double cost(const TokenUsage& usage) const noexcept {
        return (double(usage.prompt) * prices_.prompt + double(usage.completion) * prices_.completion) / 1e6;
    }

    /// Each figure is exact; together they are of one moment only while nobody asks.
    [[nodiscard]] Totals totals() const noexcept {
        Totals totals;
        totals.requests = requests_.load(std::memory_order_relaxed);
        totals.replies = replies_.load(std::memory_order_relaxed);
        totals.retries = retries_.load(std::memory_order_relaxed);
        totals.tokens = {prompt_.load(std::memory_order_relaxed), completion_.load(std::memory_order_relaxed),
                         reused_.load(std::memory_order_relaxed)};
        totals.cost = cost(totals.tokens);
        return totals;
    }

  private:
    Prices prices_;
    std::atomic<std::uint64_t> requests_{0}, replies_{0}, retries_{0}, prompt_{0}, completion_{0}, reused_{0};
};

} // namespace familiar::transport
