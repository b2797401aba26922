#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/interleave.hpp>

#include "../backends.hpp"

#include <cstdint>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::ElementType;
using tensor::InterleavedPanel;
using tensor::kPanelWidth;
using tensor::QuantizedBlock;
using tensor::QuantizedBuffer;

namespace {

constexpr ElementType kTypes[] = {ElementType::q4_0, ElementType::q4_1,   ElementType::q5_0, ElementType::q5_1,
                                  ElementType::q8_0, ElementType::iq4_nl, ElementType::q2_k, ElementType::q3_k,
                                  ElementType::q4_k, ElementType::q5_k,   ElementType::q6_k, ElementType::iq4_xs};

/// Bytes of a block that are its f16 scale and minimum.
std::vector<std::size_t> places_of_halves(ElementType type) {
    switch (type) {
    case ElementType::q4_1:
    case ElementType::q5_1:
    case ElementType::q4_k:
    case ElementType::q5_k:
        return {0, 2};
    case ElementType::q2_k:
        return {80, 82};
    case ElementType::q3_k:
        return {108};
    case ElementType::q6_k:
        return {208};
    default:
        return {0};
    }
}

/// A panel of random integers. `plain`: scales are powers of two and minima small multiples of them, so that no f32
/// operation of a product rounds.
struct Weights {
    Weights(ElementType type, std::size_t outputs, std::size_t columns, bool plain, std::uint64_t seed = 1)
        : stored{type, nullptr, outputs, columns}, bytes(outputs * stored.row_bytes()),
          memory(InterleavedPanel::bytes(type, columns)) {
        Random random(seed, to_string(type));
        for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0xffU);
        const auto block = tensor::block_layout(type);
        for (std::size_t at = 0; at < bytes.size(); at += block.bytes) {
            for (const std::size_t place : places_of_halves(type)) {
                std::uint16_t half = static_cast<std::uint16_t>(0x2000 + random() % 0x1000); // 2^-7 to 2^-3
                if (plain) half = 0x3c00;                                                    // 1
                std::memcpy(bytes.data() + at + place, &half, 2);
            }
            const auto small = [&](std::size_t first, std::size_t count, auto value) {
                for (std::size_t i = 0; plain && i < count; ++i) bytes[at + first + i] = value(i);
            };
            if (type == ElementType::q4_k || type == ElementType::q5_k) {
                small(4, 12, [](std::size_t i) { return static_cast<std::byte>(1 + (i + 1) % 3); }); // at most 3
            }
            if (type == ElementType::q6_k) small(192, 16, [](std::size_t) { return std::byte{0xfe}; });
            if (type == ElementType::iq4_xs) { // all 1: low halves 1, high bits 2, of which 32 is taken
                small(2, 2, [](std::size_t) { return std::byte{0xaa}; });
                small(4, 4, [](std::size_t) { return std::byte{0x11}; });
            }
        }
        stored.data = bytes.data();
        tensor::interleave(stored, 0, memory.data());
    }
    [[nodiscard]] InterleavedPanel panel() const { return {stored.type, memory.data(), stored.columns}; }

    tensor::StoredMatrix stored;
    std::vector<std::byte> bytes;
    tensor::AlignedBuffer<std::byte> memory;
};

QuantizedBuffer quantize(const Dispatched& backend, const std::vector<float>& x, std::size_t columns) {
    QuantizedBuffer rows;
    rows.resize(x.size() / columns, columns);
    for (std::size_t r = 0; r < x.size() / columns; ++r) {
        backend.quantize_row(x.data() + r * columns, columns, rows.row(r), rows.row_blocks(r));
    }
    return rows;
}

} // namespace

