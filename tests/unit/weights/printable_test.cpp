#include <familiar/weights/detail/printable.hpp>

#include <catch2/catch.hpp>

#include <string>

using familiar::weights::detail::printable;

TEST_CASE("A name in a message is quoted, and whatever is no printable ASCII is spelled out") {
    CHECK(printable("blk.0.attn_q") == "`blk.0.attn_q`");
    CHECK(printable(std::string("a\n\0\x1b[31m\xff", 9)) == R"(`a\x0a\x00\x1b[31m\xff`)");
    CHECK(printable("") == "``");
}

TEST_CASE("A name in a message is cut where it is absurdly long") {
    CHECK(printable(std::string(1000, 'x')) == "`" + std::string(96, 'x') + "…`");
}
