#include <familiar/text/token_sink.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace familiar::text;

namespace {

struct NoSink {
    int put(std::int32_t, std::size_t, std::size_t) { return 0; }
};

static_assert(TokenSink<EncodingSink> && TokenSink<IdSink> && !TokenSink<NoSink> && !TokenSink<int>);

} // namespace

TEST_CASE("A sink appends behind what is there", "[text]") {
    Encoding encoding;
    encoding.ids = {9};
    encoding.offsets = {{0, 0}};
    EncodingSink full{&encoding};
    full.put(1, 2, 5);
    full.put(2, 5, 5);
    CHECK(encoding.ids == std::vector<std::int32_t>{9, 1, 2});
    CHECK(encoding.offsets == std::vector<ByteRange>{{0, 0}, {2, 5}, {5, 5}});
    CHECK(encoding.type_ids.empty()); // set by who knows the text's place in a pair

    std::vector<std::int32_t> ids{9};
    IdSink sink{&ids};
    sink.put(1, 2, 5);
    CHECK(ids == std::vector<std::int32_t>{9, 1});
}
