#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>

#include "laws/encoder_laws.hpp"
#include "unit/encoder/tiny_bert.hpp"
#include <support/allocation_counter.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace familiar;
using namespace familiar::encoder;
using Catch::Matchers::Contains;
using Encoder = SentenceEncoder<kernels::Dispatched>;

namespace {

std::vector<Example> sentences() {
    std::vector<Example> examples{tests::example_of(""), tests::example_of("the sky is blue ."),
                                  tests::pair_of("the rose is red", "grass is not red"), tests::example_of("b")};
    for (int i = 0; i < 60; ++i) {
        std::string text;
        for (int k = 0; k < i % 17; ++k) text += k % 3 == 0 ? "very " : k % 3 == 1 ? "good , " : "roses ";
        examples.push_back(tests::example_of(text));
    }
    return examples;
}

Encoder::Parameters parameters(const tests::TinyBert& bert) {
    Encoder::Parameters p;
    p.model = bert.write().string();
    return p;
}

} // namespace

TEST_CASE("the encoder keeps the laws of TextEncoder, to the last bit") {
    const tests::TinyBert bert;
    for (const std::size_t threads : {1, 2}) {
        ThreadPool pool(threads);
        for (const std::string pooling : {"mean", "cls", "max", "pooler"}) {
            auto p = parameters(bert);
            p.pooling = pooling;
            p.normalize = pooling == "cls" ? "on" : "off";
            for (const std::string precision : {"f32", "f16", "bf16", "int8"}) {
                p.precision = precision;
                Encoder encoder(p, pool);
                laws::check_encoder_laws(encoder, sentences());
            }
        }
    }
}

TEST_CASE("threads and batch size change nothing") {
    const tests::TinyBert bert;
    ThreadPool one(1), two(2);
    auto p = parameters(bert);
    Encoder alone(p, one), shared(p, two);
    p.batch = 3;
    Encoder small(p, two);
    const auto vectors = laws::embedded(alone, sentences());
    CHECK(laws::embedded(shared, sentences()) == vectors);
    CHECK(laws::embedded(small, sentences()) == vectors);
    CHECK(alone.identity() == small.identity());
}

TEST_CASE("a directory that says nothing gives the mean, not normalised; parameters win over it") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    Encoder plain(p, pool);
    CHECK(plain.pooling() == Pooling::mean);
    CHECK_FALSE(plain.normalises());
    CHECK(plain.max_length() == 20);
    CHECK(plain.dimension() == 24);
    bert.folder.write("modules.json", R"([{"type": "x.Normalize", "path": ""}])");
    CHECK(Encoder(p, pool).normalises());
    p.normalize = "off";
    p.pooling = "max";
    p.max_length = 9;
    Encoder told(p, pool);
    CHECK_FALSE(told.normalises());
    CHECK(told.pooling() == Pooling::max);
    CHECK(told.max_length() == 9);
    CHECK(told.identity() != plain.identity());
}

TEST_CASE("normalised vectors have length 1") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    Encoder plain(p, pool);
    p.normalize = "on";
    Encoder unit(p, pool);
    const auto raw = laws::embedded(plain, sentences()), scaled = laws::embedded(unit, sentences());
    for (std::size_t i = 0; i < sentences().size(); ++i) {
        double square = 0.0, length = 0.0;
        for (std::size_t j = 0; j < 24; ++j) {
            square += std::pow(scaled[i * 24 + j], 2);
            length += std::pow(raw[i * 24 + j], 2);
        }
        CHECK(square == Approx(1.0).margin(1e-6));
        for (std::size_t j = 0; j < 24; ++j) {
            CHECK(scaled[i * 24 + j] == Approx(raw[i * 24 + j] / std::sqrt(length)).margin(1e-6));
        }
    }
}

TEST_CASE("a text is cut at the max length") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    p.max_length = 5;
    Encoder encoder(p, pool);
    const std::vector<Example> examples{tests::example_of("the sky is"), tests::example_of("the sky is blue and more")};
    const auto vectors = laws::embedded(encoder, examples);
    CHECK(std::vector<float>(vectors.begin(), vectors.begin() + 24) ==
          std::vector<float>(vectors.begin() + 24, vectors.end()));
}

TEST_CASE("copies share the model and give the same") {
    const tests::TinyBert bert;
    ThreadPool pool(2);
    Encoder encoder(parameters(bert), pool);
    Encoder copy(encoder);
    CHECK(&copy.model() == &encoder.model());
    CHECK(laws::embedded(copy, sentences()) == laws::embedded(encoder, sentences()));
    Encoder moved(std::move(copy));
    CHECK(laws::embedded(moved, sentences()) == laws::embedded(encoder, sentences()));
    copy = moved;
    CHECK(laws::embedded(copy, sentences()) == laws::embedded(encoder, sentences()));
}

TEST_CASE("embed allocates nothing after its warm-up") {
    const tests::TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    for (const std::string pooling : {"mean", "pooler"}) {
        p.pooling = pooling;
        Encoder encoder(p, pool);
        const auto examples = sentences();
        std::vector<float> out(examples.size() * 24);
        const tensor::MatrixView<float> view(out.data(), examples.size(), 24);
        encoder.embed(examples, view);
        const tests::AllocationCounter counter;
        encoder.embed(examples, view);
        CHECK(counter.count() == 0);
    }
}

TEST_CASE("wrong use is refused by name") {
    tests::TinyBert bert;
    ThreadPool pool(1);
    auto p = parameters(bert);
    Encoder encoder(p, pool);
    std::vector<float> out(24 * 3);
    const auto examples = sentences();
    CHECK_THROWS_WITH(encoder.embed(examples, {out.data(), 3, 24}), Contains("3 rows of 24"));
    CHECK_THROWS_WITH(encoder.embed(std::span(examples).first(3), {out.data(), 3, 23}), Contains("3 of 24"));
    p.pooling = "median";
    CHECK_THROWS_WITH(Encoder(p, pool), Contains("median"));
    p.pooling = "";
    p.normalize = "perhaps";
    CHECK_THROWS_WITH(Encoder(p, pool), Contains("perhaps") && Contains("normalize"));
    p.normalize = "";
    p.max_length = 21;
    CHECK_THROWS_WITH(Encoder(p, pool), Contains("21"));
    bert.tensors.erase("bert.pooler.dense.weight");
    p = parameters(bert);
    p.pooling = "pooler";
    CHECK_THROWS_WITH(Encoder(p, pool), Contains("no pooler"));
}

TEST_CASE("a text of a million characters is embedded as its beginning") {
    const tests::TinyBert bert;
    ThreadPool pool(2);
    Encoder encoder(parameters(bert), pool);
    std::string text;
    while (text.size() < 1'000'000) text += "the sky ";
    const std::vector<Example> examples{tests::example_of(text), tests::example_of(text.substr(0, 200)),
                                        tests::example_of(std::string(1'000'000, 'x'))};
    const auto vectors = laws::embedded(encoder, examples);
    CHECK(std::vector<float>(vectors.begin(), vectors.begin() + 24) ==
          std::vector<float>(vectors.begin() + 24, vectors.begin() + 48));
}
