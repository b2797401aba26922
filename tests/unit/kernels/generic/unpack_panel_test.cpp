#include <familiar/tensor/dequantize.hpp>
#include <familiar/tensor/packed_matrix.hpp>

#include "../backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::ElementType;
using tensor::kPanelWidth;

namespace {

constexpr ElementType kAll[] = {ElementType::f32,     ElementType::f16,   ElementType::bf16, ElementType::i8,
                                ElementType::i16,     ElementType::i32,   ElementType::i64,  ElementType::u8,
                                ElementType::boolean, ElementType::f64,   ElementType::q4_0, ElementType::q4_1,
                                ElementType::q5_0,    ElementType::q5_1,  ElementType::q8_0, ElementType::q2_k,
                                ElementType::q3_k,    ElementType::q4_k,  ElementType::q5_k, ElementType::q6_k,
                                ElementType::iq4_nl,  ElementType::iq4_xs};

/// The same value; a NaN is any NaN, since hardware makes a signalling one quiet.
bool same_value(float x, float y) {
    return same_bits(x, y) || (std::isnan(x) && std::isnan(y));
}

} // namespace

TEST_CASE("every stored type unpacks to its scalar values bit for bit, missing outputs to zero", "[kernels][unpack]") {
    for (const ElementType type : kAll) {
        const auto block = tensor::block_layout(type);
        for (const std::size_t rows : {1, 8, 15, 16, 17, 64, 70, 130}) {
            std::vector<std::size_t> columns{block.values, 3 * block.values};
            if (block.values == 1) columns = {1, 2, 3, 4, 5, 7, 8, 9, 15, 31, 40};
            for (const std::size_t width : columns) {
                // Bytes of any kind, at an odd address, ending where the memory ends.
                tensor::StoredMatrix stored{type, nullptr, rows, width};
                const std::size_t size = rows * stored.row_bytes();
                std::vector<std::byte> memory(size + 1);
                Random random(rows * 1000 + width, to_string(type));
                for (auto& byte : memory) byte = static_cast<std::byte>(random());
                if (type == ElementType::f64 || type == ElementType::i64) {
                    for (std::size_t i = 0; i < rows * width; ++i) { // within the range of float
                        const double value = random.uniform() * 1e6 - 5e5;
                        const auto integer = static_cast<std::int64_t>(value);
                        std::memcpy(memory.data() + 1 + i * 8,
                                    type == ElementType::f64 ? static_cast<const void*>(&value) : &integer, 8);
                    }
                }
                stored.data = memory.data() + 1;
                for (std::size_t p = 0; p * kPanelWidth < rows; ++p) {
                    std::vector<float> truth(width * kPanelWidth, 0.0F), row(width);
                    for (std::size_t j = 0; j < kPanelWidth && p * kPanelWidth + j < rows; ++j) {
                        tensor::dequantize(type, stored.data + (p * kPanelWidth + j) * stored.row_bytes(), width,
                                           row.data());
                        for (std::size_t k = 0; k < width; ++k) truth[k * kPanelWidth + j] = row[k];
                    }
                    for (const Dispatched& backend : backends()) {
                        std::vector<float> unpacked(width * kPanelWidth, 7.0F);
                        backend.unpack_panel(stored, p, unpacked.data());
                        INFO(backend.name() << " " << to_string(type) << " " << rows << "x" << width << " panel " << p);
                        for (std::size_t i = 0; i < truth.size(); ++i) {
                            if (!same_value(unpacked[i], truth[i])) {
                                FAIL("k " << i / kPanelWidth << " output " << i % kPanelWidth << ": " << unpacked[i]
                                          << " for " << truth[i]);
                            }
                        }
                    }
                }
            }
        }
    }
    SUCCEED();
}
