#include <familiar/core/error.hpp>

#include <catch2/catch.hpp>

#include <string>

using familiar::Error;
using familiar::ErrorCode;

TEST_CASE("a message says where, what and what to do", "[error]") {
    const Error error(ErrorCode::malformed_row, "the text is a number", "train.jsonl line 7", "Put it between quotes");
    CHECK(std::string(error.what()) == "train.jsonl line 7: the text is a number. Put it between quotes");
    CHECK(error.code() == ErrorCode::malformed_row);
    CHECK(std::string(Error(ErrorCode::cancelled, "cancelled").what()) == "cancelled");
}

TEST_CASE("an error can be told from further out", "[error]") {
    const Error inner(ErrorCode::malformed_model, "its shape is [2]", "tensor a", "Fetch the file again");
    const Error outer = inner.within("model.safetensors");
    CHECK(std::string(outer.what()) == "model.safetensors, tensor a: its shape is [2]. Fetch the file again");
    CHECK(outer.code() == inner.code());
    CHECK(Error(ErrorCode::malformed_model, "broken").within("x").where() == "x");
}
