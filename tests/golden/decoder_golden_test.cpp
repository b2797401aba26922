#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/language_model.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/weights/safetensors.hpp>

#include <support/resources.hpp>
#include <support/scratch_folder.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace familiar;
using nlohmann::json;
using tests::golden;
using tests::model;

namespace {

using Tokens = std::vector<std::int32_t>;

json read_json(const std::filesystem::path& path) {
    return json::parse(std::ifstream(path));
}

decoder::GenerationOptions greedy(std::size_t tokens, std::size_t top) {
    decoder::GenerationOptions options;
    options.max_tokens = tokens;
    options.top = top;
    return options;
}

/// Greedy tokens equal up to an end token or to the first step that rounding may decide. How many steps that were.
std::size_t check_greedy(const json& expected, const Tokens& came, std::span<const std::int32_t> end_tokens) {
    constexpr double sure = 0.01; // of the best over the second logit, with float activations
    const Tokens wanted = expected.at("greedy");
    const std::vector<double> margins = expected.at("margins");
    std::size_t steps = 0;
    while (steps < wanted.size() && margins[steps] >= sure &&
           std::find(end_tokens.begin(), end_tokens.end(), wanted[steps]) == end_tokens.end()) {
        ++steps;
    }
    REQUIRE(came.size() >= steps);
    CHECK(Tokens(came.begin(), came.begin() + static_cast<std::ptrdiff_t>(steps)) ==
          Tokens(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(steps)));
    return steps;
}

/// The largest gap between the logits of a pass over `ids` and the golden's.
template <class Model>
double logits_gap(Model& causal, const Tokens& ids, const weights::Safetensors& expected, std::size_t prompt) {
    const auto logits = expected.find("logits." + std::to_string(prompt));
    REQUIRE(logits);
    REQUIRE(logits->shape[0] == ids.size());
    REQUIRE(logits->shape[1] == causal.shape().vocabulary);
    std::vector<float> wanted(logits->size()), row(causal.shape().vocabulary);
    std::memcpy(wanted.data(), logits->bytes.data(), logits->bytes.size());
    decoder::Segment segment;
    segment.tokens = ids;
    causal.run(std::span(&segment, 1));
    double gap = 0.0;
    for (std::size_t r = 0; r < ids.size(); ++r) {
        causal.logits(std::span(&r, 1), {row.data(), 1, row.size()});
        for (std::size_t k = 0; k < row.size(); ++k) {
            const double one = std::fabs(double(row[k]) - double(wanted[r * row.size() + k]));
            gap = one <= gap ? gap : one; // NaN stays
        }
    }
    return gap;
}

/// A golden's directory with config.json as transformers 5 writes it.
class RewrittenFolder : public tests::ScratchFolder {
  public:
    explicit RewrittenFolder(const std::filesystem::path& source) {
        std::filesystem::copy_file(source / "config.transformers5.json", path() / "config.json");
        std::filesystem::create_symlink(std::filesystem::absolute(source / "model.safetensors"),
                                        path() / "model.safetensors");
    }
};

template <class Kernels>
void check_family(const std::filesystem::path& folder, const std::filesystem::path& golden_folder) {
    ThreadPool pool(2);
    const auto expected = weights::Safetensors::open(golden_folder / "expected.safetensors");
    const json prompts = read_json(golden_folder / "prompts.json").at("prompts");
    const auto files = decoder::ModelFiles::open(folder);
    auto [shape, weights] = files.read();
    decoder::CausalModel<Kernels> causal(shape, std::move(weights), folder.string(), pool);
    decoder::LanguageModel<Kernels> language_model(folder, pool, {}, decoder::Activations::f32);
    CHECK(language_model.end_tokens().size() == 1);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const Tokens ids = prompts[i].at("ids");
        CHECK(logits_gap(causal, ids, expected, i) <= 1e-4);
        const Tokens came = language_model.complete(ids, greedy(16, 0)).value().tokens;
        // Of positions by the length at hand a cache keeps keys of older ones, as the published library does.
        if (!prompts[i].contains("greedy_with_cache") || came != prompts[i].at("greedy_with_cache").get<Tokens>()) {
            CHECK(check_greedy(prompts[i], came, language_model.end_tokens()) > 0);
        }
    }
}

