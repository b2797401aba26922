#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/grimoire/dual_tower.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/outcome.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/views.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// A trained dual tower, and what its features are made of.
struct OutcomeClassifier {
    DualTower tower;
    std::vector<std::string> llms;       ///< known ones, in the order of their features
    std::string encoder;                 ///< identity of the encoder of its embeddings
    std::size_t questions = 0, rows = 0; ///< that it was trained on

    [[nodiscard]] nlohmann::ordered_json to_json() const {
        nlohmann::ordered_json json;
        json["kind"] = kKind;
        json["encoder"] = encoder;
        json["llms"] = llms;
        json["questions"] = questions;
        json["rows"] = rows;
        json["shape"] = {tower.shape().context, tower.shape().grimoire, tower.shape().hidden};
        json["values"] = tower.values();
        return json;
    }

    /// Throws Error (malformed_model) that names the file for what `to_json` does not write.
    [[nodiscard]] static OutcomeClassifier load(const std::filesystem::path& file) {
        const auto json = data::parse_json(data::read_text_file(file), file.string());
        try {
            if (json.at("kind") != kKind) throw Error(ErrorCode::malformed_model, "this is no classifier of grimoires");
            OutcomeClassifier out;
            out.encoder = json.at("encoder").get<std::string>();
            out.llms = json.at("llms").get<std::vector<std::string>>();
            out.questions = json.at("questions").get<std::size_t>();
            out.rows = json.at("rows").get<std::size_t>();
            const auto& shape = json.at("shape");
            const DualTower::Shape read{shape.at(0).get<std::size_t>(), shape.at(1).get<std::size_t>(),
                                        shape.at(2).get<std::size_t>()};
            const auto values = json.at("values").get<std::vector<float>>();
            constexpr std::size_t most = 1 << 20; // a file that lies must not ask for all memory
            if (read.context > most || read.grimoire > most || read.hidden > most ||
                read.hidden * (read.context + read.grimoire) > values.size())
                throw Error(ErrorCode::malformed_model, "the classifier's shape does not fit its values");
            out.tower = DualTower::from_values(read, values);
            return out;
        } catch (const Error& error) {
            throw error.within(file.string());
        } catch (const nlohmann::json::exception& error) {
            throw Error(ErrorCode::malformed_model,
                        std::string("this is no classifier of grimoires (") + error.what() + ")", file.string(),
                        "Train one with `familiar grimoire learn`");
        }
    }

    static constexpr const char* kKind = "familiar grimoire classifier 1";
};

/// Features of questions and grimoires: embeddings, lengths, and which LLM is asked. Each text is embedded once.
template <encoder::TextEncoder Encoder> class OutcomeFeatures {
  public:
    explicit OutcomeFeatures(Encoder encoder) : encoder_(std::move(encoder)) {}

    [[nodiscard]] DualTower::Shape shape(std::size_t llms) const {
        return {encoder_.dimension() + 1 + llms, encoder_.dimension() + 2, 48};
    }

    /// What is known of questions before an LLM is named: the same for all of them.
    [[nodiscard]] std::vector<std::vector<float>> questions(std::span<const Example> examples) {
        auto rows = embedded(examples);
        for (std::size_t q = 0; q < examples.size(); ++q) {
            const std::size_t bytes = examples[q].text.size() + examples[q].text_b.value_or("").size();
            rows[q].push_back(std::log1p(static_cast<float>(bytes)));
        }
        return rows;
    }

    /// A question's features with those of the LLM: which of the known ones it is.
    [[nodiscard]] static std::vector<float> context(std::vector<float> question, std::span<const std::string> llms,
                                                    const std::string& llm) {
        for (const auto& known : llms) question.push_back(known == llm ? 1.0F : 0.0F);
        return question;
    }

    /// The mean of its pieces; zeros for no grimoire.
    [[nodiscard]] std::vector<float> grimoire(const std::string& text) {
        std::vector<float> features(encoder_.dimension(), 0.0F);
        if (!text.empty()) {
            std::vector<Example> pieces;
            for (auto& piece : SimilarityRanker<Encoder>::pieces_of(text))
                pieces.push_back({"", std::move(piece), {}, {}});
            const auto rows = embedded(pieces);
            for (const auto& row : rows) {
                for (std::size_t d = 0; d < row.size(); ++d) features[d] += row[d] / static_cast<float>(rows.size());
            }
        }
        features.push_back(std::log1p(static_cast<float>(text.size())));
        features.push_back(text.empty() ? 0.0F : 1.0F);
        return features;
    }

    [[nodiscard]] std::string encoder_identity() const { return encoder_.identity(); }

  private:
    [[nodiscard]] std::vector<std::vector<float>> embedded(std::span<const Example> examples) {
        const std::size_t dimension = encoder_.dimension();
        tensor::AlignedBuffer<float> values;
        values.resize(examples.size() * dimension);
        if (!examples.empty())
            encoder_.embed(examples, tensor::MatrixView<float>(values.data(), examples.size(), dimension));
        std::vector<std::vector<float>> rows;
        for (std::size_t i = 0; i < examples.size(); ++i)
            rows.emplace_back(values.data() + i * dimension, values.data() + (i + 1) * dimension);
        return rows;
    }

    Encoder encoder_;
};

