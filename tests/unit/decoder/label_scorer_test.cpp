#include "loaded_model.hpp"

#include <familiar/decoder/label_scorer.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

using namespace familiar;
using decoder::ScoreRequest;
using tests::LoadedModel;
using tests::TinyModel;

namespace {

using Tokens = std::vector<std::int32_t>;
using Model = decoder::CausalModel<kernels::Reference>;

struct Scorer {
    explicit Scorer(const TinyModel& tiny) : loaded(tiny), prefixes(loaded.model), scorer(loaded.model, prefixes) {}

    std::uint64_t processed() const { return loaded.model.tokens_processed(); }

    LoadedModel<> loaded;
    decoder::PrefixKeeper<Model> prefixes;
    decoder::LabelScorer<Model> scorer;
};

Tokens joined(Tokens a, const Tokens& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

constexpr double kTolerance = 1e-4;

} // namespace

TEST_CASE("scores are the log-probabilities of a plain pass over prompt and candidate") {
    const TinyModel tiny;
    Scorer scorer(tiny);
    const Tokens prompt = tests::some_tokens(30, 1);
    const std::vector<Tokens> candidates{{5}, {7, 8, 9}, {5, 1}, {129}};
    const std::size_t shared = GENERATE(0, 12, 29, 30, 1000);
    const ScoreRequest request{prompt, candidates, shared, 0};
    const auto results = scorer.scorer.score(std::span(&request, 1));
    REQUIRE(results.size() == 1);
    REQUIRE(results[0]);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        CHECK(results[0].value().logprobs[c] ==
              Approx(tests::log_probability(tiny, prompt, candidates[c])).margin(kTolerance));
    }
}

TEST_CASE("candidates that begin alike share the tokens that they begin with") {
    const TinyModel tiny;
    const Tokens prompt = tests::some_tokens(30, 1);
    const std::vector<Tokens> candidates{{5, 6, 7, 8}, {5, 6, 7, 9}, {5},          {5, 6}, {5, 6, 7, 8, 1},
                                         {3, 3, 3},    {5, 9, 7, 8}, {5, 6, 7, 8}, {2}};
    Scorer scorer(tiny);
    const ScoreRequest request{prompt, candidates, 0, 0};
    const auto scores = scorer.scorer.score(std::span(&request, 1)).front().value();
    // 5, 56, 567, 5678; 3, 33; 59, 597: all but last tokens, each once.
    CHECK(scorer.processed() == 30 + 8);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        INFO(c);
        CHECK(scores.logprobs[c] == Approx(tests::log_probability(tiny, prompt, candidates[c])).margin(kTolerance));
        Scorer alone(tiny);
        const ScoreRequest one{prompt, std::span(&candidates[c], 1), 0, 0};
        CHECK(alone.scorer.score(std::span(&one, 1)).front().value().logprobs[0] == scores.logprobs[c]);
    }
}

TEST_CASE("trees that are deeper and wider than a pass are cut into several") {
    const TinyModel tiny;
    const Tokens prompt = tests::some_tokens(20, 1), stem = tests::some_tokens(300, 2);
    std::vector<Tokens> candidates;
    for (std::size_t length = 1; length < 300; length += 13) {
        candidates.emplace_back(stem.begin(), stem.begin() + static_cast<std::ptrdiff_t>(length));
        candidates.push_back(joined(candidates.back(), tests::some_tokens(30, length)));
    }
    Scorer scorer(tiny);
    const ScoreRequest request{prompt, candidates, 0, 3};
    const auto scores = scorer.scorer.score(std::span(&request, 1)).front().value();
    CHECK(scores.top.size() == 3);
    for (const std::size_t c : {0U, 1U, 20U, 33U, 45U}) {
        Scorer alone(tiny);
        const ScoreRequest one{prompt, std::span(&candidates[c], 1), 0, 0};
        CHECK(alone.scorer.score(std::span(&one, 1)).front().value().logprobs[0] == scores.logprobs[c]);
    }
}

TEST_CASE("the work for a query does not grow with what it shares") {
    const TinyModel tiny;
    const std::vector<Tokens> candidates{{5}, {7, 8, 9}};
    for (const std::size_t shared : {10U, 100U, 700U}) {
        Scorer scorer(tiny);
        const Tokens demonstrations = tests::some_tokens(shared, 2);
        std::vector<std::uint64_t> work;
        for (std::uint64_t query = 0; query < 4; ++query) {
            const Tokens prompt = joined(demonstrations, tests::some_tokens(20, 10 + query));
            const ScoreRequest request{prompt, candidates, shared, 0};
            const std::uint64_t before = scorer.processed();
            const auto results = scorer.scorer.score(std::span(&request, 1));
            work.push_back(scorer.processed() - before);
            CHECK(results[0].value().reused_tokens == (query == 0 ? 0 : shared));
            if (shared <= 100 && query == 3) {
                CHECK(results[0].value().logprobs[1] ==
                      Approx(tests::log_probability(tiny, prompt, candidates[1])).margin(kTolerance));
            }
        }
        // 20 tokens of the query, and of the candidates all but the last one each.
        CHECK(work == std::vector<std::uint64_t>{shared + 22, 22, 22, 22});
    }
}

