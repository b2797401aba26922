#include <familiar/tensor/quantized_rows.hpp>

#include "../backends.hpp"

#include <cstdint>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::QuantizedBlock;

namespace {

struct Quantized {
    Quantized(const Dispatched& backend, const std::vector<float>& x)
        : values(x.size() + 8, std::int8_t{77}), blocks(x.size() / 32 + 1) {
        blocks.back().scale = 77.0F;
        backend.quantize_row(x.data(), x.size(), values.data(), blocks.data());
    }
    std::vector<std::int8_t> values;
    std::vector<QuantizedBlock> blocks;
};

} // namespace

TEST_CASE("activations become the nearest of 255 steps, with the same bits everywhere", "[kernels][quantize]") {
    const std::size_t n = 320;
    auto x = random_values(n, 1);
    for (std::size_t i = 0; i < n; ++i) x[i] *= std::exp2(static_cast<float>(i / 32) * 9.0F - 40.0F);
    for (std::size_t i = 32; i < 64; ++i) x[i] = 0.0F;
    for (std::size_t i = 64; i < 96; ++i) x[i] = static_cast<float>(i) * 1e-40F; // subnormal: zero
    x[96] = 127.0F * 64.0F; // a scale of 64: halves of a step are exact, ties go to the even one
    x[97] = 32.0F, x[98] = 96.0F, x[99] = -160.0F;
    const Quantized reference(Dispatched(Isa::reference), x);
    for (std::size_t b = 0; b < n / 32; ++b) {
        const QuantizedBlock& block = reference.blocks[b];
        float largest = 0.0F;
        std::int32_t sum = 0, half = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            const float value = x[32 * b + i];
            const int q = reference.values[32 * b + i];
            largest = std::max(largest, std::fabs(value));
            sum += q;
            half += i < 16 ? q : 0;
            CHECK(std::fabs(value - block.scale * static_cast<float>(q)) <= 0.5001F * block.scale + 1e-38F);
        }
        CHECK(block.scale == (b == 2 ? 0.0F : largest / 127.0F));
        CHECK(block.negative_sum == -sum);
        CHECK(block.negative_half == -half);
        CHECK(block.scaled_sum == block.scale * static_cast<float>(sum));
    }
    CHECK(reference.values[97] == 0);
    CHECK(reference.values[98] == 2);
    CHECK(reference.values[99] == -2);
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        const Quantized other(backend, x);
        CHECK(other.values == reference.values); // and nothing is written behind them
        CHECK(std::memcmp(other.blocks.data(), reference.blocks.data(), other.blocks.size() * sizeof(QuantizedBlock)) ==
              0);
    }
}

TEST_CASE("a block with a NaN or an infinity has no scale, its neighbours keep theirs", "[kernels][quantize]") {
    for (const Dispatched& backend : backends()) {
        for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
            for (std::size_t place = 0; place < 32; ++place) {
                auto x = random_values(96, 2);
                x[32 + place] = bad;
                const Quantized q(backend, x);
                INFO(backend.name() << " " << bad << " at " << place);
                CHECK(std::isnan(q.blocks[1].scale));
                CHECK(std::isnan(q.blocks[1].scaled_sum));
                CHECK(q.blocks[0].scale > 0.0F);
                CHECK(q.blocks[2].scale > 0.0F);
            }
        }
    }
}
