#include <familiar/encoder/linear.hpp>
#include <familiar/kernels/reference.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;

TEST_CASE("a linear layer is its definition, whole or panel by panel, with and without bias") {
    const std::size_t outputs = 70, inputs = 3, rows = 2;
    Linear linear{tensor::PackedMatrix(outputs, inputs), {}};
    const auto weight = [](std::size_t o, std::size_t k) {
        return static_cast<float>(o) - 10.0F * static_cast<float>(k);
    };
    for (std::size_t p = 0; p < linear.panels(); ++p) {
        for (std::size_t k = 0; k < inputs; ++k) {
            for (std::size_t j = 0; j < tensor::kPanelWidth; ++j) {
                const std::size_t o = p * tensor::kPanelWidth + j;
                linear.packed.panel(p)[k * tensor::kPanelWidth + j] = o < outputs ? weight(o, k) : 0.0F;
            }
        }
    }
    CHECK(linear.outputs() == outputs);
    CHECK(linear.inputs() == inputs);
    const std::vector<float> x{1.0F, 2.0F, 3.0F, -1.0F, 0.0F, 4.0F};
    const tensor::MatrixView<const float> in(x.data(), rows, inputs);
    for (const bool has_bias : {false, true}) {
        if (has_bias) {
            linear.bias.resize(outputs);
            for (std::size_t o = 0; o < outputs; ++o) linear.bias[o] = static_cast<float>(o % 5) - 200.0F;
        }
        std::vector<float> y(rows * outputs, 1.0F), second(rows * outputs, 7.0F);
        const kernels::Reference kernels;
        linear.multiply(kernels, {kernels::Activation::relu, true}, in, 0, linear.panels(), {y.data(), rows, outputs});
        linear.multiply(kernels, {}, in, 1, 2, {second.data(), rows, outputs});
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t o = 0; o < outputs; ++o) {
                float sum = has_bias ? linear.bias[o] : 0.0F;
                for (std::size_t k = 0; k < inputs; ++k) sum += x[i * inputs + k] * weight(o, k);
                CHECK(y[i * outputs + o] == 1.0F + (sum > 0.0F ? sum : 0.0F));
                // The second panel alone, from column 0 on.
                if (o >= tensor::kPanelWidth) CHECK(second[i * outputs + o - tensor::kPanelWidth] == sum);
            }
            for (std::size_t o = outputs - tensor::kPanelWidth; o < outputs; ++o) {
                CHECK(second[i * outputs + o] == 7.0F);
            }
        }
    }
}

TEST_CASE("weights of another precision are the same layer within its rounding") {
    const std::size_t outputs = 70, inputs = 5, rows = 3;
    const auto layer = [&] {
        Linear linear{tensor::PackedMatrix(outputs, inputs), tensor::AlignedBuffer<float>(outputs)};
        for (std::size_t i = 0; i < 2 * inputs * tensor::kPanelWidth; ++i) {
            const bool exists = i < inputs * tensor::kPanelWidth || i % tensor::kPanelWidth < 6;
            linear.packed.panel(0)[i] = exists ? std::sin(static_cast<float>(i)) : 0.0F;
        }
        for (std::size_t o = 0; o < outputs; ++o) linear.bias[o] = 0.01F * static_cast<float>(o);
        return linear;
    };
    std::vector<float> x(rows * inputs);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::cos(3.0F * static_cast<float>(i));
    const kernels::Reference kernels;
    const auto product = [&](const Linear& linear) {
        LinearRows in(tensor::MatrixView<const float>(x.data(), rows, inputs));
        LinearRowBuffer buffer;
        if (linear.precision() != Precision::f32 && linear.precision() != Precision::f16) {
            buffer.resize(linear.precision(), rows, inputs);
            for (std::size_t r = 0; r < rows; ++r) buffer.set(kernels, r, x.data() + r * inputs, inputs);
            in = buffer.view();
        }
        std::vector<float> y(rows * outputs);
        for (std::size_t p = 0; p < linear.panels(); ++p) {
            linear.multiply_panel(kernels, {}, in, p, Linear::panel_of({y.data(), rows, outputs}, p));
        }
        return y;
    };
    const auto exact = product(layer());
    for (const auto& [precision, bound] : {std::pair{Precision::f32, 0.0F},
                                           {Precision::f16, 0.003F},
                                           {Precision::bf16, 0.04F},
                                           {Precision::int8, 0.05F}}) {
        Linear linear = layer();
        linear.store_as(precision);
        CHECK(linear.precision() == precision);
        CHECK(linear.outputs() == outputs);
        CHECK(linear.inputs() == inputs);
        CHECK(linear.panels() == 2);
        CHECK((linear.packed.outputs() == 0) == (precision != Precision::f32));
        const auto y = product(linear);
        float gap = 0.0F;
        for (std::size_t i = 0; i < y.size(); ++i) gap = std::max(gap, std::fabs(y[i] - exact[i]));
        CHECK(gap <= bound);
        CHECK((gap > 0.0F) == (precision != Precision::f32));
    }
}
