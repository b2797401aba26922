#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/transport/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace familiar::transport {

/// Keeps requests and tokens per minute within an endpoint's limits: no 60 seconds, wherever they begin, hold more than
/// either limit. (A token bucket of the same size lets up to twice as much through in its first minute.)
///
/// Tokens are estimated beforehand and corrected by `settle`. A limit of 0 means none; a request of more tokens than
/// the limit goes alone. Any number of threads. O(requests of the last minute) memory, amortised O(1) a request.
template <Clock C = SystemClock> class RateLimiter {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Ticket = std::uint64_t;
    static constexpr auto kWindow = std::chrono::seconds(60);

    RateLimiter(std::uint64_t requests_per_minute, std::uint64_t tokens_per_minute, C& clock)
        : requests_per_minute_(requests_per_minute), tokens_per_minute_(tokens_per_minute), clock_(clock) {}

    /// Waits until a request of so many tokens may go, and enters it. The ticket is for `settle`; nothing where
    /// `cancellation` (may be null) ended the wait.
    [[nodiscard]] std::optional<Ticket> acquire(std::uint64_t tokens, const Cancellation* cancellation) {
        tokens = clamp(tokens);
        const std::lock_guard turn(turnstile_); // the first in the queue waits for the clock, the others for the first
        for (;;) {
            Time until;
            {
                const std::lock_guard lock(mutex_);
                const Time now = clock_.now();
                forget_before(now);
                until = not_before_;
                if (!fits(tokens)) until = std::max(until, entries_.front().at + kWindow);
                if (until <= now) return enter(now, tokens);
            }
            if (!clock_.sleep_until(until, cancellation)) return std::nullopt;
        }
    }

    /// Puts the tokens that a request really used in place of those estimated.
    void settle(Ticket ticket, std::uint64_t tokens) {
        const std::lock_guard lock(mutex_);
        if (ticket < first_ticket_ || ticket - first_ticket_ >= entries_.size()) return; // over a minute ago
        auto& entry = entries_[static_cast<std::size_t>(ticket - first_ticket_)];
        tokens = clamp(tokens);
        tokens_ += tokens - entry.tokens; // modulo 2^64: right whichever is larger
        entry.tokens = tokens;
    }

    /// Nobody goes before `time`: the endpoint has asked for a pause.
    void pause_until(Time time) {
        const std::lock_guard lock(mutex_);
        not_before_ = std::max(not_before_, time);
    }

  private:
    struct Entry {
        Time at;
        std::uint64_t tokens;
    };

    [[nodiscard]] std::uint64_t clamp(std::uint64_t tokens) const {
        return tokens_per_minute_ == 0 ? 0 : std::min(tokens, tokens_per_minute_);
    }

    [[nodiscard]] bool fits(std::uint64_t tokens) const {
        if (entries_.empty()) return true;
        return (requests_per_minute_ == 0 || entries_.size() < requests_per_minute_) &&
               (tokens_per_minute_ == 0 || tokens_ + tokens <= tokens_per_minute_);
    }

    Ticket enter(Time now, std::uint64_t tokens) {
        const Ticket ticket = first_ticket_ + entries_.size();
        if (requests_per_minute_ == 0 && tokens_per_minute_ == 0) return ticket; // nothing to keep count of
        entries_.push_back({now, tokens});
        tokens_ += tokens;
        return ticket;
    }

    void forget_before(Time now) {
        while (!entries_.empty() && entries_.front().at + kWindow <= now) {
            tokens_ -= entries_.front().tokens;
            entries_.pop_front();
            ++first_ticket_;
        }
    }

    const std::uint64_t requests_per_minute_, tokens_per_minute_;
    C& clock_;
    std::mutex turnstile_, mutex_;
    std::deque<Entry> entries_; ///< of the last minute, oldest first
    Ticket first_ticket_ = 0;   ///< of entries_.front()
    std::uint64_t tokens_ = 0;  ///< sum over entries_
    Time not_before_{};
};

} // namespace familiar::transport
