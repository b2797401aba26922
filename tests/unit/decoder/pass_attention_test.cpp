#include <familiar/decoder/pass_attention.hpp>

#include <familiar/core/random.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace familiar;
using decoder::KeyValueStore;
using decoder::KeyValueType;
using decoder::KeyValueView;
using decoder::PassAttention;
using decoder::Segment;

namespace {

/// A kept beginning of 75 tokens; two queries over it, of which the first has two candidates, one of them with a
/// further part; a text of 150 tokens that its own store has begun.
struct Pass {
    explicit Pass(std::size_t head_size, KeyValueType type) {
        shape.layers = 1;
        shape.heads = 6;
        shape.key_value_heads = 2;
        shape.head_size = head_size;
        shape.layer_shapes = {{.window = 0, .attention_scale = 0.3F}};
        Random random(7, "attention");
        const auto value = [&] { return static_cast<float>(random.uniform() * 2.0 - 1.0); };
        const auto fill = [&](KeyValueStore& store, std::size_t count) {
            std::vector<float> key(head_size), vector(head_size);
            for (std::size_t i = 0; i < count * shape.key_value_heads; ++i) {
                std::generate(key.begin(), key.end(), value);
                std::generate(vector.begin(), vector.end(), value);
                store.put(0, i / shape.key_value_heads, i % shape.key_value_heads, key.data(), vector.data());
            }
        };
        kept.reset(shape, 75, type);
        fill(kept, 75);
        kept.append(75);
        own.reset(shape, 160, type);
        fill(own, 160); // the last 150 are the pass's, and not yet counted
        own.append(10);
        const std::size_t lengths[] = {5, 3, 1, 2, 4, 150},
                          parents[] = {Segment::kNone, 0, 0, 2, Segment::kNone, Segment::kNone};
        ids.resize(150);
        for (std::size_t i = 0, row = 0; i < 6; ++i) {
            Segment segment;
            segment.tokens = std::span(ids).first(lengths[i]);
            segment.parent = parents[i];
            if (i < 5) segment.visible = std::span(&view, 1);
            if (i == 5) segment.store = &own;
            segments.push_back(segment);
            begins.push_back(row);
            row += lengths[i];
        }
        projected.resize(165 * shape.projection_size());
        std::generate(projected.begin(), projected.end(), value);
    }

    template <class Kernels> std::vector<float> attend(std::size_t threads) {
        ThreadPool pool(threads);
        const Kernels kernels;
        PassAttention<Kernels> attention(threads);
        std::vector<float> out(165 * shape.query_size());
        for (int again = 0; again < 2; ++again) { // what an earlier pass left behind is not used
            attention.lay_out(kernels, shape, segments);
            attention.run(kernels, shape, pool, {segments, begins, 0, projected.data(), out.data()}, nullptr);
        }
        return out;
    }

    decoder::DecoderShape shape;
    KeyValueStore kept, own;
    KeyValueView view{&kept, 75};
    std::vector<std::int32_t> ids;
    std::vector<Segment> segments;
    std::vector<std::size_t> begins;
    std::vector<float> projected;
};

} // namespace

TEST_CASE("what tasks of one attention use again of each other changes no bit") {
    const auto type = GENERATE(KeyValueType::f32, KeyValueType::f16, KeyValueType::int8);
    const std::size_t head_size = GENERATE(24, 64); // one of which is no whole number of registers
    Pass pass(head_size, type);
    const auto one = pass.attend<kernels::Dispatched>(1);
    for (const std::size_t threads : {2, 3, 16}) CHECK(pass.attend<kernels::Dispatched>(threads) == one);
    // Plain loops, which use nothing again.
    const auto truth = pass.attend<kernels::Reference>(1);
    double gap = 0.0;
    for (std::size_t i = 0; i < one.size(); ++i) gap = std::max(gap, double(std::fabs(one[i] - truth[i])));
    CHECK(gap < 2e-5);
    CHECK(std::any_of(one.begin(), one.end(), [](float x) { return x != 0.0F; }));
}

TEST_CASE("attention is recorded with the products that its rows need") {
    Pass pass(64, KeyValueType::f16);
    ThreadPool pool(2);
    const kernels::Dispatched kernels;
    PassAttention<kernels::Dispatched> attention(2);
    profile::Recorder recorder(2);
    std::vector<float> out(165 * pass.shape.query_size());
    attention.lay_out(kernels, pass.shape, pass.segments);
    attention.run(kernels, pass.shape, pool, {pass.segments, pass.begins, 0, pass.projected.data(), out.data()},
                  &recorder);
    double flop = 0.0, keys = 0.0;
    std::size_t widened = 0;
    for (const auto& event : recorder.events()) {
        flop += event.operation.flop;
        if (event.operation.name != "attention") widened += event.operation.rows;
    }
    const std::size_t before[] = {75, 80, 80, 81, 75, 10}, rows[] = {5, 3, 1, 2, 4, 150};
    for (std::size_t s = 0; s < 6; ++s) {
        for (std::size_t row = 0; row < rows[s]; ++row) keys += static_cast<double>(before[s] + row + 1);
    }
    CHECK(flop == Approx(4.0 * 6.0 * 64.0 * keys));
    CHECK(widened == 75 + 160);
}
