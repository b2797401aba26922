#include <familiar/core/random.hpp>
#include <familiar/decoder/linear_products.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::decoder;
using Products = LinearProducts<kernels::Dispatched>;

TEST_CASE("quantised matrices are multiplied as integers where these are wanted, others as f32") {
    const std::size_t inputs = 64, outputs = 100, rows = 20;
    Random random(1, "products");
    const tensor::StoredMatrix eight{tensor::ElementType::q8_0, nullptr, outputs, inputs},
        plain{tensor::ElementType::f16, nullptr, outputs, inputs};
    std::vector<std::byte> bytes(outputs * (eight.row_bytes() + plain.row_bytes()));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0x3fU);
    std::vector<float> x(rows * inputs);
    for (float& value : x) value = static_cast<float>(random.uniform() - 0.5);

    const kernels::Dispatched kernels;
    ThreadPool pool(2);
    const auto run = [&](Activations activations, bool quantised) {
        DecoderWeights weights;
        weights.layers.resize(1);
        LinearWeights& linear = quantised ? weights.head : weights.layers[0].output;
        linear.matrix = quantised ? eight : plain;
        linear.matrix.data = bytes.data() + (quantised ? 0 : outputs * eight.row_bytes());
        linear.bias.assign(outputs, 0.25F);
        Products products(weights, activations, {}, inputs, 1);
        CHECK(products.activations() == activations);
        CHECK(linear.interleaved.empty() == (activations == Activations::f32 || !quantised));
        const auto a = products.operand(kernels, pool, {x.data(), rows, inputs});
        std::vector<float> c(rows * outputs);
        for (std::size_t p = 0; p < 2; ++p) {
            const std::size_t count = p == 0 ? 64 : outputs - 64;
            products.multiply_panel(kernels, linear, p, a, {c.data() + 64 * p, rows, count, outputs}, {}, 0);
        }
        products.require_finite(weights, "file");
        return c;
    };
    const auto exact = run(Activations::f32, true), rounded = run(Activations::int8, true);
    float largest = 0.0F, gap = 0.0F;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        largest = std::max(largest, std::fabs(exact[i]));
        gap = std::max(gap, std::fabs(exact[i] - rounded[i]));
    }
    CHECK(gap > 0.0F);
    CHECK(gap <= 0.02F * largest);
    CHECK(run(Activations::int8, false) == run(Activations::f32, false));
}

TEST_CASE("a matrix that holds NaN is found when products copy it, and named") {
    std::vector<std::byte> bytes(100 * 2 * 34);
    DecoderWeights weights;
    weights.layers.resize(1);
    LinearWeights& linear = weights.layers[0].up;
    linear.matrix = {tensor::ElementType::q8_0, bytes.data(), 100, 64};
    linear.name = "blk.0.ffn_up.weight";
    bytes[(70 * 2 + 1) * 34 + 1] = std::byte{0x7e}; // the scale of inputs 32 to 63 of output 70
    Products products(weights, Activations::int8, {}, 64, 1);
    const kernels::Dispatched kernels;
    ThreadPool pool(1);
    const std::vector<float> x(64, 1.0F);
    const auto a = products.operand(kernels, pool, {x.data(), 1, 64});
    std::vector<float> c(100);
    products.multiply_panel(kernels, linear, 0, a, {c.data(), 1, 64, 64}, {}, 0);
    CHECK_NOTHROW(products.require_finite(weights, "file"));
    products.multiply_panel(kernels, linear, 1, a, {c.data() + 64, 1, 36, 36}, {}, 0);
    CHECK_THROWS_WITH(products.require_finite(weights, "file"),
                      Catch::Contains("blk.0.ffn_up.weight") &&
                          Catch::Contains("value " + std::to_string(70 * 64 + 32)));
}
