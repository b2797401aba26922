#include <familiar/decoder/key_value_store.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

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

TEST_CASE("a store of fewer bits gives back what it was given, rounded") {
    const auto shape = shape_of(2);
    const float key[4] = {0.1F, -1.0F, 0.333F, 1e-6F}, value[4] = {300.0F, 1.5F, -40.25F, 0.0F};
    for (const auto type : {decoder::KeyValueType::f32, decoder::KeyValueType::f16, decoder::KeyValueType::int8}) {
        KeyValueStore store(shape, 3, type);
        CHECK(store.bytes() == 2 * 2 * 3 * 2 * decoder::head_bytes(type, 4));
        for (std::size_t row = 0; row < 3; ++row) {
            store.put(1, row, 0, key, value);
            store.put(1, row, 1, value, key);
        }
        store.append(3);
        float keys[16], values[16];
        store.read(1, 1, 2, keys, values);
        // Half a step: 2^-11 of the value, or half of 1/127 of the head's largest.
        for (std::size_t i = 0; i < 16; ++i) {
            const bool swapped = i / 4 % 2 == 1;
            const float *const first = swapped ? value : key, *const second = swapped ? key : value;
            const float k = first[i % 4], v = second[i % 4];
            const auto near = [&](float got, float wanted, float largest) {
                if (type == decoder::KeyValueType::f32) return got == wanted;
                const float step = type == decoder::KeyValueType::f16 ? std::fabs(wanted) * 0x1p-11F + 0x1p-25F
                                                                      : largest / 127.0F * 0.501F;
                return std::fabs(got - wanted) <= step;
            };
            CHECK(near(keys[i], k, swapped ? 300.0F : 1.0F));
            CHECK(near(values[i], v, swapped ? 1.0F : 300.0F));
        }
    }
}
