#include <familiar/decoder/key_value_store.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace familiar;
using decoder::KeyValueStore;

namespace {

decoder::DecoderShape shape_of(std::size_t layers) {
    decoder::DecoderShape shape;
    shape.layers = layers;
    shape.heads = shape.key_value_heads = 2;
    shape.head_size = 4;
    return shape;
}

} // namespace

TEST_CASE("each layer has rows of its own, and a copy of some tokens has their rows") {
    const auto shape = shape_of(3);
    KeyValueStore store(shape, 5);
    CHECK(store.capacity() == 5);
    CHECK(store.size() == 0);
    CHECK(store.bytes() == 3 * 2 * 5 * 8 * sizeof(float));
    for (std::size_t layer = 0; layer < 3; ++layer) {
        std::fill_n(store.keys(layer), 40, static_cast<float>(layer));
        std::fill_n(store.values(layer), 40, static_cast<float>(10 + layer));
    }
    store.append(4);
    KeyValueStore copy(shape, 9);
    copy.copy_from(store, 3);
    CHECK(copy.size() == 3);
    for (std::size_t layer = 0; layer < 3; ++layer) {
        CHECK(std::all_of(copy.keys(layer), copy.keys(layer) + 24, [&](float v) { return v == float(layer); }));
        CHECK(
            std::all_of(copy.values(layer), copy.values(layer) + 24, [&](float v) { return v == float(10 + layer); }));
    }
    store.shorten(2);
    CHECK(store.size() == 2);
    store.shorten(4);
    CHECK(store.size() == 2);
}

TEST_CASE("a store that is emptied keeps memory that is large enough") {
    const auto shape = shape_of(1);
    KeyValueStore store(shape, 10);
    const float* const before = store.keys(0);
    store.append(10);
    store.reset(shape, 6);
    CHECK(store.keys(0) == before);
    CHECK(store.size() == 0);
    CHECK(store.capacity() == 6);
}
