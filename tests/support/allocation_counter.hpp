#pragma once

#include <atomic>
#include <cstddef>

// Sanitizers bring allocation functions of their own, which must not be mixed with others.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FAMILIAR_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAMILIAR_TEST_SANITIZED 1
#endif
#endif

namespace familiar::tests {

/// Under a sanitizer nothing is counted.
#ifdef FAMILIAR_TEST_SANITIZED
inline constexpr bool kAllocationsAreCounted = false;
#else
inline constexpr bool kAllocationsAreCounted = true;
#endif

/// Calls of operator new in the whole process; counted where allocation_counter.cpp is linked.
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
