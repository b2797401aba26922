#include <familiar/kernels/kernel_table.hpp>
#include <familiar/kernels/xsimd.hpp>

#include "backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

TEST_CASE("the table of a backend calls that backend", "[kernels][dispatch]") {
    constexpr KernelTable table = TableOf<Xsimd>::make(Isa::xsimd);
    STATIC_REQUIRE(table.isa == Isa::xsimd);
    const Xsimd backend;
    const auto x = random_values(50, 1), y = random_values(50, 2);
    std::vector<float> a(50), b(50);
    const auto same = [&](auto direct, auto through_table) {
        a = b = x;
        direct(a.data());
        through_table(b.data());
        CHECK(same_bits(a, b));
        CHECK_FALSE(same_bits(a, x));
    };
    same([&](float* out) { backend.softmax(x.data(), 50, out); },
         [&](float* out) { table.softmax(x.data(), 50, out); });
    same([&](float* out) { backend.rms_norm(x.data(), y.data(), 0.1F, 50, out); },
         [&](float* out) { table.rms_norm(x.data(), y.data(), 0.1F, 50, out); });
    same([&](float* out) { backend.layer_norm(x.data(), y.data(), nullptr, 0.1F, 50, out); },
         [&](float* out) { table.layer_norm(x.data(), y.data(), nullptr, 0.1F, 50, out); });
    same([&](float* out) { backend.add(x.data(), y.data(), 50, out); },
         [&](float* out) { table.add(x.data(), y.data(), 50, out); });
    same([&](float* out) { backend.multiply_add(0.5F, y.data(), 50, out); },
         [&](float* out) { table.multiply_add(0.5F, y.data(), 50, out); });
    same([&](float* out) { backend.gated(Activation::silu, x.data(), y.data(), 50, out); },
         [&](float* out) { table.gated(Activation::silu, x.data(), y.data(), 50, out); });
    same([&](float* out) { backend.activate(Activation::tanh, x.data(), 50, out); },
         [&](float* out) { table.activate(Activation::tanh, x.data(), 50, out); });
    same([&](float* out) { backend.rotate_halves(out, y.data(), x.data(), 50); },
         [&](float* out) { table.rotate_halves(out, y.data(), x.data(), 50); });
    same([&](float* out) { backend.rotate_pairs(out, y.data(), x.data(), 50); },
         [&](float* out) { table.rotate_pairs(out, y.data(), x.data(), 50); });
    CHECK(same_bits(backend.dot(x.data(), y.data(), 50), table.dot(x.data(), y.data(), 50)));
    CHECK(backend.attention_scratch(3, 40, 24) == table.attention_scratch(3, 40, 24));
}
