#include "loaded_model.hpp"

#include <familiar/decoder/generator.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace familiar;
using decoder::FinishReason;
using decoder::Generation;
using decoder::GenerationOptions;
using tests::LoadedModel;
using tests::TinyModel;

namespace {

using Tokens = std::vector<std::int32_t>;
using Model = decoder::CausalModel<kernels::Reference>;

/// Every token is a letter.
struct Letters {
    std::string operator()(std::span<const std::int32_t> tokens) const {
        std::string text;
        for (const auto token : tokens) text += static_cast<char>('a' + token % 26);
        return text;
    }
};

struct Writer {
    explicit Writer(const TinyModel& tiny, Tokens end = {})
        : loaded(tiny), prefixes(loaded.model), scorer(loaded.model, prefixes),
          generator(loaded.model, prefixes, std::move(end)) {}

    Result<Generation> try_write(const Tokens& prompt, const GenerationOptions& options, std::size_t shared = 0) {
        pieces.clear();
        return generator.generate(prompt, shared, options, &letters,
                                  [&](std::string_view piece) { pieces.emplace_back(piece); });
    }
    Generation write(const Tokens& prompt, const GenerationOptions& options, std::size_t shared = 0) {
        return try_write(prompt, options, shared).value();
    }
    std::string told() const {
        std::string text;
        for (const auto& piece : pieces) text += piece;
        return text;
    }

    LoadedModel<> loaded;
    decoder::PrefixKeeper<Model> prefixes;
    decoder::LabelScorer<Model> scorer;
    decoder::Generator<Model> generator;
    Letters letters;
    std::vector<std::string> pieces;
};

/// The likeliest token after each prefix, by the architecture's definition.
Tokens greedy(const TinyModel& tiny, Tokens tokens, std::size_t count) {
    const std::size_t begin = tokens.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto logits = tiny.logits(tokens).back();
        tokens.push_back(static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    }
    return {tokens.begin() + static_cast<std::ptrdiff_t>(begin), tokens.end()};
}

GenerationOptions tokens_at_most(std::size_t count) {
    GenerationOptions options;
    options.max_tokens = count;
    return options;
}

} // namespace

TEST_CASE("greedy text is the likeliest token after each prefix") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(25, 1), expected = greedy(tiny, prompt, 12);
    const std::size_t shared = GENERATE(0, 10, 25);
    for (int again = 0; again < 2; ++again) {
        const Generation out = writer.write(prompt, tokens_at_most(12), shared);
        CHECK(out.tokens == expected);
        CHECK(out.text == Letters{}(expected));
        CHECK(writer.told() == *out.text);
        CHECK(out.finish_reason == FinishReason::length);
        CHECK(out.prompt_tokens == 25);
        CHECK(out.reused_tokens == (again == 0 ? 0 : std::min<std::size_t>(shared, 24)));
    }
}

TEST_CASE("an end token ends a text and is left out") {
    const TinyModel tiny;
    const Tokens prompt = tests::some_tokens(25, 1), expected = greedy(tiny, prompt, 6);
    REQUIRE(std::find(expected.begin(), expected.begin() + 5, expected[5]) == expected.begin() + 5);
    Writer writer(tiny, {expected[5]});
    const Generation out = writer.write(prompt, tokens_at_most(30));
    CHECK(out.tokens == Tokens(expected.begin(), expected.begin() + 5));
    CHECK(out.finish_reason == FinishReason::stop);
}

TEST_CASE("a stop text ends a text before it, and none of it is told") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(25, 1);
    const std::string whole = *writer.write(prompt, tokens_at_most(12)).text;
    GenerationOptions options = tokens_at_most(12);
    options.stop = {"never", whole.substr(4, 3)};
    const Generation out = writer.write(prompt, options);
    CHECK(*out.text == whole.substr(0, whole.find(options.stop[1])));
    CHECK(writer.told() == *out.text);
    CHECK(out.finish_reason == FinishReason::stop);
    options.stop = {""};
    CHECK_THROWS_AS(writer.try_write(prompt, options), Error);
}

TEST_CASE("generation ends where the context ends") {
    TinyModel tiny;
    tiny.metadata["llama.context_length"] = 30U;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(25, 1);
    const Generation out = writer.write(prompt, tokens_at_most(100));
    CHECK(out.tokens == greedy(tiny, prompt, 6)); // the last one is told by the position of the last one that fits
    CHECK(out.finish_reason == FinishReason::length);
    CHECK(writer.write(tests::some_tokens(30, 2), tokens_at_most(100)).tokens.size() == 1);
    CHECK(writer.write(prompt, tokens_at_most(0)).tokens.empty());
    const auto failure = writer.try_write(tests::some_tokens(31, 3), tokens_at_most(1)).failure();
    CHECK(failure.code == ErrorCode::text_too_long);
    CHECK_THAT(failure.message, Catch::Contains("31") && Catch::Contains("30"));
}

