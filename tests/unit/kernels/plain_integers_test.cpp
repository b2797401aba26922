#include <familiar/kernels/plain_integers.hpp>

#include <familiar/tensor/interleave.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

using namespace familiar;

TEST_CASE("the plain product is scale times integer sums, by hand", "[kernels][integers]") {
    // Q8_0: one output of 32 weights, scale 0.5, weight k is k - 16.
    std::vector<std::byte> block(34);
    const std::uint16_t half = 0x3800;
    std::memcpy(block.data(), &half, 2);
    for (int k = 0; k < 32; ++k) block[static_cast<std::size_t>(2 + k)] = static_cast<std::byte>(k - 16);
    std::vector<std::byte> memory(tensor::InterleavedPanel::bytes(tensor::ElementType::q8_0, 32));
    tensor::interleave({tensor::ElementType::q8_0, block.data(), 1, 32}, 0, memory.data());

    std::vector<float> x(32, 0.0F);
    x[0] = 254.0F; // a scale of 2
    x[31] = -2.0F;
    tensor::QuantizedBuffer rows;
    rows.resize(1, 32);
    kernels::detail::plain_quantize_row(x.data(), 32, rows.row(0), rows.row_blocks(0));
    CHECK(rows.row(0)[0] == 127);
    CHECK(rows.row(0)[31] == -1);
    CHECK(rows.row_blocks(0)->negative_sum == -126);
    float sum = 0.0F;
    kernels::detail::plain_multiply_interleaved(rows.view(), {tensor::ElementType::q8_0, memory.data(), 32}, 1,
                                                [&](std::size_t, std::size_t, float s) { sum = s; });
    CHECK(sum == 254.0F * -16.0F * 0.5F + -2.0F * 15.0F * 0.5F);
}
