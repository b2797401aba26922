#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/transformer.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>

#include "unit/encoder/allocation_counter.hpp"
#include "unit/encoder/tiny_bert.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;

namespace {

template <class Kernels> std::vector<float> forward(Transformer<Kernels>& transformer, const RaggedBatch& batch) {
    const auto states = transformer.forward(batch);
    REQUIRE(states.rows == batch.tokens());
    return {states.data, states.data + states.rows * states.columns};
}

RaggedBatch only(const RaggedBatch& batch, std::size_t sequence) {
    RaggedBatch one;
    const auto begin = batch.offsets[sequence], count = batch.length(sequence);
    one.add(std::span(batch.ids).subspan(begin, count), std::span(batch.type_ids).subspan(begin, count));
    return one;
}

template <class Check> void for_each_backend(Check&& check) {
    check(kernels::Reference());
    for (std::size_t i = 0; i < std::size(kernels::kIsaNames); ++i) {
        const auto isa = static_cast<kernels::Isa>(i);
        if (!kernels::available(isa)) continue;
        INFO(kernels::kIsaNames[i]);
        check(kernels::Dispatched(isa));
    }
}

} // namespace

TEST_CASE("the states are those of the definition, for sizes that fit no register too") {
    struct Sizes {
        std::size_t hidden, heads, inner;
    };
    for (const auto& [hidden, heads, inner] :
         {Sizes{24, 3, 40}, Sizes{64, 4, 112}, Sizes{100, 5, 65}, Sizes{7, 1, 3}}) {
        const tests::TinyBert bert(hidden, heads, inner);
        ThreadPool pool(2);
        const auto model = EncoderModel::load(bert.write(), pool);
        const auto batch = tests::random_batch({5, 1, 20, 13}, 40);
        for_each_backend([&](const auto& kernels) {
            Transformer transformer(model->config(), model->weights(), pool, kernels);
            transformer.forward(batch, [&](std::size_t layer, tensor::MatrixView<const float> states) {
                for (std::size_t s = 0; s < batch.sequences(); ++s) {
                    const auto one = only(batch, s);
                    const auto wanted = bert.states(one.ids, one.type_ids)[layer];
                    double gap = 0.0;
                    for (std::size_t i = 0; i < one.tokens(); ++i) {
                        for (std::size_t j = 0; j < hidden; ++j) {
                            gap = std::max(gap, std::abs(wanted[i * hidden + j] -
                                                         static_cast<double>(states[batch.offsets[s] + i][j])));
                        }
                    }
                    INFO("hidden " << hidden << ", layer " << layer << ", sequence " << s);
                    CHECK(gap < 5e-5);
                }
            });
        });
    }
}

TEST_CASE("a row depends neither on its batch nor on the threads, to the last bit") {
    const tests::TinyBert bert(64, 4, 112, 3, 200);
    ThreadPool one(1), two(2), three(3);
    const auto model = EncoderModel::load(bert.write(), one);
    // Enough rows for blocks, few enough elsewhere for the operations of one sequence to be shared out.
    for (const auto& lengths :
         {std::vector<std::size_t>{150}, std::vector<std::size_t>{3, 200, 1, 1, 90, 17, 64, 33, 5, 120},
          std::vector<std::size_t>(40, 25), std::vector<std::size_t>{2, 2}}) {
        const auto batch = tests::random_batch(lengths, 40);
        for_each_backend([&](const auto& kernels) {
            Transformer alone(model->config(), model->weights(), one, kernels),
                with_two(model->config(), model->weights(), two, kernels),
                with_three(model->config(), model->weights(), three, kernels);
            const auto states = forward(alone, batch);
            CHECK(forward(with_two, batch) == states);
            CHECK(forward(with_three, batch) == states);
            for (std::size_t s = 0; s < batch.sequences(); ++s) {
                const std::vector<float> rows(states.begin() + static_cast<std::ptrdiff_t>(batch.offsets[s] * 64),
                                              states.begin() + static_cast<std::ptrdiff_t>(batch.offsets[s + 1] * 64));
                REQUIRE(forward(alone, only(batch, s)) == rows);
                REQUIRE(forward(with_two, only(batch, s)) == rows);
            }
        });
    }
}

TEST_CASE("nothing is allocated once the largest batch has been seen") {
    const tests::TinyBert bert(64, 4, 112, 3, 200);
    for (const std::size_t threads : {1, 2}) {
        ThreadPool pool(threads);
        const auto model = EncoderModel::load(bert.write(), pool);
        Transformer transformer(model->config(), model->weights(), pool, kernels::Dispatched());
        const auto large = tests::random_batch({150, 200, 20, 120}, 40), small = tests::random_batch({5, 60}, 40),
                   single = tests::random_batch({200}, 40);
        for (const auto* batch : {&large, &single, &small}) transformer.forward(*batch);
        for (const auto* batch : {&small, &single, &large}) {
            const tests::AllocationCounter counter;
            transformer.forward(*batch);
            CHECK(counter.count() == 0);
        }
    }
}

TEST_CASE("an empty batch and empty sequences have no states") {
    const tests::TinyBert bert;
    for (const std::size_t threads : {1, 2}) {
        ThreadPool pool(threads);
        const auto model = EncoderModel::load(bert.write(), pool);
        Transformer transformer(model->config(), model->weights(), pool, kernels::Reference());
        CHECK(transformer.forward(RaggedBatch()).rows == 0);
        const auto batch = tests::random_batch({0, 4, 0, 0, 3, 0}, 40), dense = tests::random_batch({4, 3}, 40);
        CHECK(forward(transformer, batch) == forward(transformer, dense));
        CHECK(transformer.forward(tests::random_batch({0, 0}, 40)).rows == 0);
    }
}

TEST_CASE("what does not fit the model is refused") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    const auto model = EncoderModel::load(bert.write(), pool);
    Transformer transformer(model->config(), model->weights(), pool, kernels::Reference());
    CHECK_THROWS_WITH(transformer.forward(tests::random_batch({3, 21}, 40)), Contains("21 tokens") && Contains("20"));
    RaggedBatch batch;
    batch.add(std::vector<std::int32_t>{1, 40}, std::vector<std::uint8_t>{0, 0});
    CHECK_THROWS_WITH(transformer.forward(batch), Contains("token id 40"));
    batch.ids[1] = -1;
    CHECK_THROWS_WITH(transformer.forward(batch), Contains("token id -1"));
    batch.ids[1] = 39;
    batch.type_ids[1] = 2;
    CHECK_THROWS_WITH(transformer.forward(batch), Contains("token type 2"));
}
