#include <familiar/weights/tensor_table.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace familiar;
using weights::TensorTable;
using weights::TensorView;

namespace {

TensorView named(std::string_view name) {
    TensorView view;
    view.name = name;
    return view;
}

} // namespace

TEST_CASE("A table of tensors finds every name and nothing else") {
    const TensorTable table({named("c"), named("a"), named("b")}, "model.bin");
    for (const auto* const name : {"a", "b", "c"}) {
        REQUIRE(table.find(name));
        CHECK(table.find(name)->name == name);
    }
    for (const auto* const name : {"", "aa", "d", "0"}) CHECK_FALSE(table.find(name));
    REQUIRE(table.tensors().size() == 3);
    CHECK(table.tensors()[0].name == "a");
    CHECK_FALSE(TensorTable().find("a"));
}

TEST_CASE("Two tensors of one name are refused with name and file") {
    try {
        const TensorTable table({named("twin"), named("a"), named("twin")}, "model.bin");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::malformed_model);
        CHECK(std::string(error.what()).find("twin") != std::string::npos);
        CHECK(error.where() == "model.bin");
    }
}