/// Trains a classifier on outcomes. Questions, not rows, are split: a sixth of them (by the hash of their text) tell
/// when to stop. Throws Error (empty_data).
template <encoder::TextEncoder Encoder>
[[nodiscard]] OutcomeClassifier learn_outcomes(std::span<const Outcome> outcomes, Encoder encoder,
                                               const DualTower::Training& how) {
    if (outcomes.empty()) throw Error(ErrorCode::empty_data, "there are no outcomes to learn from");
    OutcomeFeatures<Encoder> features(std::move(encoder));
    OutcomeClassifier out;
    out.encoder = features.encoder_identity();
    std::map<std::string, std::size_t> known_questions, known_grimoires;
    std::vector<Example> questions;
    std::vector<std::vector<float>> grimoires;
    for (const auto& outcome : outcomes) {
        if (std::find(out.llms.begin(), out.llms.end(), outcome.llm) == out.llms.end()) out.llms.push_back(outcome.llm);
        const std::string key = question_key(outcome.question);
        if (known_questions.emplace(key, questions.size()).second) questions.push_back(outcome.question);
        if (known_grimoires.emplace(outcome.grimoire, grimoires.size()).second)
            grimoires.push_back(features.grimoire(outcome.grimoire));
    }
    std::sort(out.llms.begin(), out.llms.end());
    std::map<std::string, std::vector<std::vector<float>>> contexts; // by LLM
    const auto plain = features.questions(questions);
    for (const auto& llm : out.llms) {
        for (const auto& question : plain) contexts[llm].push_back(features.context(question, out.llms, llm));
    }
    std::vector<DualTower::Row> train, validation;
    for (const auto& outcome : outcomes) {
        const std::string key = question_key(outcome.question);
        const char digit = store::sha256(key).front();
        const bool held_out = digit == '0' || digit == '1' || digit == '2'; // 3 of 16
        (held_out ? validation : train)
            .push_back({contexts.at(outcome.llm)[known_questions.at(key)],
                        grimoires[known_grimoires.at(outcome.grimoire)], outcome.right});
    }
    if (train.empty()) train.swap(validation);
    out.tower = DualTower(features.shape(out.llms.size()));
    out.tower.fit(train, validation, how);
    out.questions = questions.size();
    out.rows = outcomes.size();
    return out;
}

/// For each query the grimoire with which the LLM is most likely right, as a trained classifier says; the first of
/// equals.
template <encoder::TextEncoder Encoder> class ClassifierRanker {
  public:
    static constexpr bool depends_on_query = true;

    /// @param llm the identity of the one that will answer; an unknown one has no feature set
    /// Throws Error (malformed_model) where the classifier was trained on another encoder's embeddings.
    ClassifierRanker(std::vector<Grimoire> grimoires, OutcomeClassifier classifier, std::string llm, Encoder encoder)
        : grimoires_(std::make_unique<const std::vector<Grimoire>>(std::move(grimoires))),
          classifier_(std::move(classifier)), llm_(std::move(llm)), features_(std::move(encoder)) {
        if (classifier_.encoder != features_.encoder_identity() ||
            !(classifier_.tower.shape() == features_.shape(classifier_.llms.size()))) {
            throw Error(ErrorCode::malformed_model, "the classifier was trained on embeddings of " +
                                                        classifier_.encoder + ", not of " +
                                                        features_.encoder_identity());
        }
    }

    void prepare(const Task&) {
        described_.clear();
        for (const auto& grimoire : *grimoires_) described_.push_back(features_.grimoire(grimoire.text));
    }

    /// Probabilities that the LLM is right, one row a query, one column a grimoire in the order given.
    [[nodiscard]] std::vector<std::vector<double>> scores(std::span<const Example> queries) {
        std::vector<std::vector<double>> out;
        for (auto& question : features_.questions(queries)) {
            const auto context = features_.context(std::move(question), classifier_.llms, llm_);
            auto& row = out.emplace_back();
            for (const auto& grimoire : described_) row.push_back(classifier_.tower.probability(context, grimoire));
        }
        return out;
    }

    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) {
        return largest_scored(scores(queries), *grimoires_);
    }

    [[nodiscard]] const std::vector<Grimoire>& grimoires() const noexcept { return *grimoires_; }
    [[nodiscard]] std::string identity() const {
        return "classifier(" + classifier_.encoder + "," + std::to_string(classifier_.rows) + ";" +
               joined_names(*grimoires_) + ")";
    }

  private:
    std::unique_ptr<const std::vector<Grimoire>> grimoires_;
    OutcomeClassifier classifier_;
    std::string llm_;
    OutcomeFeatures<Encoder> features_;
    std::vector<std::vector<float>> described_;
};

} // namespace familiar::grimoire
