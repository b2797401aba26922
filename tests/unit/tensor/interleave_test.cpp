#include <familiar/core/random.hpp>
#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/interleave.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace familiar;
using namespace familiar::tensor;

TEST_CASE("interleaved weights are the stored ones in another order", "[tensor]") {
    std::size_t types = 0;
    for (int t = 0; t <= static_cast<int>(ElementType::iq4_xs); ++t) {
        const auto type = static_cast<ElementType>(t);
        if (!is_interleaved(type)) continue;
        ++types;
        const std::size_t rows = 83, columns = 512; // the second panel has 19 outputs, so two groups and a bit
        StoredMatrix stored{type, nullptr, rows, columns};
        Random random(3, to_string(type));
        std::vector<std::byte> bytes(rows * stored.row_bytes());
        for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0xbfU); // no f16 becomes infinite
        stored.data = bytes.data();
        const std::size_t size = InterleavedPanel::bytes(type, columns);
        for (std::size_t p = 0; p < 2; ++p) {
            std::vector<std::byte> memory(size + 64, std::byte{0x5a});
            interleave(stored, p, memory.data());
            for (std::size_t i = size; i < memory.size(); ++i) CHECK(memory[i] == std::byte{0x5a});
            const InterleavedPanel panel{type, memory.data(), columns};
            std::vector<float> truth(columns);
            std::size_t wrong = 0;
            for (std::size_t output = 0; output < kPanelWidth; ++output) {
                const std::size_t row = p * kPanelWidth + output;
                std::fill(truth.begin(), truth.end(), 0.0F);
                if (row < rows) dequantize(type, bytes.data() + row * stored.row_bytes(), columns, truth.data());
                for (std::size_t k = 0; k < columns; ++k) {
                    const IntegerWeights w = read_weights(panel, output, k / kQuantizedBlock);
                    const std::size_t i = k % kQuantizedBlock;
                    // Both products are exact, so that the sum is rounded once, here and there.
                    wrong += std::fma(w.scale[i / 16], static_cast<float>(w.q[i]), w.minimum[i / 16]) != truth[k];
                }
            }
            INFO(to_string(type) << " panel " << p);
            CHECK(wrong == 0);
        }
    }
    CHECK(types == 12);
}

TEST_CASE("an interleaved panel takes hardly more than the file", "[tensor]") {
    for (int t = 0; t <= static_cast<int>(ElementType::iq4_xs); ++t) {
        const auto type = static_cast<ElementType>(t);
        if (!is_interleaved(type)) continue;
        const StoredMatrix stored{type, nullptr, kPanelWidth, 1024};
        // Q3_K's scales of six bits take a byte each.
        CHECK(static_cast<double>(InterleavedPanel::bytes(type, 1024)) <=
              (type == ElementType::q3_k ? 1.04 : 1.03) * static_cast<double>(kPanelWidth * stored.row_bytes()));
    }
}
