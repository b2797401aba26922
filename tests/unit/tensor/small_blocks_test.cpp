#include <familiar/tensor/small_blocks.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

using namespace familiar::tensor::detail;

namespace {

/// A block of bytes that begins with the f16 number 2 (and the f16 number -1, where a minimum follows).
template <std::size_t N> std::array<std::byte, N> block(bool with_minimum) {
    std::array<std::byte, N> bytes{};
    bytes[1] = std::byte{0x40};
    if (with_minimum) bytes[3] = std::byte{0xbc};
    return bytes;
}

} // namespace

TEST_CASE("Low nibbles are the first half of a block, high nibbles the second") {
    float out[32];
    auto q4_0 = block<18>(false);
    q4_0[2] = std::byte{0x9f};
    q4_0[17] = std::byte{0x08};
    dequantize_q4_0(q4_0.data(), out);
    CHECK(out[0] == 2.0F * (15 - 8));
    CHECK(out[16] == 2.0F * (9 - 8));
    CHECK(out[1] == 2.0F * -8);
    CHECK(out[15] == 0.0F);
    CHECK(out[31] == 2.0F * -8);

    auto q4_1 = block<20>(true);
    q4_1[4] = std::byte{0x9f};
    dequantize_q4_1(q4_1.data(), out);
    CHECK(out[0] == 2.0F * 15 - 1);
    CHECK(out[16] == 2.0F * 9 - 1);
    CHECK(out[1] == -1.0F);

    auto iq4 = block<18>(false);
    iq4[2] = std::byte{0xf0};
    dequantize_iq4_nl(iq4.data(), out);
    CHECK(out[0] == 2.0F * -127);
    CHECK(out[16] == 2.0F * 113);
}

TEST_CASE("The fifth bit of value i is bit i of a word of its own") {
    float out[32];
    auto q5_0 = block<22>(false);
    q5_0[2] = std::byte{1};    // bit 0
    q5_0[5] = std::byte{0x80}; // bit 31
    q5_0[6] = std::byte{0x03};
    dequantize_q5_0(q5_0.data(), out);
    CHECK(out[0] == 2.0F * (16 + 3 - 16));
    CHECK(out[31] == 2.0F * (16 - 16));
    CHECK(out[1] == 2.0F * -16);

    auto q5_1 = block<24>(true);
    q5_1[4] = std::byte{2}; // bit 1
    q5_1[9] = std::byte{0x21};
    dequantize_q5_1(q5_1.data(), out);
    CHECK(out[1] == 2.0F * (16 + 1) - 1);
    CHECK(out[17] == 2.0F * 2 - 1);
    CHECK(out[0] == -1.0F);
}

TEST_CASE("Bytes of Q8_0 are signed") {
    float out[32];
    auto q8_0 = block<34>(false);
    q8_0[2] = std::byte{0x80};
    q8_0[33] = std::byte{0x7f};
    dequantize_q8_0(q8_0.data(), out);
    CHECK(out[0] == 2.0F * -128);
    CHECK(out[31] == 2.0F * 127);
}
