#include <familiar/tensor/bfloat_rows.hpp>
#include <familiar/tensor/half.hpp>
#include <familiar/tensor/packed_bfloats.hpp>
#include <familiar/tensor/packed_halves.hpp>

#include "../backends.hpp"

#include <bit>
#include <cstdint>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::kPanelWidth;

namespace {

/// One panel of weights, and what they are once they stand in 16 bits.
struct Weights {
    Weights(std::size_t outputs, std::size_t inputs) : f32(outputs, inputs) {
        const auto values = random_values(inputs * kPanelWidth, outputs + 100 * inputs);
        for (std::size_t i = 0; i < values.size(); ++i) {
            f32.panel(0)[i] = i % kPanelWidth < outputs ? values[i] : 0.0F;
        }
    }

    /// Each weight taken through 16 bits.
    template <class Narrow, class Widen> [[nodiscard]] std::vector<float> through(Narrow narrow, Widen widen) const {
        std::vector<float> values(f32.inputs() * kPanelWidth);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = widen(narrow(f32.panel(0)[i]));
        return values;
    }

    tensor::PackedMatrix f32;
};

tensor::BfloatRowBuffer round(const Dispatched& backend, const std::vector<float>& x, std::size_t columns) {
    tensor::BfloatRowBuffer rows;
    rows.resize(x.size() / columns, columns);
    for (std::size_t r = 0; r < x.size() / columns; ++r) {
        backend.round_row(x.data() + r * columns, columns, rows.row(r));
    }
    return rows;
}

} // namespace

