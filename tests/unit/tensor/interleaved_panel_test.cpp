#include <familiar/tensor/interleaved_panel.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

using namespace familiar::tensor;

TEST_CASE("a group's integers, then its scales, then the next group", "[tensor]") {
    // Q4_1, 64 inputs: two blocks of 256 bytes of nibbles and two of 64 bytes of scales make a group.
    CHECK(InterleavedPanel::data_bytes(ElementType::q4_1, 64) == 512);
    CHECK(InterleavedPanel::group_bytes(ElementType::q4_1, 64) == 640);
    CHECK(InterleavedPanel::bytes(ElementType::q4_1, 64) == 4 * 640);
    CHECK(InterleavedPanel::group_bytes(ElementType::q8_0, 32) == 576); // 544, to a whole cache line
    CHECK_FALSE(is_interleaved(ElementType::f16));
    CHECK_FALSE(is_interleaved(ElementType::bf16));

    std::vector<std::byte> memory(4 * 640);
    const std::size_t output = 35, lane = 3; // group 2
    std::byte* const block = memory.data() + 2 * 640 + 256;
    block[64 * 1 + 4 * lane + 2] = std::byte{0xa7}; // inputs 6 and 22 of block 1
    const std::uint16_t one = 0x3c00, half = 0x3800;
    std::memcpy(memory.data() + 2 * 640 + 512 + 64 + 2 * lane, &half, 2); // scale of block 1
    std::memcpy(memory.data() + 2 * 640 + 512 + 64 + 32 + 2 * lane, &one, 2);
    const IntegerWeights w = read_weights({ElementType::q4_1, memory.data(), 64}, output, 1);
    CHECK(w.scale[0] == 0.5F);
    CHECK(w.scale[1] == 0.5F);
    CHECK(w.minimum[0] == 1.0F);
    CHECK(w.minimum[1] == 1.0F);
    for (std::size_t k = 0; k < 32; ++k) CHECK(w.q[k] == (k == 6 ? 7 : k == 22 ? 10 : 0));
}
