#include "loaded_model.hpp"
#include "logit_rows.hpp"

#include <familiar/decoder/segment.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace familiar;
using decoder::KeyValueStore;
using decoder::KeyValueView;
using decoder::Segment;
using tests::gap;
using tests::LoadedModel;
using tests::logits_of;
using tests::Rows;
using tests::segment_of;
using tests::TinyModel;
using tests::Tokens;

namespace {

constexpr double kTolerance = 1e-4; // f32 against double over two layers; logits are below 10

} // namespace

TEST_CASE("a segment sees its parent and not its siblings") {
    const TinyModel tiny;
    LoadedModel<> loaded(tiny);
    const Tokens prefix = tests::some_tokens(9, 4), query = tests::some_tokens(5, 5);
    const std::vector<Tokens> answers{tests::some_tokens(3, 6), tests::some_tokens(2, 7)};
    KeyValueStore kept(loaded.shape, 9);
    Segment first = segment_of(prefix);
    first.store = &kept;
    loaded.model.run(std::span(&first, 1));

    const KeyValueView view{&kept, 9};
    std::vector<Segment> tree(1, segment_of(query));
    tree[0].position = 9;
    tree[0].visible = std::span(&view, 1);
    for (const auto& answer : answers) {
        tree.push_back(segment_of(answer));
        tree.back().position = 14;
        tree.back().visible = std::span(&view, 1);
        tree.back().parent = 0;
    }
    loaded.model.run(tree);
    const Rows rows = logits_of(loaded.model, 0, 10);
    for (std::size_t a = 0, row = 5; a < answers.size(); ++a) {
        Tokens whole = prefix;
        whole.insert(whole.end(), query.begin(), query.end());
        whole.insert(whole.end(), answers[a].begin(), answers[a].end());
        const auto expected = tiny.logits(whole);
        for (std::size_t i = 0; i < answers[a].size(); ++i, ++row) CHECK(gap(rows[row], expected[14 + i]) < kTolerance);
    }
}

TEST_CASE("a segment sees its parent's parents, too") {
    const TinyModel tiny;
    LoadedModel<> loaded(tiny);
    const Tokens tokens = tests::some_tokens(12, 4);
    const std::span<const std::int32_t> all(tokens);
    std::vector<Segment> chain;
    for (std::size_t begin = 0; begin < 12; begin += 3) {
        chain.push_back(segment_of(all.subspan(begin, 3)));
        chain.back().position = begin;
        if (begin != 0) chain.back().parent = begin / 3 - 1;
    }
    loaded.model.run(chain);
    const Rows rows = logits_of(loaded.model, 0, 12);
    const Segment whole = segment_of(all);
    loaded.model.run(std::span(&whole, 1));
    CHECK(logits_of(loaded.model, 0, 12) == rows);
}
