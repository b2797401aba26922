#include <familiar/tensor/byte_rows.hpp>

#include <catch2/catch.hpp>

using namespace familiar::tensor;

TEST_CASE("rows of bytes begin at whole registers") {
    CHECK(byte_row_stride(1) == 16);
    CHECK(byte_row_stride(384) == 384);
    ByteRowBuffer buffer;
    buffer.resize(3, 50);
    buffer.facts(2).scale = 2.0F;
    const ByteRows rows = buffer.view();
    CHECK(rows.rows == 3);
    CHECK(rows.columns == 50);
    CHECK(rows.facts[2].scale == 2.0F);
    for (std::size_t r = 0; r < 3; ++r) {
        CHECK(rows.row(r) == rows.values + 64 * r);
        CHECK(buffer.row(r) == rows.row(r));
    }
}
