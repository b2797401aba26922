#include "loaded_model.hpp"
#include "logit_rows.hpp"

#include <familiar/kernels/dispatched.hpp>

#include <support/error_of.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace familiar;
using decoder::KeyValueStore;
using decoder::KeyValueView;
using decoder::Segment;
using tests::code_of;
using tests::gap;
using tests::LoadedModel;
using tests::logits_of;
using tests::Rows;
using tests::segment_of;
using tests::TinyModel;
using tests::Tokens;

namespace {

template <class Model> Rows run_whole(Model& model, const Tokens& tokens) {
    const Segment segment = segment_of(tokens);
    model.run(std::span(&segment, 1));
    return logits_of(model, 0, tokens.size());
}

constexpr double kTolerance = 1e-4; // f32 against double over two layers; logits are below 10

} // namespace

TEST_CASE("a forward pass gives the logits that the architecture's definition gives") {
    const bool tied = GENERATE(false, true);
    const TinyModel tiny(tied);
    LoadedModel<> loaded(tiny);
    const Tokens tokens = tests::some_tokens(70, 1);
    const auto expected = tiny.logits(tokens);
    const Rows rows = run_whole(loaded.model, tokens);
    for (std::size_t row = 0; row < tokens.size(); ++row) CHECK(gap(rows[row], expected[row]) < kTolerance);
    CHECK(loaded.model.tokens_processed() == tokens.size());
}

TEST_CASE("rotary frequencies are divided by the file's factors") {
    TinyModel tiny;
    LoadedModel<> plain(tiny);
    tiny.tensors["rope_freqs.weight"] = {{4}, {1.0F, 1.0F, 1.0F, 1.0F}};
    LoadedModel<> same(tiny.write("same.gguf"));
    tiny.tensors["rope_freqs.weight"].values[1] = 8.0F;
    LoadedModel<> other(tiny.write("other.gguf"));
    const Tokens tokens = tests::some_tokens(12, 2);
    const Rows rows = run_whole(plain.model, tokens);
    CHECK(run_whole(same.model, tokens) == rows);
    CHECK(gap(run_whole(other.model, tokens).back(), rows.back()) > 1e-3);
}

TEMPLATE_TEST_CASE("a sequence that continues a kept beginning gives what the whole sequence gives, bit for bit", "",
                   kernels::Reference, kernels::Dispatched) {
    const TinyModel tiny;
    const auto type = GENERATE(decoder::KeyValueType::f32, decoder::KeyValueType::f16, decoder::KeyValueType::int8);
    LoadedModel<TestType> loaded(tiny, 2, type);
    const Tokens tokens = tests::some_tokens(40, 3);
    const Rows whole = run_whole(loaded.model, tokens);
    const std::span<const std::int32_t> all(tokens);

    KeyValueStore kept(loaded.shape, 30, type);
    Segment first = segment_of(all.first(30));
    first.store = &kept;
    loaded.model.run(std::span(&first, 1));
    REQUIRE(kept.size() == 30);

    SECTION("after all of it, or after a part") {
        const std::size_t begin = GENERATE(30, 17, 1);
        const KeyValueView view{&kept, begin};
        Segment rest = segment_of(all.subspan(begin));
        rest.position = begin;
        rest.visible = std::span(&view, 1);
        loaded.model.run(std::span(&rest, 1));
        const Rows rows = logits_of(loaded.model, 0, tokens.size() - begin);
        for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i] == whole[begin + i]);
    }
    SECTION("in a store of its own, a few tokens at a time") {
        const KeyValueView view{&kept, 20};
        KeyValueStore own(loaded.shape, 20, type);
        for (std::size_t begin = 20, step = 1; begin < 40; begin += step, step = std::min<std::size_t>(7, 40 - begin)) {
            Segment part = segment_of(all.subspan(begin, step));
            part.position = begin;
            part.visible = std::span(&view, 1);
            part.store = &own;
            loaded.model.run(std::span(&part, 1));
            const Rows rows = logits_of(loaded.model, 0, step);
            for (std::size_t i = 0; i < step; ++i) CHECK(rows[i] == whole[begin + i]);
        }
        CHECK(own.size() == 20);
    }
}

TEST_CASE("rounded keys and values give nearly what exact ones give, and belong to their model") {
    const TinyModel tiny;
    LoadedModel<> exact(tiny), half(tiny, 2, decoder::KeyValueType::f16), bytes(tiny, 2, decoder::KeyValueType::int8);
    const Tokens tokens = tests::some_tokens(40, 3);
    const Rows truth = run_whole(exact.model, tokens), halves = run_whole(half.model, tokens),
               rounded = run_whole(bytes.model, tokens);
    double half_gap = 0.0, byte_gap = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        half_gap = std::max(half_gap, double(gap(halves[i], truth[i])));
        byte_gap = std::max(byte_gap, double(gap(rounded[i], truth[i])));
        for (const float logit : truth[i]) largest = std::max(largest, std::fabs(double(logit)));
    }
    INFO(half_gap << " and " << byte_gap << " of logits up to " << largest);
    CHECK(half_gap > 0.0);
    CHECK(half_gap < byte_gap / 8); // steps of 2^-11 of a value, and of 2^-8 of a head's largest
    CHECK(byte_gap < 0.05 * largest);
    KeyValueStore store(exact.shape, 40);
    Segment segment = segment_of(tokens);
    segment.store = &store;
    CHECK_THROWS_AS(half.model.run(std::span(&segment, 1)), Error);
}

