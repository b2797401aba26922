#include <familiar/kernels/xsimd.hpp>

#include "backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

TEST_CASE("the compile-time backend and the dispatched one of the same name agree bit for bit", "[kernels][xsimd]") {
    const Xsimd chosen;
    const Dispatched dispatched(Isa::xsimd);
    const std::size_t n = 77;
    const auto x = random_values(n, 1), y = random_values(n, 2);
    std::vector<float> a(n), b(n);
    chosen.softmax(x.data(), n, a.data());
    dispatched.softmax(x.data(), n, b.data());
    CHECK(same_bits(a, b));
    chosen.layer_norm(x.data(), y.data(), nullptr, 1e-5F, n, a.data());
    dispatched.layer_norm(x.data(), y.data(), nullptr, 1e-5F, n, b.data());
    CHECK(same_bits(a, b));
    chosen.gated(Activation::silu, x.data(), y.data(), n, a.data());
    dispatched.gated(Activation::silu, x.data(), y.data(), n, b.data());
    CHECK(same_bits(a, b));
    CHECK(same_bits(chosen.dot(x.data(), y.data(), n), dispatched.dot(x.data(), y.data(), n)));
}