TEST_CASE("prompts without tokens or with unknown ones fail") {
    const TinyModel tiny;
    Writer writer(tiny);
    CHECK(writer.try_write({}, tokens_at_most(3)).failure().code == ErrorCode::invalid_argument);
    const auto failure = writer.try_write({1, -1}, tokens_at_most(3)).failure();
    CHECK(failure.code == ErrorCode::invalid_token);
    CHECK_THAT(failure.message, Catch::Contains("-1"));
}

TEST_CASE("the likeliest first tokens come before any sampling change") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(8, 4);
    GenerationOptions options = tokens_at_most(2);
    options.top = 130;
    const Generation out = writer.write(prompt, options);
    REQUIRE(out.top.size() == 130);
    const auto logits = tiny.logits(prompt).back();
    double sum = 0.0;
    for (std::size_t i = 0; i < 130; ++i) {
        CHECK(out.top[i].logprob == Approx(tests::log_probability(logits, out.top[i].token)).margin(1e-4));
        if (i > 0) CHECK(out.top[i].logprob <= out.top[i - 1].logprob);
        sum += std::exp(out.top[i].logprob);
    }
    CHECK(sum == Approx(1.0));
    options.sampling.temperature = 3.0;
    options.top = 5;
    const Generation warm = writer.write(prompt, options);
    CHECK(warm.top == std::vector<decoder::TokenLogprob>(out.top.begin(), out.top.begin() + 5));
}

TEST_CASE("a seed gives a text, another seed another one") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(8, 4);
    GenerationOptions options = tokens_at_most(20);
    options.sampling.temperature = 1.0;
    const auto first = writer.write(prompt, options).tokens;
    CHECK(writer.write(prompt, options).tokens == first);
    options.sampling.seed = 1;
    CHECK(writer.write(prompt, options).tokens != first);
    options.sampling.top_k = 1;
    CHECK(writer.write(prompt, options).tokens == greedy(tiny, prompt, 20));
}

TEST_CASE("of choices the likeliest comes out, or each as often as it is likely") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(8, 4);
    const std::vector<Tokens> choices{{5}, {9, 3}, {77}, {5, 6}};
    std::vector<double> probability;
    double sum = 0.0;
    for (const auto& choice : choices) {
        probability.push_back(std::exp(tests::log_probability(tiny, prompt, choice)));
        sum += probability.back();
    }
    const decoder::ScoreRequest request{prompt, choices, 4, 2};
    GenerationOptions options;
    const auto best = std::max_element(probability.begin(), probability.end()) - probability.begin();
    const Generation greedy_choice = writer.generator.choose(request, options, writer.scorer).value();
    CHECK(greedy_choice.tokens == choices[static_cast<std::size_t>(best)]);
    CHECK(greedy_choice.finish_reason == FinishReason::stop);
    CHECK(greedy_choice.top.size() == 2);

    options.sampling.temperature = 1.0;
    std::map<Tokens, double> share;
    constexpr int draws = 1500;
    for (int i = 0; i < draws; ++i) {
        options.sampling.seed = static_cast<std::uint64_t>(i);
        share[writer.generator.choose(request, options, writer.scorer).value().tokens] += 1.0 / draws;
    }
    for (std::size_t c = 0; c < choices.size(); ++c) {
        CHECK(share[choices[c]] == Approx(probability[c] / sum).margin(0.06)); // over four standard deviations
    }
}

TEST_CASE("texts that are written together are those of one at a time, whatever their lengths and options") {
    const TinyModel tiny;
    Writer writer(tiny, {11});
    std::vector<Tokens> prompts;
    std::vector<decoder::GenerationRequest> requests;
    constexpr std::size_t count = 2 * decoder::Generator<Model>::kMostTogether + 5;
    for (std::size_t i = 0; i < count; ++i)
        prompts.push_back(tests::some_tokens(i % 7 == 3 ? 530 + i : 1 + 9 * i % 61, i));
    prompts[4] = {};
    prompts[9] = {5, 1000};
    for (std::size_t i = 0; i < count; ++i) {
        GenerationOptions options = tokens_at_most(i % 5 == 0 ? i % 3 : 3 + i % 11);
        options.sampling.temperature = i % 2 == 0 ? 0.0 : 1.0;
        options.sampling.seed = i;
        options.sampling.repetition_penalty = i % 3 == 0 ? 1.5 : 1.0;
        options.top = i % 4;
        requests.push_back({prompts[i], i % 6, options});
    }
    std::vector<std::string> told(count);
    const auto together =
        writer.generator.generate(std::span<const decoder::GenerationRequest>(requests), &writer.letters,
                                  [&](std::size_t request, std::string_view piece) { told[request] += piece; });
    REQUIRE(together.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        INFO(i);
        Writer alone(tiny, {11});
        const auto one = alone.try_write(prompts[i], requests[i].options, requests[i].shared);
        REQUIRE(together[i].has_value() == one.has_value());
        if (!one) {
            CHECK(together[i].failure() == one.failure());
            continue;
        }
        CHECK(together[i]->tokens == one->tokens);
        CHECK(together[i]->text == one->text);
        CHECK(together[i]->top == one->top);
        CHECK(together[i]->finish_reason == one->finish_reason);
        CHECK(told[i] == one->text);
    }
}