TEST_CASE("many requests at once give what each gives alone") {
    const TinyModel tiny;
    const Tokens demonstrations = tests::some_tokens(60, 3);
    const std::vector<Tokens> few{{5}, {7, 8}}, many{{1, 2, 3}, {4}, {4, 5, 6, 7, 8}};
    std::vector<Tokens> prompts;
    for (std::uint64_t i = 0; i < 40; ++i) {
        prompts.push_back(joined(demonstrations, tests::some_tokens(1 + i * 7 % 50, 20 + i)));
    }
    std::vector<ScoreRequest> requests;
    for (std::size_t i = 0; i < prompts.size(); ++i) requests.push_back({prompts[i], i % 3 == 0 ? many : few, 60, 3});

    Scorer together(tiny), alone(tiny);
    const auto all = together.scorer.score(requests);
    REQUIRE(all.size() == requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto one = alone.scorer.score(std::span(&requests[i], 1));
        CHECK(all[i].value().logprobs == one[0].value().logprobs);
        CHECK(all[i].value().top == one[0].value().top);
        REQUIRE(all[i].value().top.size() == 3);
        CHECK(all[i].value().top[0].logprob >= all[i].value().top[1].logprob);
    }
    CHECK(together.processed() == alone.processed());
}

TEST_CASE("prompts and candidates longer than a pass are scored in several") {
    TinyModel tiny;
    tiny.metadata["llama.block_count"] = 1U;
    std::erase_if(tiny.tensors, [](const auto& entry) { return entry.first.rfind("blk.1.", 0) == 0; });
    tiny.layers = 1;
    Scorer scorer(tiny);
    const std::size_t length = GENERATE(300, 700);
    const Tokens prompt = tests::some_tokens(length, 4);
    const std::vector<Tokens> candidates{
        {3}, tests::some_tokens(300, 5), tests::some_tokens(400, 6), tests::some_tokens(600, 7), {4, 4}};
    const ScoreRequest request{prompt, candidates, 0, 2};
    const auto results = scorer.scorer.score(std::span(&request, 1));
    REQUIRE(results[0]);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        CHECK(results[0].value().logprobs[c] ==
              Approx(tests::log_probability(tiny, prompt, candidates[c])).margin(1e-3)); // 600 tokens summed
    }
    CHECK(results[0].value().top.size() == 2);
    CHECK(results[0].value().reused_tokens == 0);
}

TEST_CASE("requests that cannot be scored fail alone and say why") {
    const TinyModel tiny;
    Scorer scorer(tiny);
    const Tokens good{1, 2, 3}, unknown{1, 130}, none, full = tests::some_tokens(2047, 8);
    const std::vector<Tokens> candidates{{5}, {6, 7}}, empty{{5}, {}}, wrong{{-1}}, no_candidates;
    const std::vector<ScoreRequest> requests{{good, candidates},    {unknown, candidates}, {none, candidates},
                                             {good, empty},         {good, wrong},         {good, no_candidates},
                                             {full, candidates, 0}, {good, candidates}};
    const auto results = scorer.scorer.score(requests);
    REQUIRE(results.size() == requests.size());
    CHECK(results[0].value().logprobs == results[7].value().logprobs);
    CHECK(results[1].failure().code == ErrorCode::invalid_token);
    CHECK_THAT(results[1].failure().message, Catch::Contains("130"));
    CHECK(results[2].failure().code == ErrorCode::invalid_argument);
    CHECK(results[3].failure().code == ErrorCode::invalid_argument);
    CHECK(results[4].failure().code == ErrorCode::invalid_token);
    CHECK_THAT(results[4].failure().message, Catch::Contains("-1"));
    CHECK(results[5].failure().code == ErrorCode::invalid_argument);
    CHECK(results[6].failure().code == ErrorCode::text_too_long);
    CHECK_THAT(results[6].failure().message, Catch::Contains("2047") && Catch::Contains("2048"));
}

TEST_CASE("a cancelled scoring ends at once") {
    const TinyModel tiny;
    Scorer scorer(tiny);
    const Tokens prompt = tests::some_tokens(20, 9);
    const std::vector<Tokens> candidates{{5}};
    const ScoreRequest request{prompt, candidates, 10, 0};
    Cancellation cancellation;
    cancellation.request();
    try {
        scorer.scorer.score(std::span(&request, 1), &cancellation);
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::cancelled);
    }
    CHECK(scorer.processed() == 0);
    CHECK(scorer.scorer.score(std::span(&request, 1))[0].has_value());
}