template <class Kernels> void check_mixed(const std::filesystem::path& folder, std::size_t threads) {
    ThreadPool pool(threads);
    decoder::LanguageModel<Kernels> language_model(folder / "model.gguf", pool, {}, decoder::Activations::f32);
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    const json prompts = read_json(folder / "prompts.json").at("prompts");
    REQUIRE(prompts.size() >= 2);

    const auto files = decoder::ModelFiles::open(folder / "model.gguf");
    auto [shape, weights] = files.read();
    decoder::CausalModel<Kernels> causal(shape, std::move(weights), "model.gguf", pool);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const Tokens ids = prompts[i].at("ids");
        CHECK(logits_gap(causal, ids, expected, i) <= 1e-4);

        const auto out = language_model.complete(ids, greedy(16, 0)).value();
        CHECK(check_greedy(prompts[i], out.tokens, language_model.end_tokens()) == 16);
        if (const auto* const tokenizer = language_model.tokenizer()) {
            Tokens encoded;
            tokenizer->encode_ids(prompts[i].at("text").get<std::string>(), {}, encoded);
            CHECK(encoded == ids);
        }
    }
}

} // namespace

TEST_CASE("a file of fourteen tensor types gives the exact logits on every backend") {
    REQUIRE_RESOURCE(folder, golden("decoders/gguf_mixed"));
    SECTION("reference") {
        check_mixed<kernels::Reference>(folder, 1);
    }
    SECTION("dispatched, one thread") {
        check_mixed<kernels::Dispatched>(folder, 1);
    }
    SECTION("dispatched, three threads") {
        check_mixed<kernels::Dispatched>(folder, 3);
    }
}

TEST_CASE("every family gives the exact logits and greedy tokens, from either spelling of its configuration") {
    const std::string family = GENERATE(
        "llama", "llama_tied", "llama_rope_linear", "llama_rope_dynamic", "llama_rope_yarn", "llama_rope_llama3",
        "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi", "phi3", "phi3_longrope", "falcon_7b", "falcon_40b",
        "falcon_rw", "gpt_neox", "gpt_neox_sequential", "gptj", "bloom", "gpt2", "smollm3");
    INFO(family);
    REQUIRE_RESOURCE(folder, golden("decoders/" + family));
    check_family<kernels::Reference>(folder, folder);
    const RewrittenFolder rewritten(folder);
    check_family<kernels::Dispatched>(rewritten.path(), folder);
}

