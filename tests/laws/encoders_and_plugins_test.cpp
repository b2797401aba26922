#include "laws/encoder_laws.hpp"
#include "laws/plugin_laws.hpp"
#include "laws/selector_laws.hpp"

#include "support/resources.hpp"
#include "unit/pipeline/toy_policies.hpp"
#include <support/scratch_folder.hpp>

#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/encoder/any_encoder.hpp>
#include <familiar/encoder/cached_encoder.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/plugin/any_plugin.hpp>
#include <familiar/plugin/encoder_classifier.hpp>
#include <familiar/plugin/linear_probe.hpp>
#include <familiar/plugin/precomputed_plugin.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace familiar;
using namespace familiar::tests;

namespace {

/// Counts of letters, for laws without a model.
struct LetterEncoder {
    static constexpr std::size_t kDimension = 27;
    [[nodiscard]] std::size_t dimension() const { return kDimension; }
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) const {
        for (std::size_t i = 0; i < examples.size(); ++i) {
            for (float& value : out[i]) value = 0.1F;
            for (const char c : examples[i].text) out[i][c >= 'a' && c <= 'z' ? std::size_t(c - 'a') : 26] += 1.0F;
        }
    }
    [[nodiscard]] std::string identity() const { return "letters"; }
};

std::vector<Example> sentences() {
    std::vector<Example> examples;
    for (const char* text : {"a gripping film", "dull", "", "the best thing I have seen this year, by far, and twice",
                             "not my cup of tea", "ünïcödé and 日本語", "ok"}) {
        examples.push_back({std::to_string(examples.size()), text, std::nullopt, std::nullopt});
    }
    return examples;
}

} // namespace

TEST_CASE("Encoders: the laws hold for a toy, erased and cached too") {
    LetterEncoder letters;
    laws::check_encoder_laws(letters, sentences());
    encoder::AnyEncoder erased{LetterEncoder()};
    laws::check_encoder_laws(erased, sentences());
    const ScratchFolder folder;
    for (const bool filled : {false, true}) {
        INFO((filled ? "filled" : "empty") << " cache");
        encoder::CachedEncoder cached(LetterEncoder(), folder.path());
        laws::check_encoder_laws(cached, sentences());
    }
}

TEST_CASE("Encoders: the laws hold for MiniLM with every number of threads") {
    REQUIRE_RESOURCE(folder, model("minilm"));
    using Encoder = encoder::SentenceEncoder<kernels::Dispatched>;
    Encoder::Parameters parameters;
    parameters.model = folder.string();
    std::vector<float> first;
    for (const std::size_t threads : {1U, 3U}) {
        ThreadPool pool(threads);
        Encoder encoder(parameters, pool);
        laws::check_encoder_laws(encoder, sentences());
        const auto values = laws::embedded(encoder, sentences());
        if (first.empty()) first = values;
        CHECK(values == first);
    }
}

TEST_CASE("Plug-ins: the laws hold for the linear probe") {
    ThreadPool pool(2);
    using Probe = plugin::LinearProbe<LetterEncoder>;
    Probe probe(Probe::Parameters(), LetterEncoder(), pool);
    const auto train = colour_examples("train", 30), test = colour_examples("test", 6);
    laws::check_plugin_laws(probe, colour_task(), train, test);
    CHECK(probe.out_of_fold().size() == 30);
    plugin::AnyPlugin erased{Probe(Probe::Parameters(), LetterEncoder(), pool)};
    laws::check_plugin_laws(erased, colour_task(), train, test);
    CHECK(erased.out_of_fold().size() == 30);
}

TEST_CASE("Plug-ins: the laws hold for a classifier's own head") {
    REQUIRE_RESOURCE(folder, golden("encoders/bert"));
    ThreadPool pool(2);
    using Classifier = plugin::EncoderClassifier<kernels::Dispatched>;
    Classifier::Parameters parameters;
    parameters.model = folder.string();
    Classifier classifier(parameters, pool);
    Task task = colour_task();
    task.labels = {"entailment", "neutral", "contradiction"};
    std::vector<Example> pairs = sentences();
    for (auto& pair : pairs) pair.text_b = "it is a film";
    laws::check_plugin_laws(classifier, task, {}, pairs);
}

TEST_CASE("Plug-ins: the laws hold for predictions from a file") {
    const auto file = std::filesystem::temp_directory_path() /
                      ("familiar-laws-" + std::to_string(std::hash<std::string>{}(__FILE__)) + ".jsonl");
    {
        std::ofstream out(file);
        for (const auto& example : colour_examples("test", 6)) {
            out << R"({"text": ")" << example.text
                << R"(", "distribution": {"red": 0.5, "green": 0.125, "blue": 0.375}})"
                << "\n";
        }
    }
    plugin::PrecomputedPlugin::Parameters parameters;
    parameters.file = file.string();
    plugin::PrecomputedPlugin precomputed(parameters);
    laws::check_plugin_laws(precomputed, colour_task(), {}, colour_examples("test", 6));
    std::filesystem::remove(file);
}

TEST_CASE("Selectors: the laws hold for the nearest neighbours") {
    using Nearest = demonstration::NearestSelector<LetterEncoder>;
    const auto pool = colour_examples("train", 12), queries = colour_examples("test", 4);
    laws::check_selector_laws([] { return Nearest(Nearest::Parameters(), LetterEncoder()); }, colour_task(), pool,
                              queries);
}
