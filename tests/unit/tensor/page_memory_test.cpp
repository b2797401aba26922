#include <familiar/tensor/page_memory.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <utility>

using familiar::tensor::PageMemory;

TEST_CASE("memory of pages is zero, aligned, and has one owner", "[tensor]") {
    PageMemory memory(100'001);
    REQUIRE(memory.data() != nullptr);
    CHECK(memory.size() == 100'001);
    CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 4096 == 0);
    bool zero = true;
    for (std::size_t i = 0; i < memory.size(); ++i) zero = zero && memory.data()[i] == std::byte{};
    CHECK(zero);
    memory.data()[100'000] = std::byte{7};
    const std::byte* const at = memory.data();
    PageMemory other(std::move(memory));
    CHECK(other.data() == at);
    CHECK(other.data()[100'000] == std::byte{7});
    memory = std::move(other);
    CHECK(memory.data() == at);
    CHECK(PageMemory(0).data() == nullptr);
    // Nothing is done to what is not of the mapping.
    memory.data()[5000] = std::byte{9};
    familiar::tensor::give_back_pages({}, {memory.data(), memory.size()});
    familiar::tensor::give_back_pages({memory.data(), 4096}, {memory.data() + 4096, 8192});
    CHECK(memory.data()[5000] == std::byte{9});
    CHECK_THROWS_AS(PageMemory(std::size_t{1} << 62), std::bad_alloc);
}
