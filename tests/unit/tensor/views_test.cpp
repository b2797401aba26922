#include <familiar/tensor/views.hpp>

#include <catch2/catch.hpp>

#include <vector>

using familiar::tensor::MatrixView;

TEST_CASE("Rows of a view are a stride apart and as long as its columns") {
    std::vector<float> values{0, 1, 2, 3, 4, 5, 6, 7};
    const MatrixView<float> view(values.data(), 2, 3, 4);
    REQUIRE(view[1].size() == 3);
    CHECK(view[1][0] == 4);
    CHECK(view.row(1)[2] == 6);
    const auto last = view.rows_from(1, 1);
    CHECK(last.rows == 1);
    CHECK(last[0][1] == 5);
    CHECK(MatrixView<float>(values.data(), 4, 2)[3][1] == 7);
}

TEST_CASE("A view of mutable values is a view of constant ones of the same memory") {
    std::vector<float> values(4);
    const MatrixView<float> view(values.data(), 2, 2);
    const MatrixView<const float> constant = view;
    view[1][1] = 9;
    CHECK(constant[1][1] == 9);
    CHECK(constant.stride == 2);
}