TEST_CASE("integer sums are exact and the same with every instruction set", "[kernels][integers][laws]") {
    for (const ElementType type : kTypes) {
        const std::size_t columns = 512;
        const Weights weights(type, kPanelWidth, columns, true);
        // Whole numbers up to 127, the extremes among them: scales of 1, and sums below 2^24 that f32 holds exactly.
        std::vector<float> x(5 * columns);
        Random random(9, to_string(type));
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = i % 32 == 0 ? 127.0F : static_cast<float>(static_cast<int>(random() % 255) - 127);
            if (i / columns == 1) x[i] = 127.0F;
            if (i / columns == 2) x[i] = -127.0F;
        }
        std::vector<std::int64_t> truth(5 * kPanelWidth);
        std::vector<float> row(columns);
        for (std::size_t j = 0; j < kPanelWidth; ++j) {
            tensor::dequantize(type, weights.bytes.data() + j * weights.stored.row_bytes(), columns, row.data());
            for (std::size_t i = 0; i < 5; ++i) {
                for (std::size_t k = 0; k < columns; ++k) {
                    truth[i * kPanelWidth + j] +=
                        static_cast<std::int64_t>(x[i * columns + k]) * static_cast<std::int64_t>(row[k]);
                }
            }
        }
        for (const Dispatched& backend : backends()) {
            const QuantizedBuffer rows = quantize(backend, x, columns);
            std::vector<float> c(5 * kPanelWidth);
            backend.multiply_interleaved(rows.view(), weights.panel(), kPanelWidth, {},
                                         {c.data(), 5, kPanelWidth, kPanelWidth});
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < c.size(); ++i) wrong += std::int64_t(c[i]) != truth[i];
            INFO(backend.name() << " " << to_string(type));
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("an integer product is that of the stored weights with the quantised rows", "[kernels][integers]") {
    for (const ElementType type : kTypes) {
        const std::size_t columns = tensor::block_layout(type).values == 256 ? 512 : 96;
        for (const std::size_t outputs : {1, 8, 15, 16, 17, 33, 49, 64}) {
            const Weights weights(type, outputs, columns, false);
            std::vector<float> dequantized(outputs * columns);
            tensor::dequantize(type, weights.bytes.data(), dequantized.size(), dequantized.data());
            for (const std::size_t count : {0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 25}) {
                const auto x = random_values(count * columns, count + 1);
                const auto before = random_values(count * (outputs + 3) + 1, 5), bias = random_values(outputs, 6);
                for (const Dispatched& backend : backends()) {
                    const QuantizedBuffer rows = quantize(backend, x, columns);
                    std::vector<float> c = before;
                    backend.multiply_interleaved(rows.view(), weights.panel(), outputs,
                                                 {bias.data(), Activation::none, true},
                                                 {c.data() + 1, count, outputs, outputs + 3});
                    INFO(backend.name() << " " << to_string(type) << " " << count << "x" << columns << "x" << outputs);
                    for (std::size_t at = 0; at < c.size(); ++at) {
                        const std::size_t i = at == 0 ? 0 : (at - 1) / (outputs + 3),
                                          j = at == 0 ? outputs : (at - 1) % (outputs + 3);
                        if (i >= count || j >= outputs) {
                            if (!same_bits(c[at], before[at])) FAIL("wrote beside the result at " << at);
                            continue;
                        }
                        double sum = 0.0, magnitudes = 0.0;
                        for (std::size_t k = 0; k < columns; ++k) {
                            const QuantizedBlock& block = rows.view().row_blocks(i)[k / 32];
                            const double value = static_cast<double>(block.scale) * rows.view().row(i)[k];
                            sum += value * dequantized[j * columns + k];
                            magnitudes += std::fabs(value) * 2.0 * std::fabs(dequantized[j * columns + k]);
                        }
                        // Minima cancel against the integers, so that the parts may be larger than the weights.
                        const double bound = 64.0 * kUnit * (magnitudes + static_cast<double>(columns));
                        if (!is_within(c[at], sum + bias[j] + before[at], bound)) {
                            FAIL(i << "," << j << ": " << c[at] << " for " << sum + bias[j] + before[at]);
                        }
                    }
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("a row's integer product does not depend on the rows beside it, bit for bit", "[kernels][integers][laws]") {
    for (const ElementType type : kTypes) {
        const std::size_t columns = 1024, count = 30, outputs = 60;
        const Weights weights(type, outputs, columns, false);
        const auto x = random_values(count * columns, 3), bias = random_values(outputs, 4);
        for (const Dispatched& backend : backends()) {
            for (const Activation activation : {Activation::none, Activation::silu}) {
                const Epilogue epilogue{bias.data(), activation, false};
                const auto run = [&](std::size_t first, std::size_t rows) {
                    const std::vector<float> part(x.begin() + static_cast<std::ptrdiff_t>(first * columns),
                                                  x.begin() + static_cast<std::ptrdiff_t>((first + rows) * columns));
                    std::vector<float> c(rows * outputs);
                    backend.multiply_interleaved(quantize(backend, part, columns).view(), weights.panel(), outputs,
                                                 epilogue, {c.data(), rows, outputs});
                    return c;
                };
                const auto together = run(0, count);
                for (std::size_t rows = 1; rows <= 17; rows += rows < 5 ? 1 : 4) {
                    for (std::size_t first = 0; first + rows <= count; first += 5) {
                        const auto part = run(first, rows);
                        INFO(backend.name() << " " << to_string(type) << " rows " << first << " + " << rows);
                        CHECK(std::memcmp(part.data(), together.data() + first * outputs,
                                          part.size() * sizeof(float)) == 0);
                    }
                }
            }
        }
    }
}

TEST_CASE("a NaN among a row's activations stays in its row", "[kernels][integers]") {
    const Weights weights(ElementType::q4_0, 40, 64, false);
    auto x = random_values(6 * 64, 3);
    x[3 * 64 + 50] = kNan;
    for (const Dispatched& backend : backends()) {
        std::vector<float> c(6 * 40);
        backend.multiply_interleaved(quantize(backend, x, 64).view(), weights.panel(), 40, {}, {c.data(), 6, 40});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < c.size(); ++i) wrong += std::isnan(c[i]) != (i / 40 == 3);
        INFO(backend.name());
        CHECK(wrong == 0);
    }
}