TEMPLATE_TEST_CASE("a row's logits depend neither on the rows beside it nor on the threads", "", kernels::Reference,
                   kernels::Dispatched) {
    const TinyModel tiny;
    LoadedModel<TestType> loaded(tiny), single(tiny, 1), many(tiny, 5);
    const std::vector<Tokens> texts{tests::some_tokens(33, 8), tests::some_tokens(1, 9), tests::some_tokens(150, 10)};
    std::vector<Segment> segments;
    for (const auto& text : texts) segments.push_back(segment_of(text));
    loaded.model.run(segments);
    const Rows together = logits_of(loaded.model, 0, 184);
    std::size_t row = 0;
    for (const auto& text : texts) {
        const Rows alone = run_whole(single.model, text), shared_out = run_whole(many.model, text);
        for (std::size_t i = 0; i < text.size(); ++i, ++row) {
            CHECK(alone[i] == together[row]);
            CHECK(shared_out[i] == together[row]);
        }
    }
}

TEST_CASE("log-probabilities of chosen tokens are those of the whole vocabulary") {
    const TinyModel tiny;
    LoadedModel<> loaded(tiny);
    const Tokens tokens = tests::some_tokens(6, 11);
    const auto expected = tiny.logits(tokens);
    run_whole(loaded.model, tokens);
    const std::vector<decoder::Target> targets{{0, 0}, {2, 129}, {2, 64}, {2, 63}, {5, 128}};
    std::vector<double> logprobs(targets.size());
    loaded.model.log_probabilities(targets, logprobs);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        CHECK(logprobs[i] ==
              Approx(tests::log_probability(expected[targets[i].row], targets[i].token)).margin(kTolerance));
    }
}

TEST_CASE("a pass refuses what it cannot do") {
    const TinyModel tiny;
    LoadedModel<> loaded(tiny);
    auto& model = loaded.model;
    const auto run = [&](const Segment& segment) { model.run(std::span(&segment, 1)); };
    const Tokens good{1, 2, 3};
    for (const std::int32_t id : {-1, 130, std::numeric_limits<std::int32_t>::min()}) {
        const Tokens bad{1, id};
        CHECK(code_of([&] { run(segment_of(bad)); }) == ErrorCode::invalid_token);
    }
    Segment segment = segment_of(good);
    segment.position = 2046;
    CHECK(code_of([&] { run(segment); }) == ErrorCode::text_too_long);
    CHECK(code_of([&] { run(segment_of({})); }) == ErrorCode::invalid_argument);
    KeyValueStore small(loaded.shape, 2);
    segment = segment_of(good);
    segment.store = &small;
    CHECK(code_of([&] { run(segment); }) == ErrorCode::invalid_argument);
    segment.store = nullptr;
    segment.parent = 0;
    CHECK(code_of([&] { run(segment); }) == ErrorCode::invalid_argument);
    const Tokens many(decoder::CausalModel<kernels::Reference>::kMostRows + 1, 5);
    CHECK(code_of([&] { run(segment_of(many)); }) == ErrorCode::invalid_argument);
    run(segment_of(good));
    const std::size_t row = 3;
    std::vector<float> logits(130);
    CHECK(code_of([&] { model.logits(std::span(&row, 1), {logits.data(), 1, 130}); }) == ErrorCode::invalid_argument);
}

TEST_CASE("weights whose results are not finite are found, never answered with") {
    TinyModel tiny;
    for (auto& value : tiny.tensors["blk.1.ffn_down.weight"].values) value = 3e38F;
    LoadedModel<> loaded(tiny);
    const Tokens tokens{1, 2, 3};
    const Segment segment = segment_of(tokens);
    loaded.model.run(std::span(&segment, 1));
    const std::size_t row = 2;
    std::vector<float> logits(130);
    CHECK(code_of([&] {
              loaded.model.logits(std::span(&row, 1), {logits.data(), 1, 130});
          }) == ErrorCode::numeric_failure);
    const decoder::Target target{2, 1};
    double logprob = 0.0;
    CHECK(code_of([&] { loaded.model.log_probabilities(std::span(&target, 1), std::span(&logprob, 1)); }) ==
          ErrorCode::numeric_failure);
}
