#include <familiar/tensor/super_blocks.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <vector>

using namespace familiar::tensor::detail;

namespace {

/// A block of zeros with the f16 number 1 at `scale`.
std::vector<std::byte> block(std::size_t bytes, std::size_t scale) {
    std::vector<std::byte> all(bytes);
    all[scale + 1] = std::byte{0x3c};
    return all;
}

} // namespace

TEST_CASE("Six-bit scales and minima stand where the format puts them") {
    std::vector<std::byte> scales(12);
    scales[0] = std::byte{0b11'000001}; // scale 0 = 1; high bits of scale 4
    scales[4] = std::byte{0b10'000010}; // minimum 0 = 2; high bits of minimum 4
    scales[8] = std::byte{0b0101'0110}; // low bits: scale 4 = 6, minimum 4 = 5
    CHECK(six_bit_pair(scales.data(), 0).scale == 1);
    CHECK(six_bit_pair(scales.data(), 0).minimum == 2);
    CHECK(six_bit_pair(scales.data(), 4).scale == (0b11 << 4 | 6));
    CHECK(six_bit_pair(scales.data(), 4).minimum == (0b10 << 4 | 5));
    CHECK(six_bit_pair(scales.data(), 7).scale == 0);
}

TEST_CASE("The groups of a super-block have scales of their own") {
    std::vector<float> out(256);
    auto q2 = block(84, 80);
    q2[9] = std::byte{0x03};         // group 9: scale 3
    q2[16 + 32 + 16] = std::byte{2}; // its first value, in the second half
    dequantize_q2_k(q2.data(), out.data());
    CHECK(out[9 * 16] == 6.0F);
    CHECK(out[9 * 16 + 1] == 0.0F);

    auto q6 = block(210, 208);
    q6[192 + 15] = std::byte{0xff}; // the last group: scale -1, values 0 - 32
    dequantize_q6_k(q6.data(), out.data());
    CHECK(out[255] == 32.0F);
    CHECK(out[239] == 0.0F);

    auto q4 = block(144, 0);
    q4[4 + 1] = std::byte{5}; // group 1: scale 5
    q4[16] = std::byte{0x70}; // its first value 7, in the high nibble
    dequantize_q4_k(q4.data(), out.data());
    CHECK(out[32] == 35.0F);
    CHECK(out[0] == 0.0F);

    auto q5 = block(176, 0);
    q5[4 + 1] = std::byte{5};
    q5[16] = std::byte{0x02}; // fifth bit of the first value of group 1
    dequantize_q5_k(q5.data(), out.data());
    CHECK(out[32] == 80.0F);

    const auto q3 = block(110, 108); // every scale 0 - 32, every value 0 - 4
    dequantize_q3_k(q3.data(), out.data());
    CHECK(out[0] == 128.0F);
    CHECK(out[255] == 128.0F);

    const auto iq4 = block(136, 0); // every scale 0 - 32, every value the lowest
    dequantize_iq4_xs(iq4.data(), out.data());
    CHECK(out[0] == 32.0F * 127);
    CHECK(out[255] == 32.0F * 127);
}
