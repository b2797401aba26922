#include "../backends.hpp"

#include <array>

using namespace familiar;
using namespace familiar::kernels;
using namespace familiar::tests;

namespace {

struct Shape {
    std::size_t queries, keys, head;
    bool causal;
    std::size_t window;
    bool bias;
};

/// Values in [-1, 1); rows of queries, keys and values as an encoder has them, side by side in memory.
struct Head {
    explicit Head(Shape s)
        : shape(s), stride(s.head + 3), q(random_values(s.queries * stride, 1)), k(random_values(s.keys * stride, 2)),
          v(random_values(s.keys * stride, 3)), bias(random_values(s.keys, 4)) {}

    [[nodiscard]] std::vector<float> run(const Dispatched& backend, bool rounded, std::size_t first, std::size_t count,
                                         std::size_t cut = 0) const {
        std::vector<float> out(count * shape.head), scratch(backend.attention_scratch(count, shape.keys, shape.head));
        const std::array<KeyValueSpan, 1> before{KeyValueSpan{k.data(), v.data(), cut, stride}};
        AttentionTask task;
        task.queries = {q.data() + first * stride, count, shape.head, stride};
        if (cut != 0) task.visible = before;
        task.own = {k.data() + cut * stride, v.data() + cut * stride, shape.keys - cut, stride};
        task.causal = shape.causal;
        task.own_offset = shape.keys - shape.queries + first - cut;
        task.scale = 0.3F;
        task.window = shape.window;
        if (shape.bias) task.bias = bias.data();
        task.rounded = rounded;
        task.out = {out.data(), count, shape.head};
        backend.attention(task, scratch.data());
        return out;
    }

    Shape shape;
    std::size_t stride;
    std::vector<float> q, k, v, bias;
};

} // namespace

TEST_CASE("attention of rounded operands is attention within the rounding, and a query's own", "[kernels][attention]") {
    for (const Shape& shape :
         {Shape{1, 1, 8, false, 0, false}, Shape{5, 5, 32, false, 0, false}, Shape{13, 17, 20, true, 0, false},
          Shape{16, 16, 64, false, 0, true}, Shape{130, 130, 32, false, 0, false}, Shape{70, 90, 72, true, 25, false},
          Shape{40, 41, 7, true, 0, true}}) {
        const Head head(shape);
        for (const Dispatched& backend : backends()) {
            INFO(backend.name() << " " << shape.queries << "x" << shape.keys << "x" << shape.head);
            const auto exact = head.run(backend, false, 0, shape.queries),
                       rounded = head.run(backend, true, 0, shape.queries);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < exact.size(); ++i) wrong += !is_within(rounded[i], exact[i], 0.015);
            CHECK(wrong == 0);
            if (backend.isa() != Isa::avx512_bf16) {
                CHECK(same_bits(rounded, exact));
            } else if (shape.keys > 1) {
                CHECK_FALSE(same_bits(rounded, exact));
            }
            // Neither the queries beside it nor how the keys are cut into spans changes a bit.
            for (std::size_t i = 0; i < shape.queries; i += 3) {
                const auto alone = head.run(backend, true, i, 1);
                CHECK(std::memcmp(alone.data(), rounded.data() + i * shape.head, shape.head * sizeof(float)) == 0);
            }
            if (shape.keys > shape.queries) {
                CHECK(same_bits(head.run(backend, true, 0, shape.queries, shape.keys - shape.queries), rounded));
            }
        }
    }
}

TEST_CASE("a NaN of a rounded query stays in its row", "[kernels][attention]") {
    Head head({20, 20, 32, false, 0, false});
    head.q[7 * head.stride + 3] = kNan;
    for (const Dispatched& backend : backends()) {
        const auto out = head.run(backend, true, 0, 20);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < out.size(); ++i) wrong += std::isnan(out[i]) != (i / 32 == 7);
        INFO(backend.name());
        CHECK(wrong == 0);
    }
}
