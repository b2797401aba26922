#include "loaded_model.hpp"

#include <familiar/decoder/sampler.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <support/allocation_counter.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <vector>

using namespace familiar;

TEST_CASE("forward passes, scoring and decoding allocate nothing once they are warm") {
    const tests::TinyModel tiny;
    tests::LoadedModel<kernels::Dispatched> loaded(tiny);
    auto& model = loaded.model;
    const auto tokens = tests::some_tokens(200, 1);
    const std::vector<decoder::Target> targets{{0, 5}, {99, 6}, {99, 7}};
    std::vector<double> logprobs(targets.size());
    std::vector<float> logits(loaded.shape.vocabulary);
    decoder::KeyValueStore store;
    decoder::SamplingOptions sampling;
    sampling.temperature = 0.8;
    sampling.top_k = 40;
    sampling.top_p = 0.9;
    sampling.min_p = 0.01;
    decoder::Sampler sampler(sampling);

    const auto work = [&] {
        store.reset(loaded.shape, 230);
        decoder::Segment prompt;
        prompt.tokens = tokens;
        prompt.store = &store;
        model.run(std::span(&prompt, 1));

        const decoder::KeyValueView view{&store, 150};
        std::array<decoder::Segment, 3> tree;
        for (auto& segment : tree) {
            segment.tokens = std::span(tokens).first(60);
            segment.position = 150;
            segment.visible = std::span(&view, 1);
        }
        tree[2].parent = 0;
        tree[2].position = 210;
        model.run(tree);
        model.log_probabilities(targets, logprobs);

        std::int32_t token = 1;
        for (std::size_t i = 0; i < 30; ++i) {
            decoder::Segment next;
            next.tokens = std::span(&token, 1);
            next.position = 200 + i;
            next.store = &store;
            model.run(std::span(&next, 1));
            const std::size_t row = 0;
            model.logits(std::span(&row, 1), {logits.data(), 1, logits.size()});
            token = static_cast<std::int32_t>(sampler.draw(logits));
        }
    };
    work();
    const tests::AllocationCounter counter;
    work();
    CHECK(counter.count() == 0);
}
