#pragma once

#include <familiar/transport/clock.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace familiar::tests {

/// Time that passes only by being slept: `sleep_until` puts the clock forward and returns at once. Copies share it.
class ManualClock {
  public:
    using Steady = std::chrono::steady_clock::time_point;
    using System = std::chrono::system_clock::time_point;

    [[nodiscard]] Steady now() const {
        const std::lock_guard lock(state_->mutex);
        return state_->now;
    }

    [[nodiscard]] System date() const {
        const std::lock_guard lock(state_->mutex);
        return kEpoch + std::chrono::duration_cast<System::duration>(state_->now - Steady{});
    }

    bool sleep_until(Steady until, const Cancellation* cancellation) {
        if (cancellation != nullptr && cancellation->requested()) return false;
        const std::lock_guard lock(state_->mutex);
        if (until > state_->now) {
            state_->waits.push_back(until - state_->now);
            state_->now = until;
        }
        return true;
    }

    void advance(std::chrono::steady_clock::duration time) {
        const std::lock_guard lock(state_->mutex);
        state_->now += time;
    }

    /// Every wait that was not over at once, in seconds.
    [[nodiscard]] std::vector<double> waits() const {
        const std::lock_guard lock(state_->mutex);
        std::vector<double> seconds;
        for (const auto wait : state_->waits) seconds.push_back(std::chrono::duration<double>(wait).count());
        return seconds;
    }

    /// What `date()` begins at: Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    static constexpr System kEpoch{std::chrono::seconds(784111777)};

  private:
    struct State {
        mutable std::mutex mutex;
        Steady now{};
        std::vector<std::chrono::steady_clock::duration> waits;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

static_assert(transport::Clock<ManualClock>);

} // namespace familiar::tests
