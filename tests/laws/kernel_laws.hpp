#pragma once

#include <familiar/core/random.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace familiar::laws {

inline std::vector<float> random_values(Random& random, std::size_t n, float scale = 2.0F) {
    std::vector<float> values(n);
    for (float& value : values) value = scale * static_cast<float>(2.0 * random.uniform() - 1.0);
    return values;
}

inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
    return largest;
}

/// The laws of `KernelBackend`: every operation agrees with the reference for all lengths around the width of any
/// register, writes nothing beyond its output, and a row's result does not depend on how many rows are computed with
/// it.
template <kernels::KernelBackend K> void check_kernel_laws(const K& kernels, double tolerance = 2e-5) {
    const kernels::Reference reference;
    Random random(7);
    CHECK_FALSE(std::string(kernels.name()).empty());
    static constexpr float kCanary = 12345.0F;
    constexpr std::size_t kGuard = 16;

    for (std::size_t n = 1; n <= 70; n = n < 34 ? n + 1 : n + 9) {
        INFO("length " << n);
        const auto x = random_values(random, n), y = random_values(random, n), gain = random_values(random, n),
                   bias = random_values(random, n);
        const auto both = [&](auto&& operation) {
            std::vector<float> wanted(n + kGuard, kCanary), came(n + kGuard, kCanary);
            operation(reference, wanted.data());
            operation(kernels, came.data());
            CHECK(largest_difference(wanted, came) <= tolerance * std::max(1.0, std::sqrt(double(n))));
            CHECK(std::all_of(came.begin() + std::ptrdiff_t(n), came.end(), [](float v) { return v == kCanary; }));
        };
        both([&](const auto& k, float* out) { k.layer_norm(x.data(), gain.data(), bias.data(), 1e-5F, n, out); });
        both([&](const auto& k, float* out) { k.layer_norm(x.data(), gain.data(), nullptr, 1e-5F, n, out); });
        both([&](const auto& k, float* out) { k.rms_norm(x.data(), gain.data(), 1e-5F, n, out); });
        both([&](const auto& k, float* out) { k.softmax(x.data(), n, out); });
        both([&](const auto& k, float* out) { k.add(x.data(), y.data(), n, out); });
        for (const auto activation :
             {kernels::Activation::none, kernels::Activation::gelu, kernels::Activation::gelu_tanh,
              kernels::Activation::relu, kernels::Activation::silu, kernels::Activation::tanh}) {
            both([&](const auto& k, float* out) { k.activate(activation, x.data(), n, out); });
            both([&](const auto& k, float* out) { k.gated(activation, x.data(), y.data(), n, out); });
        }
        both([&](const auto& k, float* out) {
            std::copy(y.begin(), y.end(), out);
            k.multiply_add(0.75F, x.data(), n, out);
        });
        CHECK(std::abs(kernels.dot(x.data(), y.data(), n) - reference.dot(x.data(), y.data(), n)) <=
              tolerance * double(n));
        if (n % 2 == 0) {
            const auto cosines = random_values(random, n / 2, 1.0F), sines = random_values(random, n / 2, 1.0F);
            both([&](const auto& k, float* out) {
                std::copy(x.begin(), x.end(), out);
                k.rotate_halves(out, cosines.data(), sines.data(), n);
            });
            both([&](const auto& k, float* out) {
                std::copy(x.begin(), x.end(), out);
                k.rotate_pairs(out, cosines.data(), sines.data(), n);
            });
        }
    }

    // Products: rows, depth and outputs around the tile sizes; a row alone is the row in a batch, to the bit.
    for (const std::size_t rows : {1U, 2U, 5U, 6U, 7U, 13U}) {
        for (const std::size_t depth : {1U, 17U, 64U}) {
            for (const std::size_t outputs : {1U, 15U, 16U, 33U, 64U}) {
                INFO(rows << " rows, depth " << depth << ", " << outputs << " outputs");
                const auto a = random_values(random, rows * depth), bias = random_values(random, outputs);
                std::vector<float> panel = random_values(random, depth * tensor::kPanelWidth);
                std::vector<float> wanted(rows * outputs, 0.5F), came(wanted), alone(outputs, 0.5F);
                const kernels::Epilogue epilogue{bias.data(), kernels::Activation::gelu, true};
                const tensor::MatrixView<const float> left(a.data(), rows, depth);
                reference.multiply_panel(left, panel.data(), outputs, epilogue, {wanted.data(), rows, outputs});
                kernels.multiply_panel(left, panel.data(), outputs, epilogue, {came.data(), rows, outputs});
                CHECK(largest_difference(wanted, came) <= tolerance * double(depth));
                const std::size_t last = rows - 1;
                kernels.multiply_panel(left.rows_from(last, 1), panel.data(), outputs, epilogue,
                                       {alone.data(), 1, outputs});
                CHECK(std::equal(alone.begin(), alone.end(), came.begin() + std::ptrdiff_t(last * outputs)));
            }
        }
    }

    // Attention over a shared prefix and own keys.
    for (const std::size_t queries : {1U, 3U, 9U}) {
        for (const std::size_t head : {8U, 24U, 64U}) {
            for (const bool causal : {false, true}) {
                INFO(queries << " queries, head of " << head << (causal ? ", causal" : ""));
                const std::size_t prefix = 11, own = queries;
                const auto q = random_values(random, queries * head), k1 = random_values(random, prefix * head),
                           v1 = random_values(random, prefix * head), k2 = random_values(random, own * head),
                           v2 = random_values(random, own * head);
                const kernels::KeyValueSpan shared{k1.data(), v1.data(), prefix, head};
                const auto run = [&](const auto& backend) {
                    std::vector<float> out(queries * head, kCanary),
                        scratch(backend.attention_scratch(queries, prefix + own, head) + 1);
                    kernels::AttentionTask task;
                    task.queries = {q.data(), queries, head};
                    task.visible = {&shared, 1};
                    task.own = {k2.data(), v2.data(), own, head};
                    task.causal = causal;
                    task.scale = 1.0F / std::sqrt(float(head));
                    task.out = {out.data(), queries, head};
                    backend.attention(task, scratch.data());
                    return out;
                };
                CHECK(largest_difference(run(reference), run(kernels)) <= 10 * tolerance);
            }
        }
    }
}

} // namespace familiar::laws
