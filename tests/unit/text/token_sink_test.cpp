#include <familiar/text/token_sink.hpp>

#include <catch2/catch.hpp>

#include <array>
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
    std::vector<std::int32_t> expected = ids;
    IdSink sink(ids);
    for (std::int32_t i = 0; i < 1000; ++i) {
        sink.put(i, 2, 5);
        expected.push_back(i);
    }
    for (std::size_t count = 0; count <= 4; ++count) {
        const std::array<std::int32_t, 4> few{5, 6, 7, 8};
        for (int i = 0; i < 100; ++i) {
            sink.put_first(few, count);
            expected.insert(expected.end(), few.begin(), few.begin() + static_cast<std::ptrdiff_t>(count));
        }
    }
    sink.finish();
    sink.finish(); // nothing came in between
    CHECK(ids == expected);
}
