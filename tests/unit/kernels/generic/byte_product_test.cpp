#include <familiar/tensor/byte_rows.hpp>
#include <familiar/tensor/packed_bytes.hpp>

#include "../backends.hpp"

#include <cstdint>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::ByteRowBuffer;
using tensor::kPanelWidth;

namespace {

ByteRowBuffer quantize(const Dispatched& backend, const std::vector<float>& x, std::size_t columns) {
    ByteRowBuffer rows;
    rows.resize(x.size() / columns, columns);
    for (std::size_t r = 0; r < x.size() / columns; ++r) {
        backend.quantize_whole_row(x.data() + r * columns, columns, rows.row(r), rows.facts(r));
    }
    return rows;
}

tensor::PackedBytes pack(const std::vector<float>& weights, std::size_t outputs, std::size_t inputs) {
    tensor::PackedMatrix packed(outputs, inputs);
    for (std::size_t k = 0; k < inputs; ++k) {
        for (std::size_t j = 0; j < kPanelWidth; ++j) {
            packed.panel(0)[k * kPanelWidth + j] = j < outputs ? weights[k * outputs + j] : 0.0F;
        }
    }
    return tensor::PackedBytes(packed);
}

} // namespace

TEST_CASE("a row becomes the nearest of 255 steps between its bounds, the same everywhere", "[kernels][quantize]") {
    for (const std::size_t n : {1, 3, 7, 8, 15, 16, 17, 31, 64, 100, 384}) {
        auto x = random_values(n, n);
        for (float& value : x) value = 0.3F * value + 1.0F; // on one side
        const ByteRowBuffer reference = quantize(Dispatched(Isa::reference), x, n);
        const tensor::ByteRow& facts = reference.view().facts[0];
        std::int32_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const int q = reference.view().row(0)[i];
            sum += q;
            CHECK(std::fabs(x[i] - facts.scale * static_cast<float>(q) - facts.middle) <=
                  0.5001F * facts.scale + 2e-7F);
        }
        CHECK(facts.negative_sum == -sum);
        CHECK(facts.scale <= 0.6F / 254.0F);
        for (const Dispatched& backend : backends()) {
            INFO(backend.name() << " " << n);
            const ByteRowBuffer other = quantize(backend, x, n);
            const auto view = other.view();
            CHECK(std::memcmp(view.values, reference.view().values, (n + 3) / 4 * 4) == 0);
            CHECK(same_bits(view.facts[0].scale, facts.scale));
            CHECK(same_bits(view.facts[0].middle, facts.middle));
            CHECK(view.facts[0].negative_sum == facts.negative_sum);
        }
    }
}

