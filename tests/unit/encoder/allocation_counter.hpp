#pragma once

#include <atomic>
#include <cstddef>

namespace familiar::tests {

/// Calls of operator new in the whole process; allocation_counter_test.cpp counts them.
inline std::atomic<std::size_t> allocations{0};

/// Counts the allocations since it was made, of all threads.
class AllocationCounter {
  public:
    AllocationCounter() noexcept : before_(allocations.load()) {}
    [[nodiscard]] std::size_t count() const noexcept { return allocations.load() - before_; }

  private:
    std::size_t before_;
};

} // namespace familiar::tests
