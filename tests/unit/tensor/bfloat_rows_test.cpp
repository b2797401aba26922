#include <familiar/tensor/bfloat_rows.hpp>

#include <catch2/catch.hpp>

using namespace familiar::tensor;

TEST_CASE("rows of bf16 begin at whole registers, with room for a last pair") {
    CHECK(bfloat_row_stride(1) == 32);
    CHECK(bfloat_row_stride(384) == 384);
    BfloatRowBuffer buffer;
    buffer.resize(3, 50);
    const BfloatRows rows = buffer.view();
    CHECK(rows.rows == 3);
    CHECK(rows.columns == 50);
    for (std::size_t r = 0; r < 3; ++r) {
        CHECK(rows.row(r) == rows.data + 64 * r);
        CHECK(buffer.row(r) == rows.row(r));
    }
}
