#include <familiar/tensor/packed_matrix.hpp>

#include "../backends.hpp"

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;
using tensor::kPanelWidth;
using tensor::MatrixView;

namespace {

struct Shape {
    std::size_t rows, inner, outputs;
};

std::vector<Shape> shapes() {
    std::vector<Shape> all;
    for (std::size_t rows = 0; rows <= 13; ++rows) {
        for (const std::size_t inner : {0, 1, 2, 7, 33}) {
            for (const std::size_t outputs : {1, 2, 8, 15, 16, 17, 31, 33, 47, 49, 63, 64}) {
                all.push_back({rows, inner, outputs});
            }
        }
    }
    all.push_back({25, 384, 64});
    all.push_back({50, 130, 20});
    return all;
}

/// A product whose matrices start off any alignment, end where their memory ends, and have wider strides than rows.
struct Product {
    explicit Product(Shape s, std::uint64_t seed = 1)
        : shape(s), a_stride(s.inner + 3), c_stride(s.outputs + 5),
          a(1 + (s.rows != 0 ? (s.rows - 1) * a_stride + s.inner : 0)), panel(1 + s.inner * kPanelWidth),
          bias(random_values(s.outputs, seed + 2)), before(random_values(c_size(), seed + 3)) {
        a = random_values(a.size(), seed);
        const auto values = random_values(panel.size(), seed + 1);
        for (std::size_t k = 0; k < s.inner; ++k) {
            for (std::size_t j = 0; j < s.outputs; ++j)
                panel[1 + k * kPanelWidth + j] = values[1 + k * kPanelWidth + j];
        }
    }

    [[nodiscard]] std::size_t c_size() const {
        return 1 + (shape.rows != 0 ? (shape.rows - 1) * c_stride + shape.outputs : 0);
    }
    [[nodiscard]] MatrixView<const float> left(std::size_t first, std::size_t rows) const {
        return {a.data() + 1 + first * a_stride, rows, shape.inner, a_stride};
    }

    [[nodiscard]] std::vector<float> run(const Dispatched& backend, const Epilogue& epilogue) const {
        std::vector<float> c = before;
        backend.multiply_panel(left(0, shape.rows), panel.data() + 1, shape.outputs, epilogue,
                               {c.data() + 1, shape.rows, shape.outputs, c_stride});
        return c;
    }

    /// The sum in double, and the sum of magnitudes, which bounds its rounding.
    [[nodiscard]] std::pair<double, double> truth(std::size_t i, std::size_t j) const {
        double sum = 0.0, magnitudes = 0.0;
        for (std::size_t k = 0; k < shape.inner; ++k) {
            const double term = static_cast<double>(a[1 + i * a_stride + k]) * panel[1 + k * kPanelWidth + j];
            sum += term;
            magnitudes += std::fabs(term);
        }
        return {sum, magnitudes};
    }

    Shape shape;
    std::size_t a_stride, c_stride;
    std::vector<float> a, panel, bias, before;
};

} // namespace

TEST_CASE("a product with a panel is right to rounding and writes nothing beside it", "[kernels][product]") {
    for (const Dispatched& backend : backends()) {
        for (const Shape& shape : shapes()) {
            const Product product(shape);
            const auto c = product.run(backend, {});
            INFO(backend.name() << " " << shape.rows << "x" << shape.inner << "x" << shape.outputs);
            for (std::size_t at = 0; at < c.size(); ++at) {
                const std::size_t i = at == 0 ? 0 : (at - 1) / product.c_stride,
                                  j = at == 0 ? shape.outputs : (at - 1) % product.c_stride;
                if (j < shape.outputs) {
                    const auto [sum, magnitudes] = product.truth(i, j);
                    const double bound = static_cast<double>(shape.inner + 1) * kUnit * magnitudes;
                    if (!is_within(c[at], sum, bound)) FAIL(i << "," << j << ": " << c[at] << " for " << sum);
                } else if (!same_bits(c[at], product.before[at])) {
                    FAIL("wrote beside the result at " << at);
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("a row's result does not depend on the rows beside it, bit for bit", "[kernels][product]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            for (const bool accumulate : {false, true}) {
                const Product product({17, 45, 39}, 5);
                const Epilogue epilogue{product.bias.data(), activation, accumulate};
                const auto together = product.run(backend, epilogue);
                for (std::size_t first = 0; first < product.shape.rows; ++first) {
                    for (const std::size_t rows : {std::size_t{1}, product.shape.rows - first}) {
                        std::vector<float> c = product.before;
                        backend.multiply_panel(
                            product.left(first, rows), product.panel.data() + 1, product.shape.outputs, epilogue,
                            {c.data() + 1 + first * product.c_stride, rows, product.shape.outputs, product.c_stride});
                        for (std::size_t j = 0; j < product.shape.outputs; ++j) {
                            const std::size_t at = 1 + first * product.c_stride + j;
                            if (!same_bits(c[at], together[at])) {
                                FAIL(backend.name() << " row " << first << " of " << rows << " output " << j);
                            }
                        }
                    }
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("bias, activation and addition follow the sum in this order", "[kernels][product]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            for (const bool accumulate : {false, true}) {
                for (const bool biased : {false, true}) {
                    for (const Shape& shape : {Shape{1, 20, 64}, Shape{7, 20, 37}, Shape{13, 3, 64}}) {
                        const Product product(shape, 9);
                        const auto c =
                            product.run(backend, {biased ? product.bias.data() : nullptr, activation, accumulate});
                        INFO(backend.name() << " activation " << static_cast<int>(activation) << " accumulate "
                                            << accumulate << " biased " << biased);
                        for (std::size_t i = 0; i < shape.rows; ++i) {
                            for (std::size_t j = 0; j < shape.outputs; ++j) {
                                const std::size_t at = 1 + i * product.c_stride + j;
                                double sum = product.truth(i, j).first;
                                if (biased) sum += product.bias[j];
                                double y = true_activation(activation, sum);
                                if (accumulate) y += product.before[at];
                                if (!is_within(c[at], y, 4e-6)) FAIL(i << "," << j << ": " << c[at] << " for " << y);
                            }
                        }
                    }
                }
            }
        }
    }
    SUCCEED();
}

TEST_CASE("a NaN stays in its row and is not lost on the way", "[kernels][product]") {
    for (const Dispatched& backend : backends()) {
        for (const Activation activation : kActivations) {
            Product product({8, 12, 40}, 3);
            product.a[1 + 5 * product.a_stride + 7] = kNan;
            const auto c = product.run(backend, {product.bias.data(), activation, false});
            INFO(backend.name() << " activation " << static_cast<int>(activation));
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < 8; ++i) {
                for (std::size_t j = 0; j < 40; ++j) wrong += std::isnan(c[1 + i * product.c_stride + j]) != (i == 5);
            }
            CHECK(wrong == 0);
        }
    }
}
