#include <familiar/tensor/quantized_rows.hpp>

#include <catch2/catch.hpp>

using namespace familiar::tensor;

TEST_CASE("rows of quantised values and their blocks stand end to end", "[tensor]") {
    QuantizedBuffer buffer;
    buffer.resize(3, 64);
    const QuantizedRows rows = buffer.view();
    CHECK(rows.rows == 3);
    CHECK(rows.columns == 64);
    for (std::size_t r = 0; r < 3; ++r) {
        CHECK(rows.row(r) == rows.values + 64 * r);
        CHECK(rows.row_blocks(r) == rows.blocks + 2 * r);
        CHECK(buffer.row(r) == rows.row(r));
        CHECK(buffer.row_blocks(r) == rows.row_blocks(r));
    }
    buffer.resize(1, 32); // keeps its memory
    CHECK(buffer.view().values == rows.values);
}