TEST_CASE("a row becomes the nearest bf16, the same bits everywhere", "[kernels][bf16]") {
    std::vector<float> x{0.0F, -0.0F, 1.0F, kInfinity, -kInfinity, kNan, 3.4028235e38F, 1e-40F, -1e-40F, 0x1p-126F};
    for (const std::uint32_t tie : {0x3f808000U, 0x3f818000U, 0xbf808001U, 0x3f807fffU, 0x7f800001U, 0xff80ffffU}) {
        x.push_back(std::bit_cast<float>(tie));
    }
    const auto more = random_values(51, 3);
    x.insert(x.end(), more.begin(), more.end());
    for (std::size_t n = 1; n <= x.size(); ++n) {
        const std::vector<float> row(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n));
        for (const Dispatched& backend : backends()) {
            INFO(backend.name() << " " << n);
            const auto rounded = round(backend, row, n);
            const std::uint16_t* const values = rounded.view().data;
            std::size_t wrong = n % 2 != 0 && values[n] != 0;
            for (std::size_t i = 0; i < n; ++i) {
                const bool subnormal = std::fabs(row[i]) < 0x1p-126F;
                wrong += values[i] != tensor::f32_to_bf16(subnormal ? std::copysign(0.0F, row[i]) : row[i]);
            }
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("weights of 16 bits multiply as their f32 values do", "[kernels][bf16]") {
    for (const std::size_t inputs : {1, 2, 7, 33, 384}) {
        for (const std::size_t outputs : {1, 15, 17, 48, 64}) {
            const Weights weights(outputs, inputs);
            const auto halves = weights.through(tensor::f32_to_f16, tensor::f16_to_f32),
                       bfloats = weights.through(tensor::f32_to_bf16, tensor::bf16_to_f32);
            const tensor::PackedHalves packed_halves(weights.f32);
            const tensor::PackedBfloats packed_bfloats(weights.f32);
            const auto bias = random_values(outputs, 2);
            for (const std::size_t count : {0, 1, 5, 6, 13}) {
                const auto x = random_values(count * inputs, 3), before = random_values(count * 70 + 1, 4);
                for (const Dispatched& backend : backends()) {
                    const auto rows = round(backend, x, inputs);
                    std::vector<float> rounded(x.size());
                    for (std::size_t i = 0; i < x.size(); ++i) {
                        rounded[i] = tensor::bf16_to_f32(tensor::f32_to_bf16(x[i]));
                    }
                    for (const bool accumulate : {false, true}) {
                        const Epilogue epilogue{bias.data(), accumulate ? Activation::gelu : Activation::none,
                                                accumulate};
                        const auto into = [&](std::vector<float>& c) {
                            return tensor::MatrixView<float>(c.data() + 1, count, outputs, 70);
                        };
                        INFO(backend.name() << " " << count << "x" << inputs << "x" << outputs);
                        std::vector<float> wanted = before, c = before;
                        backend.multiply_panel({x.data(), count, inputs}, halves.data(), outputs, epilogue,
                                               into(wanted));
                        backend.multiply_halves({x.data(), count, inputs}, packed_halves.panel(0), outputs, epilogue,
                                                into(c));
                        CHECK(same_bits(c, wanted));

                        c = wanted = before;
                        backend.multiply_panel({rounded.data(), count, inputs}, bfloats.data(), outputs, epilogue,
                                               into(wanted));
                        backend.multiply_bfloats(rows.view(), packed_bfloats.panel(0), outputs, epilogue, into(c));
                        if (backend.isa() != Isa::avx512_bf16) {
                            CHECK(same_bits(c, wanted));
                            continue;
                        }
                        // Two products at a time: other roundings of the same sum, at most one more for each.
                        std::size_t wrong = 0;
                        for (std::size_t at = 0; at < c.size(); ++at) {
                            const std::size_t i = at == 0 ? 0 : (at - 1) / 70, j = at == 0 ? 99 : (at - 1) % 70;
                            double magnitudes = 1.0;
                            for (std::size_t k = 0; j < outputs && k < inputs; ++k) {
                                magnitudes += std::fabs(static_cast<double>(rounded[i * inputs + k]) *
                                                        bfloats[k * kPanelWidth + j]);
                            }
                            const double bound =
                                j < outputs ? 4e-6 + 2.0 * static_cast<double>(inputs + 1) * kUnit * magnitudes : 0.0;
                            wrong += !is_within(c[at], wanted[at], bound);
                        }
                        CHECK(wrong == 0);
                    }
                }
            }
        }
    }
}

TEST_CASE("a bf16 row does not depend on the rows beside it; a NaN stays in its row", "[kernels][bf16][laws]") {
    const std::size_t inputs = 49, outputs = 50, count = 14;
    const Weights weights(outputs, inputs);
    const tensor::PackedBfloats packed(weights.f32);
    auto x = random_values(count * inputs, 2);
    for (const Dispatched& backend : backends()) {
        INFO(backend.name());
        std::vector<float> together(count * outputs), alone(outputs);
        backend.multiply_bfloats(round(backend, x, inputs).view(), packed.panel(0), outputs, {},
                                 {together.data(), count, outputs});
        for (std::size_t i = 0; i < count; ++i) {
            const auto first = x.begin() + static_cast<std::ptrdiff_t>(i * inputs);
            const std::vector<float> row(first, first + static_cast<std::ptrdiff_t>(inputs));
            backend.multiply_bfloats(round(backend, row, inputs).view(), packed.panel(0), outputs, {},
                                     {alone.data(), 1, outputs});
            CHECK(std::memcmp(alone.data(), together.data() + i * outputs, outputs * sizeof(float)) == 0);
        }
        auto damaged = x;
        damaged[5 * inputs + 48] = kNan;
        std::vector<float> c(count * outputs);
        backend.multiply_bfloats(round(backend, damaged, inputs).view(), packed.panel(0), outputs, {},
                                 {c.data(), count, outputs});
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < c.size(); ++i) wrong += std::isnan(c[i]) != (i / outputs == 5);
        CHECK(wrong == 0);
    }
}

TEST_CASE("where the processor multiplies bf16, avx512_bf16 does it", "[kernels][bf16][dispatch]") {
    if (!available(Isa::avx512_bf16)) return;
    // Many inputs of both signs: some sum of two products at a time is rounded otherwise than one of single ones.
    const std::size_t inputs = 1536;
    const Weights weights(kPanelWidth, inputs);
    const tensor::PackedBfloats packed(weights.f32);
    const auto x = random_values(inputs, 9);
    const auto product = [&](Isa isa) {
        const Dispatched backend(isa);
        std::vector<float> c(kPanelWidth);
        backend.multiply_bfloats(round(backend, x, inputs).view(), packed.panel(0), kPanelWidth, {},
                                 {c.data(), 1, kPanelWidth});
        return c;
    };
    CHECK_FALSE(same_bits(product(Isa::avx512_bf16), product(Isa::avx512_vnni)));
}