TEST_CASE("a product of bytes is that of the quantised rows and weights", "[kernels][integers]") {
    for (const std::size_t inputs : {1, 4, 7, 50, 64, 129}) {
        for (const std::size_t outputs : {1, 8, 15, 16, 17, 33, 48, 63, 64}) {
            const auto weights = random_values(inputs * outputs, inputs + outputs), bias = random_values(outputs, 2);
            const auto bytes = pack(weights, outputs, inputs);
            const auto panel = bytes.panel(0);
            for (const std::size_t count : {0, 1, 5, 6, 7, 13}) {
                const auto x = random_values(count * inputs, 3), before = random_values(count * 70 + 1, 4);
                for (const Dispatched& backend : backends()) {
                    const ByteRowBuffer rows = quantize(backend, x, inputs);
                    for (const bool accumulate : {false, true}) {
                        for (const Activation activation : {Activation::none, Activation::gelu}) {
                            std::vector<float> c = before;
                            backend.multiply_bytes(rows.view(), panel, outputs, {bias.data(), activation, accumulate},
                                                   {c.data() + 1, count, outputs, 70});
                            INFO(backend.name() << " " << count << "x" << inputs << "x" << outputs << " activation "
                                                << static_cast<int>(activation) << " accumulate " << accumulate);
                            for (std::size_t at = 0; at < c.size(); ++at) {
                                const std::size_t i = at == 0 ? 0 : (at - 1) / 70, j = at == 0 ? 99 : (at - 1) % 70;
                                if (i >= count || j >= outputs) {
                                    if (!same_bits(c[at], before[at])) FAIL("wrote beside the result at " << at);
                                    continue;
                                }
                                double sum = bias[j];
                                for (std::size_t k = 0; k < inputs; ++k) {
                                    const int q = panel.values[(k / 4 * kPanelWidth + j) * 4 + k % 4] - 128;
                                    const tensor::ByteRow& facts = rows.view().facts[i];
                                    sum += static_cast<double>(panel.scales[j]) * q *
                                           (static_cast<double>(facts.scale) * rows.view().row(i)[k] + facts.middle);
                                }
                                double y = true_activation(activation, sum);
                                if (accumulate) y += before[at];
                                if (!is_within(c[at], y, 1e-5)) FAIL(i << "," << j << ": " << c[at] << " for " << y);
                            }
                        }
                    }
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("sums of bytes are exact and the same with every instruction set", "[kernels][integers][laws]") {
    const std::size_t inputs = 130, outputs = 64;
    std::vector<float> weights(inputs * outputs), x(3 * inputs);
    Random random(2, "bytes");
    // Whole numbers that reach both bounds: all scales are 1, sums stay below 2^24.
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = i < outputs ? 127.0F : static_cast<float>(static_cast<int>(random() % 255) - 127);
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = i % inputs < 2 ? (i % 2 == 0 ? 127.0F : -127.0F)
               : i < inputs   ? 127.0F
                              : static_cast<float>(static_cast<int>(random() % 255) - 127);
    }
    const auto bytes = pack(weights, outputs, inputs);
    for (const Dispatched& backend : backends()) {
        std::vector<float> c(3 * outputs);
        backend.multiply_bytes(quantize(backend, x, inputs).view(), bytes.panel(0), outputs, {},
                               {c.data(), 3, outputs});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t j = 0; j < outputs; ++j) {
                double sum = 0.0;
                for (std::size_t k = 0; k < inputs; ++k) {
                    sum += static_cast<double>(x[i * inputs + k]) * weights[k * outputs + j];
                }
                wrong += static_cast<double>(c[i * outputs + j]) != sum;
            }
        }
        INFO(backend.name());
        CHECK(wrong == 0);
    }
}

TEST_CASE("a row of bytes does not depend on the rows beside it; a NaN stays in its row", "[kernels][integers][laws]") {
    const std::size_t inputs = 48, outputs = 50, count = 14;
    const auto bytes = pack(random_values(inputs * outputs, 1), outputs, inputs);
    auto x = random_values(count * inputs, 2);
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        std::vector<float> together(count * outputs), alone(outputs);
        backend.multiply_bytes(quantize(backend, x, inputs).view(), bytes.panel(0), outputs, {},
                               {together.data(), count, outputs});
        for (std::size_t i = 0; i < count; ++i) {
            const auto first = x.begin() + static_cast<std::ptrdiff_t>(i * inputs);
            const std::vector<float> row(first, first + static_cast<std::ptrdiff_t>(inputs));
            backend.multiply_bytes(quantize(backend, row, inputs).view(), bytes.panel(0), outputs, {},
                                   {alone.data(), 1, outputs});
            CHECK(std::memcmp(alone.data(), together.data() + i * outputs, outputs * sizeof(float)) == 0);
        }
        for (const float bad : {kNan, kInfinity}) {
            auto damaged = x;
            damaged[5 * inputs + 47] = bad;
            std::vector<float> c(count * outputs);
            backend.multiply_bytes(quantize(backend, damaged, inputs).view(), bytes.panel(0), outputs, {},
                                   {c.data(), count, outputs});
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < c.size(); ++i) wrong += std::isnan(c[i]) != (i / outputs == 5);
            CHECK(wrong == 0);
        }
    }
}
