#include <familiar/kernels/reference.hpp>

#include "backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

// Numbers that can be checked by hand: what all the other tests compare with must not be wrong in the same way.

TEST_CASE("the reference product on numbers worked out by hand", "[kernels][reference]") {
    const Reference reference;
    const std::vector<float> a{1, 2, 3, 4}; // [2, 2]
    std::vector<float> panel(2 * tensor::kPanelWidth);
    panel[0] = 5;
    panel[1] = 6;
    panel[tensor::kPanelWidth] = 7;
    panel[tensor::kPanelWidth + 1] = 8;
    const std::vector<float> bias{100, -50};
    std::vector<float> c{1000, 2000, 3000, 4000};
    reference.multiply_panel({a.data(), 2, 2}, panel.data(), 2, {}, {c.data(), 2, 2});
    CHECK(c == std::vector<float>{19, 22, 43, 50});
    c = {1000, 2000, 3000, 4000};
    reference.multiply_panel({a.data(), 2, 2}, panel.data(), 2, {bias.data(), Activation::relu, true},
                             {c.data(), 2, 2});
    CHECK(c == std::vector<float>{1119, 2000, 3143, 4000});
}

TEST_CASE("the reference rows on numbers worked out by hand", "[kernels][reference]") {
    const Reference reference;
    const std::vector<float> x{1, 2, 3, 4, 5}, gain(5, 2.0F), bias(5, 1.0F);
    std::vector<float> y(5);
    reference.layer_norm(x.data(), gain.data(), bias.data(), 0.0F, 5, y.data()); // mean 3, variance 2
    for (std::size_t i = 0; i < 5; ++i) CHECK(y[i] == Approx(1.0 + 2.0 * (double{x[i]} - 3.0) / std::sqrt(2.0)));
    reference.rms_norm(x.data(), gain.data(), 0.0F, 5, y.data()); // mean square 11
    for (std::size_t i = 0; i < 5; ++i) CHECK(y[i] == Approx(2.0 * x[i] / std::sqrt(11.0)));
    const std::vector<float> logarithms{std::log(1.0F), std::log(2.0F), std::log(5.0F)};
    reference.softmax(logarithms.data(), 3, y.data());
    CHECK(y[0] == Approx(0.125));
    CHECK(y[1] == Approx(0.25));
    CHECK(y[2] == Approx(0.625));
}

TEST_CASE("the reference activations at published values", "[kernels][reference]") {
    const Reference reference;
    const std::vector<float> x{1.0F, -1.0F, 2.0F};
    std::vector<float> y(3);
    reference.activate(Activation::gelu, x.data(), 3, y.data()); // x times the normal distribution
    CHECK(y[0] == Approx(0.8413447461));
    CHECK(y[1] == Approx(-0.1586552539));
    CHECK(y[2] == Approx(1.9544997361));
    reference.activate(Activation::gelu_tanh, x.data(), 3, y.data());
    CHECK(y[0] == Approx(0.8411919906));
    CHECK(y[1] == Approx(-0.1588080094));
    reference.activate(Activation::silu, x.data(), 3, y.data());
    CHECK(y[0] == Approx(0.7310585786));
    CHECK(y[1] == Approx(-0.2689414214));
    reference.activate(Activation::tanh, x.data(), 3, y.data());
    CHECK(y[0] == Approx(0.7615941560));
}

TEST_CASE("the reference attention on numbers worked out by hand", "[kernels][reference]") {
    const Reference reference;
    const float log_three = std::log(3.0F);
    const std::vector<float> queries{1, 0, 1, 0}, keys{0, 9, log_three, -9}, values{4, 0, 8, 40};
    AttentionTask task;
    task.queries = {queries.data(), 2, 2};
    task.own = {keys.data(), values.data(), 2, 2};
    std::vector<float> out(4), scratch(reference.attention_scratch(2, 2, 2));
    task.out = {out.data(), 2, 2};
    reference.attention(task, scratch.data()); // weights 1/4 and 3/4
    for (const std::size_t i : {0, 2}) {
        CHECK(out[i] == Approx(7.0));
        CHECK(out[i + 1] == Approx(30.0));
    }
    task.causal = true;
    reference.attention(task, scratch.data());
    CHECK(out[0] == 4.0F);
    CHECK(out[1] == 0.0F);
    CHECK(out[2] == Approx(7.0));
}

TEST_CASE("the reference rotation by a right angle", "[kernels][reference]") {
    const Reference reference;
    const std::vector<float> cosines{0, 1}, sines{1, 0};
    std::vector<float> halves{1, 2, 3, 4}, pairs{1, 2, 3, 4};
    reference.rotate_halves(halves.data(), cosines.data(), sines.data(), 4);
    CHECK(halves == std::vector<float>{-3, 2, 1, 4});
    reference.rotate_pairs(pairs.data(), cosines.data(), sines.data(), 4);
    CHECK(pairs == std::vector<float>{-2, 1, 3, 4});
}