TEST_CASE("prompts of real files give the exact log-probabilities, greedy tokens and scores") {
    struct File {
        const char *path, *golden;
        std::size_t prompts, steps, scored; ///< of the larger models fewer prompts, since a test should end
    };
    const auto given =
        GENERATE(File{"smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2", 20, 526, 18},
                 File{"gemma3-270m/gemma-3-270m-q4_k_m.gguf", "gemma3", 6, 185, 0},
                 File{"qwen2.5-coder-0.5b/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "qwen2.5", 4, 128, 0});
    INFO(given.golden);
    REQUIRE_RESOURCE(path, model(given.path));
    REQUIRE_RESOURCE(file, golden("gguf_models/" + std::string(given.golden) + ".json"));
    ThreadPool pool;
    decoder::LanguageModel<> language_model(path, pool, {}, decoder::Activations::f32);
    json prompts = read_json(file).at("prompts");
    REQUIRE(prompts.size() == 20);
    prompts.erase(prompts.begin() + static_cast<std::ptrdiff_t>(given.prompts), prompts.end());
    double largest = 0.0, largest_score = 0.0;
    std::size_t steps = 0, scored = 0;
    for (const auto& prompt : prompts) {
        const Tokens ids = prompt.at("ids");
        CHECK(language_model.encode_prompt(prompt.at("text").get<std::string>(),
                                           prompt.value("parse_special", false)) == ids);
        const json& exact = prompt.at("float32");
        const auto out = language_model.complete(ids, greedy(32, 20)).value();
        const Tokens top = exact.at("top").at("ids");
        const std::vector<double> logprobs = exact.at("top").at("logprobs");
        REQUIRE(out.top.size() == top.size());
        for (std::size_t i = 0; i < top.size(); ++i) {
            largest = std::max(largest, std::fabs(out.top[i].logprob - logprobs[i]));
            // Ranks may be exchanged where two are as good as equal.
            const auto same =
                std::find_if(out.top.begin(), out.top.end(), [&](const auto& entry) { return entry.token == top[i]; });
            if (same != out.top.end()) largest = std::max(largest, std::fabs(same->logprob - logprobs[i]));
        }
        steps += check_greedy(exact, out.tokens, language_model.end_tokens());

        if (!prompt.contains("scores")) continue;
        const std::vector<std::string> choices = prompt.at("choices");
        const auto scores = language_model.score(ids, choices).value();
        const auto kept = language_model.score(ids, choices, ids.size() * 3 / 4).value();
        for (std::size_t c = 0; c < choices.size(); ++c, ++scored) {
            const json& wanted = prompt.at("scores")[c];
            CHECK(language_model.encode_continuation(choices[c]) == wanted.at("ids").get<Tokens>());
            for (const auto& came : {scores, kept}) {
                largest_score =
                    std::max(largest_score, std::fabs(came.logprobs[c] - wanted.at("float32").get<double>()));
            }
        }
    }
    CHECK(largest <= 1e-3);
    CHECK(largest_score <= 1e-3);
    CHECK(steps >= given.steps);
    CHECK(scored >= given.scored);
    WARN("largest gap of the top 20: " << largest << ", of " << scored << " scores: " << largest_score << "; " << steps
                                       << " sure greedy steps equal");
}

TEST_CASE("the ten lines of the decoder's concept page do what they say") {
    REQUIRE_RESOURCE(path, model("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"));
    ThreadPool pool;
    decoder::LanguageModel language_model(path, pool);
    const std::vector<text::ChatMessage> messages{{text::Role::user, "Name a colour."}};
    const auto ids = language_model.encode_messages(messages);
    // The template opens with a system message of its own; the tokens between markup are those of the text.
    CHECK(language_model.encode_prompt("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by "
                                       "Hugging Face<|im_end|>\n<|im_start|>user\nName a colour.<|im_end|>\n"
                                       "<|im_start|>assistant\n",
                                       true) == ids);
    decoder::GenerationOptions options;
    options.max_tokens = 20;
    const auto answer = language_model.complete(ids, options).value();
    CHECK(answer.text == language_model.tokenizer()->decode(answer.tokens));
    const std::vector<std::string> choices{"Red", "Blue"};
    const auto scores = language_model.score(ids, choices).value();
    REQUIRE(scores.logprobs.size() == 2);
    const auto chosen = language_model.choose(ids, choices).value();
    CHECK(chosen.text == choices[scores.logprobs[1] > scores.logprobs[0] ? 1 : 0]);
}

TEST_CASE("SmolLM2's perplexity is the exact one") {
    REQUIRE_RESOURCE(path, model("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"));
    REQUIRE_RESOURCE(file, golden("gguf_models/smollm2.json"));
    ThreadPool pool;
    decoder::LanguageModel<> language_model(path, pool, {}, decoder::Activations::f32);
    const json windows = read_json(file).at("perplexity");
    REQUIRE_FALSE(windows.empty());
    for (const auto& window : windows) {
        const Tokens ids = window.at("ids");
        const std::vector<Tokens> rest{Tokens(ids.begin() + 1, ids.end())};
        const decoder::ScoreRequest request{std::span(ids).first(1), rest, 0, 0};
        const auto scores = language_model.score(std::span(&request, 1));
        const double mean = -scores[0].value().logprobs[0] / static_cast<double>(rest[0].size());
        CHECK(mean == Approx(window.at("float32_nll").get<double>()).margin(1e-4));
    }
}

TEST_CASE("with 8-bit activations the twenty prompts of three models keep the reference's bounds") {
    // Mean and largest gap of the top 20, divergence, and greedy tokens wherever the margin is clear: what llama.cpp's
    // 8-bit activations cost on the same files (goldens' README).
    const auto [file, golden_name] = GENERATE(
        table<std::string, std::string>({{"smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2"},
                                         {"gemma3-270m/gemma-3-270m-q4_k_m.gguf", "gemma3"},
                                         {"qwen2.5-coder-0.5b/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "qwen2.5"}}));
    INFO(file);
    REQUIRE_RESOURCE(path, model(file));
    REQUIRE_RESOURCE(expected, golden("gguf_models/" + golden_name + ".json"));
    ThreadPool pool;
    decoder::LanguageModel<> language_model(path, pool); // 8 bits are the default
    double sum = 0.0, largest = 0.0, divergence = 0.0;
    std::size_t count = 0, steps = 0;
    const json prompts = read_json(expected).at("prompts"); // a loop over a part of a temporary would outlive it
    for (const auto& prompt : prompts) {
        const json& exact = prompt.at("float32");
        const auto out = language_model.complete(prompt.at("ids").get<Tokens>(), greedy(32, 64)).value();
        const Tokens top = exact.at("top").at("ids");
        const std::vector<double> logprobs = exact.at("top").at("logprobs");
        double here = 0.0, rest = 1.0, rest_came = 1.0;
        for (std::size_t i = 0; i < top.size(); ++i) {
            const auto same =
                std::find_if(out.top.begin(), out.top.end(), [&](const auto& entry) { return entry.token == top[i]; });
            const double came = same != out.top.end() ? same->logprob : out.top.back().logprob;
            sum += std::fabs(came - logprobs[i]);
            largest = std::max(largest, std::fabs(came - logprobs[i]));
            ++count;
            here += std::exp(logprobs[i]) * (logprobs[i] - came);
            rest -= std::exp(logprobs[i]);
            rest_came -= std::exp(came);
        }
        divergence = std::max(divergence, here + std::max(rest, 1e-12) *
                                                     std::log(std::max(rest, 1e-12) / std::max(rest_came, 1e-12)));
        const Tokens wanted = exact.at("greedy");
        const std::vector<double> margins = exact.at("margins");
        for (std::size_t i = 0; i < std::min(wanted.size(), out.tokens.size()) && margins[i] >= 0.5; ++i, ++steps) {
            CHECK(out.tokens[i] == wanted[i]);
        }
    }
    CHECK(sum / static_cast<double>(count) <= 0.15);
    CHECK(largest <= 0.7);
    CHECK(divergence <= 0.025);
    CHECK(steps > 50);
    WARN(golden_name << ": mean gap " << sum / static_cast<double>(count) << ", largest " << largest << ", divergence "
                     << divergence << ", " << steps << " sure steps");
}

TEST_CASE("with 8-bit activations a file of fourteen types is within their noise, the same bits however it is run") {
    REQUIRE_RESOURCE(folder, golden("decoders/gguf_mixed"));
    const auto expected = weights::Safetensors::open(folder / "expected.safetensors");
    const json prompts = read_json(folder / "prompts.json").at("prompts");
    const auto files = decoder::ModelFiles::open(folder / "model.gguf");
    const auto run = [&](std::size_t threads, std::size_t piece, const Tokens& ids, kernels::Dispatched backend) {
        ThreadPool pool(threads);
        auto [shape, weights] = files.read();
        decoder::CausalModel<kernels::Dispatched> causal(shape, std::move(weights), "model.gguf", pool, backend,
                                                         decoder::Activations::int8, files.mapping());
        decoder::KeyValueStore store(shape, ids.size());
        std::vector<float> logits(shape.vocabulary);
        for (std::size_t done = 0; done < ids.size(); done += piece) {
            decoder::Segment segment;
            segment.tokens = std::span(ids).subspan(done, std::min(piece, ids.size() - done));
            segment.position = done;
            segment.store = &store;
            causal.run(std::span<const decoder::Segment>(&segment, 1));
            const std::size_t last = segment.tokens.size() - 1;
            causal.logits(std::span(&last, 1), {logits.data(), 1, logits.size()});
        }
        return logits;
    };
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const Tokens ids = prompts[i].at("ids");
        const auto exact = expected.find("logits." + std::to_string(i));
        REQUIRE(exact);
        const auto whole = run(1, ids.size(), ids, {});
        std::vector<float> wanted(whole.size());
        std::memcpy(wanted.data(), exact->bytes.data() + (exact->bytes.size() - wanted.size() * sizeof(float)),
                    wanted.size() * sizeof(float));
        for (std::size_t t = 0; t < whole.size(); ++t) CHECK(std::fabs(whole[t] - wanted[t]) <= 0.5F);
        CHECK(run(2, ids.size(), ids, {}) == whole);
        CHECK(run(2, 1, ids, {}) == whole);
        CHECK(run(1, 3, ids, {}) == whole);
        const auto reference = run(1, ids.size(), ids, kernels::Dispatched(kernels::Isa::reference));
        for (std::size_t t = 0; t < whole.size(); ++t) CHECK(std::fabs(whole[t] - reference[t]) <= 0.1F);
    }
}
