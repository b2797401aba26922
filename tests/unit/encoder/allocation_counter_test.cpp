#include "unit/encoder/allocation_counter.hpp"

#include <familiar/tensor/aligned_buffer.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

void* counted(std::size_t size, std::size_t alignment) {
    familiar::tests::allocations.fetch_add(1, std::memory_order_relaxed);
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* const memory = std::aligned_alloc(alignment, rounded != 0 ? rounded : alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace

// The array and nothrow forms call these. Not inlined, else g++ sees `free` for what it believes came from its own new.
[[gnu::noinline]] void* operator new(std::size_t size) {
    return counted(size, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

TEST_CASE("the counter sees plain and aligned allocations") {
    const familiar::tests::AllocationCounter counter;
    const std::vector<int> values(100);
    const familiar::tensor::AlignedBuffer<float> buffer(100);
    CHECK(values.size() + buffer.size() == 200);
    CHECK(counter.count() >= 2);
}
