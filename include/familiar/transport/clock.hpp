#pragma once

#include <familiar/core/cancellation.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <thread>

namespace familiar::transport {

/// Time as back-off and rate limits see it; tests put one in its place that does not wait. `sleep_until` returns false
/// as soon as `cancellation` (which may be null) is requested. Used from several threads at once.
template <class C>
concept Clock = requires(C& clock, const C& readable, std::chrono::steady_clock::time_point until,
                         const Cancellation* cancellation) {
    { readable.now() } -> std::same_as<std::chrono::steady_clock::time_point>;
    { readable.date() } -> std::same_as<std::chrono::system_clock::time_point>;
    { clock.sleep_until(until, cancellation) } -> std::same_as<bool>;
};

/// The machine's own clocks.
struct SystemClock {
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        return std::chrono::steady_clock::now();
    }
    [[nodiscard]] std::chrono::system_clock::time_point date() const noexcept {
        return std::chrono::system_clock::now();
    }

    /// A cancellation may come from a signal handler, which can wake nobody: it is looked for every 20 ms.
    bool sleep_until(std::chrono::steady_clock::time_point until, const Cancellation* cancellation) const {
        constexpr auto slice = std::chrono::milliseconds(20);
        for (;;) {
            if (cancellation != nullptr && cancellation->requested()) return false;
            const auto left = until - now();
            if (left <= left.zero()) return true;
            std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, slice));
        }
    }
};

static_assert(Clock<SystemClock>);

} // namespace familiar::transport
