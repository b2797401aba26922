#include <familiar/tensor/packed_matrix.hpp>

#include <catch2/catch.hpp>

using familiar::tensor::kPanelWidth;
using familiar::tensor::PackedMatrix;

TEST_CASE("A packed matrix has as many panels as hold its outputs, the last one partly filled") {
    const PackedMatrix matrix(130, 8);
    CHECK(matrix.outputs() == 130);
    CHECK(matrix.inputs() == 8);
    REQUIRE(matrix.panels() == 3);
    CHECK(matrix.panel_outputs(0) == 64);
    CHECK(matrix.panel_outputs(2) == 2);
    CHECK(matrix.panel(1) - matrix.panel(0) == static_cast<std::ptrdiff_t>(8 * kPanelWidth));
    CHECK(PackedMatrix(64, 1).panels() == 1);
    CHECK(PackedMatrix().panels() == 0);
}

TEST_CASE("Every panel of a packed matrix can be written whole") {
    PackedMatrix matrix(65, 3);
    for (std::size_t p = 0; p < matrix.panels(); ++p) {
        for (std::size_t i = 0; i < 3 * kPanelWidth; ++i) matrix.panel(p)[i] = static_cast<float>(p);
    }
    CHECK(matrix.panel(0)[3 * kPanelWidth - 1] == 0.0F);
    CHECK(matrix.panel(1)[3 * kPanelWidth - 1] == 1.0F);
}
