#include <familiar/text/encoding.hpp>

#include <catch2/catch.hpp>

using namespace familiar::text;

TEST_CASE("A cleared encoding is empty and keeps its memory", "[text]") {
    Encoding encoding;
    encoding.ids.assign(100, 1);
    encoding.offsets.assign(100, {0, 1});
    encoding.type_ids.assign(100, 0);
    encoding.spelled.push_back({3, " <mask>"});
    CHECK(encoding.size() == 100);
    const auto* const ids = encoding.ids.data();
    encoding.clear();
    CHECK(encoding == Encoding());
    CHECK(encoding.size() == 0);
    encoding.ids.resize(100);
    CHECK(encoding.ids.data() == ids);
}

TEST_CASE("Encodings are equal when all of their parts are", "[text]") {
    const Encoding one{{1}, {{0, 1}}, {0}, {}};
    CHECK(one == Encoding{{1}, {{0, 1}}, {0}, {}});
    CHECK_FALSE(one == Encoding{{2}, {{0, 1}}, {0}, {}});
    CHECK_FALSE(one == Encoding{{1}, {{0, 2}}, {0}, {}});
    CHECK_FALSE(one == Encoding{{1}, {{0, 1}}, {1}, {}});
    CHECK_FALSE(one == Encoding{{1}, {{0, 1}}, {0}, {{0, " x"}}});
}

TEST_CASE("User text is encoded without markup and uncut unless asked for", "[text]") {
    const EncodeOptions options;
    CHECK(options.add_special_tokens);
    CHECK_FALSE(options.parse_special);
    CHECK_FALSE(options.max_length.has_value());
    CHECK(options.truncation == TruncationStrategy::longest_first);
}