TEST_CASE("a long text is the same as one that is continued from its middle") {
    const TinyModel tiny;
    Writer writer(tiny);
    Tokens prompt = tests::some_tokens(25, 1);
    const Tokens whole = writer.write(prompt, tokens_at_most(700)).tokens; // more than there is room for at first
    REQUIRE(whole.size() == 700);
    prompt.insert(prompt.end(), whole.begin(), whole.begin() + 650);
    CHECK(writer.write(prompt, tokens_at_most(50)).tokens == Tokens(whole.begin() + 650, whole.end()));
}

TEST_CASE("of a grammar only its texts come out, drawn or not") {
    const TinyModel tiny;
    Writer writer(tiny, {11});
    std::vector<std::string> letters;
    for (std::int32_t token = 0; token < 130; ++token)
        letters.push_back(token == 11 ? "" : Letters{}(std::vector<std::int32_t>{token}));
    decoder::TokenGrammar grammar(decoder::ByteGrammar("root ::= \"abc\" | \"a\" [x-z]{2,4} | \"zz\"*"), letters, {11});
    GenerationOptions options = tokens_at_most(40);
    options.grammar = &grammar;
    std::set<std::string> came;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        options.sampling.temperature = seed == 0 ? 0.0 : 2.0;
        options.sampling.seed = seed;
        const Generation out = writer.write(tests::some_tokens(8, 4), options);
        auto text = decoder::ByteGrammar("root ::= \"abc\" | \"a\" [x-z]{2,4} | \"zz\"*");
        const auto state = text.next(text.start(), *out.text);
        REQUIRE(state != decoder::ByteGrammar::kDead);
        CHECK((text.accepts(state) || out.finish_reason == FinishReason::length));
        came.insert(*out.text);
    }
    CHECK(came.size() > 3);
}

TEST_CASE("a penalty makes tokens that were there less likely") {
    const TinyModel tiny;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(25, 1);
    GenerationOptions options = tokens_at_most(40);
    const auto repeats = [](const Tokens& tokens) {
        return tokens.size() - std::set<std::int32_t>(tokens.begin(), tokens.end()).size();
    };
    const auto plain = repeats(writer.write(prompt, options).tokens);
    options.sampling.repetition_penalty = 1000.0;
    const auto penalised = writer.write(prompt, options).tokens;
    CHECK(plain > 0);
    CHECK(repeats(penalised) == 0);
    for (const auto token : penalised) CHECK(std::find(prompt.begin(), prompt.end(), token) == prompt.end());
}

TEST_CASE("positions by the length at hand: LongRoPE begins again beyond its context, dynamic ones keep their keys") {
    TinyModel tiny;
    tiny.tensors["rope_factors_short.weight"] = {{4}, {1, 1, 1, 1}};
    tiny.tensors["rope_factors_long.weight"] = {{4}, {1, 2, 4, 8}};
    tiny.metadata["llama.rope.scaling.original_context_length"] = 20U;
    Writer writer(tiny);
    const Tokens prompt = tests::some_tokens(15, 1);
    const auto out = writer.write(prompt, tokens_at_most(12), 6).tokens;
    Tokens so_far = prompt;
    for (const auto token : out) { // each by a pass of its own over all before it
        Writer fresh(tiny);
        CHECK(fresh.write(so_far, tokens_at_most(1)).tokens.front() == token);
        so_far.push_back(token);
    }
    // A beginning that was kept for short prompts is not used for long ones.
    CHECK(writer.write(so_far, tokens_at_most(1), 6).reused_tokens == 0);
    CHECK(writer.write(prompt, tokens_at_most(1), 6).reused_tokens == 6);
}

TEST_CASE("a cancelled generation ends") {
    const TinyModel tiny;
    Writer writer(tiny);
    Cancellation cancellation;
    GenerationOptions options = tokens_at_most(50);
    options.cancellation = &cancellation;
    std::size_t told = 0;
    const auto run = [&] {
        writer.generator.generate(tests::some_tokens(8, 4), 0, options, &writer.letters, [&](std::string_view) {
            if (++told == 3) cancellation.request();
        });
    };
    CHECK_THROWS_AS(run(), Error);
    CHECK(told == 3);
}
