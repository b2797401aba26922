#pragma once

#include <familiar/core/error.hpp>

#include <atomic>

namespace familiar {

/// A flag that ends work early; safe to set from a signal handler. Work so far is kept by whoever checks it.
class Cancellation {
  public:
    void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

    void throw_if_requested() const {
        if (requested()) throw Error(ErrorCode::cancelled, "cancelled");
    }

  private:
    std::atomic<bool> requested_{false};
    static_assert(std::atomic<bool>::is_always_lock_free);
};

} // namespace familiar
