#include <familiar/encoder/linear_rows.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/tensor/half.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar;
using namespace familiar::encoder;

TEST_CASE("rows take the form that a precision asks for, in memory used again") {
    const std::vector<float> x{1.0F, -2.5F, 127.0F, 0.0F, 0.3F, -127.0F};
    LinearRowBuffer buffer;
    for (const auto precision : {Precision::bf16, Precision::int8, Precision::bf16}) {
        buffer.resize(precision, 2, 3);
        for (std::size_t r = 0; r < 2; ++r) buffer.set(kernels::Reference{}, r, x.data() + 3 * r, 3);
        const LinearRows rows = buffer.view();
        CHECK((rows.bfloats.rows == 2) == (precision == Precision::bf16));
        CHECK((rows.bytes.rows == 2) == (precision == Precision::int8));
        CHECK(rows.floats.rows == 0);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::size_t r = i / 3, k = i % 3;
            if (precision == Precision::bf16) {
                CHECK(rows.bfloats.row(r)[k] == tensor::f32_to_bf16(x[i]));
            } else {
                const auto& facts = rows.bytes.facts[r];
                CHECK(facts.scale * rows.bytes.row(r)[k] + facts.middle == Approx(x[i]).margin(0.51 * facts.scale));
            }
        }
    }
    const tensor::MatrixView<const float> floats(x.data(), 2, 3);
    CHECK(LinearRows(floats).floats.data == x.data());
}
