#include <support/allocation_counter.hpp>

#include <familiar/tensor/aligned_buffer.hpp>

#include <catch2/catch.hpp>

#include <vector>

TEST_CASE("the counter sees plain and aligned allocations") {
    const familiar::tests::AllocationCounter counter;
    const std::vector<int> values(100);
    const familiar::tensor::AlignedBuffer<float> buffer(100);
    CHECK(values.size() + buffer.size() == 200);
    CHECK(counter.count() >= (familiar::tests::kAllocationsAreCounted ? 2U : 0U));
}
