#include <familiar/encoder/encoder_model.hpp>
#include <familiar/encoder/transformer.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/profile/recorder.hpp>

#include "unit/encoder/tiny_bert.hpp"
#include <support/allocation_counter.hpp>

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

TEST_CASE("first tokens alone are the same bits, whatever the batch, and zeros where there is none") {
    const tests::TinyBert bert(72, 3, 40, 5, 200); // queries end within a panel
    ThreadPool one(1), three(3);
    const auto model = EncoderModel::load(bert.write(), one);
    for (const auto& lengths :
         {std::vector<std::size_t>{150}, {0, 3, 200, 0, 1, 90, 0}, std::vector<std::size_t>(40, 25)}) {
        const auto batch = tests::random_batch(lengths, 40);
        for_each_backend([&](const auto& kernels) {
            for (auto* pool : {&one, &three}) {
                Transformer transformer(model->config(), model->weights(), *pool, kernels);
                const auto states = forward(transformer, batch);
                const auto first = transformer.forward_first(batch);
                REQUIRE(first.rows == batch.sequences());
                for (std::size_t s = 0; s < batch.sequences(); ++s) {
                    for (std::size_t j = 0; j < 72; ++j) {
                        REQUIRE(first[s][j] == (batch.length(s) != 0 ? states[batch.offsets[s] * 72 + j] : 0.0F));
                    }
                }
            }
        });
    }
}

TEST_CASE("a convolution beside the first layer sees its own sequence only") {
    // DeBERTa without relative attention is BERT with other names.
    const tests::TinyBert bert(24, 3, 40, 9);
    const std::size_t hidden = bert.hidden;
    tests::TinyBert deberta(24, 3, 40, 9);
    deberta.tensors.clear();
    for (const auto& [name, tensor] : bert.tensors) {
        std::string renamed = name;
        if (renamed.find(".layer.1.") != std::string::npos) continue;
        for (const std::string part : {"query", "key", "value"}) {
            const auto at = renamed.find("self." + part + ".");
            if (at != std::string::npos) renamed.insert(at + 5 + part.size(), "_proj");
        }
        if (renamed.starts_with("bert.pooler")) renamed.erase(0, 5);
        if (renamed.starts_with("bert.")) renamed.replace(0, 5, "deberta.");
        deberta.tensors[renamed] = tensor;
    }
    deberta.config["model_type"] = "deberta-v2";
    deberta.config["num_hidden_layers"] = 1;
    deberta.config["conv_kernel_size"] = 3;
    Random random(4);
    const auto values = [&](std::size_t n) {
        std::vector<float> some(n);
        for (float& value : some) value = static_cast<float>(random.uniform() - 0.5);
        return some;
    };
    const auto weight = values(hidden * hidden * 3), bias = values(hidden), gain = values(hidden),
               shift = values(hidden);
    deberta.tensors["deberta.encoder.conv.conv.weight"] = {{hidden, hidden, 3}, weight};
    deberta.tensors["deberta.encoder.conv.conv.bias"] = {{hidden}, bias};
    deberta.tensors["deberta.encoder.conv.LayerNorm.weight"] = {{hidden}, gain};
    deberta.tensors["deberta.encoder.conv.LayerNorm.bias"] = {{hidden}, shift};

    ThreadPool pool(2);
    const auto model = EncoderModel::load(deberta.write(), pool);
    const auto batch = tests::random_batch({5, 1, 0, 13, 2}, 40);
    Transformer transformer(model->config(), model->weights(), pool, kernels::Dispatched());
    const auto states = forward(transformer, batch);
    const auto first = transformer.forward_first(batch);
    for (std::size_t s = 0; s < batch.sequences(); ++s) {
        const auto one = only(batch, s);
        const auto plain = bert.states(one.ids, one.type_ids);
        for (std::size_t i = 0; i < one.tokens(); ++i) {
            std::vector<double> x(hidden);
            double mean = 0.0, square = 0.0;
            for (std::size_t o = 0; o < hidden; ++o) {
                double sum = bias[o];
                for (std::size_t t = 0; t < 3; ++t) {
                    if (i + t < 1 || i + t - 1 >= one.tokens()) continue;
                    for (std::size_t c = 0; c < hidden; ++c) {
                        sum += double{weight[(o * hidden + c) * 3 + t]} * plain[0][(i + t - 1) * hidden + c];
                    }
                }
                x[o] = plain[1][i * hidden + o] + std::tanh(sum);
                mean += x[o] / static_cast<double>(hidden);
            }
            for (const double value : x) square += (value - mean) * (value - mean) / static_cast<double>(hidden);
            for (std::size_t o = 0; o < hidden; ++o) {
                const double wanted = (x[o] - mean) / std::sqrt(square + 1e-6) * gain[o] + shift[o];
                const float value = states[(batch.offsets[s] + i) * hidden + o];
                REQUIRE(std::abs(value - wanted) < 2e-5);
                if (i == 0) REQUIRE(first[s][o] == value);
            }
        }
    }
}

TEST_CASE("a recorder sees every operation of a pass and changes no bit") {
    const tests::TinyBert bert;
    for (const std::size_t threads : {1, 2}) {
        ThreadPool pool(threads);
        const auto model = EncoderModel::load(bert.write(), pool);
        Transformer transformer(model->config(), model->weights(), pool, kernels::Reference());
        const auto batch = tests::random_batch({5, 1, 20, 13}, 40);
        const auto states = forward(transformer, batch);
        profile::Recorder recorder(threads);
        transformer.record_to(&recorder);
        CHECK(forward(transformer, batch) == states);
        double flop = 0.0, attention = 0.0;
        for (const auto& event : recorder.events()) {
            CHECK(event.end >= event.begin);
            CHECK(event.worker < threads);
            (event.operation.name == "attention" ? attention : flop) += event.operation.flop;
        }
        // 39 tokens, 2 layers of 4 · 24² + 2 · 24 · 40 weights; 4 · n² · 24 for attention.
        CHECK(flop == Approx(2.0 * 39 * 2 * (4 * 24 * 24 + 2 * 24 * 40)));
        CHECK(attention == Approx(2.0 * 4 * 24 * (25 + 1 + 400 + 169)));
        transformer.record_to(nullptr);
        recorder.clear();
        forward(transformer, batch);
        CHECK(recorder.events().empty());
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
        for (const auto* batch : {&large, &single, &small}) {
            transformer.forward(*batch);
            transformer.forward_first(*batch);
        }
        for (const auto* batch : {&small, &single, &large}) {
            const tests::AllocationCounter counter;
            transformer.forward(*batch);
            transformer.forward_first(*batch);
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
