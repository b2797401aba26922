#pragma once

#include <familiar/core/error.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/evaluation/probability_scores.hpp>
#include <familiar/grimoire/classifier_ranker.hpp>
#include <familiar/grimoire/outcome.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>
#include <familiar/store/content_hash.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// How well something tells which rows an LLM gets right, on questions that nothing was learnt from.
struct OutcomeFigures {
    std::size_t rows = 0, questions = 0;
    double right = 0.0;                 ///< share of rows that the LLM got right
    double majority = 0.0;              ///< accuracy of the commoner outcome of the training rows
    double majority_of_llm = 0.0;       ///< of the commoner outcome of each LLM's training rows
    double accuracy = 0.0, auroc = 0.0; ///< of the classifier
    double similarity_auroc = 0.0;      ///< of the question's cosine with the nearest grimoire
    double llm_auroc = 0.0;             ///< of each LLM's share of right training rows
};

/// Trains a classifier on four fifths of the questions and measures it on the others, which it never saw. `grimoires`
/// are for the similarity that it is compared with. Throws Error (empty_data) where too little is known.
template <encoder::TextEncoder Encoder>
[[nodiscard]] std::pair<OutcomeClassifier, OutcomeFigures>
learn_ranker(std::span<const Outcome> outcomes, std::span<const Grimoire> grimoires, const DualTower::Training& how,
             const Encoder& encoder) {
    std::vector<Outcome> train, held_out;
    for (const auto& outcome : outcomes) {
        // The last digits, for the first ones split the training questions themselves (see learn_outcomes).
        const std::string hash = store::sha256(question_key(outcome.question));
        (std::stoul(hash.substr(hash.size() - 4), nullptr, 16) % 5 == 0 ? held_out : train).push_back(outcome);
    }
    if (train.empty() || held_out.empty()) {
        throw Error(ErrorCode::empty_data, std::to_string(outcomes.size()) + " outcomes are too few to learn from",
                    "--run", "Give runs over more rows");
    }
    auto classifier = learn_outcomes(std::span<const Outcome>(train), encoder, how);

    OutcomeFigures figures;
    figures.rows = held_out.size();
    std::map<std::string, std::pair<double, double>> of_llm; // right, all
    double right = 0.0;
    for (const auto& outcome : train) {
        right += outcome.right ? 1 : 0;
        of_llm[outcome.llm].first += outcome.right ? 1 : 0;
        of_llm[outcome.llm].second += 1;
    }
    const bool commoner = 2 * right >= static_cast<double>(train.size());
    std::map<std::string, std::size_t> questions;
    std::vector<Example> texts;
    for (const auto& outcome : held_out) {
        if (questions.emplace(question_key(outcome.question), texts.size()).second) texts.push_back(outcome.question);
    }
    figures.questions = texts.size();
    std::vector<double> nearest(texts.size(), 0.0);
    if (!grimoires.empty()) {
        SimilarityRanker<Encoder> similarity({grimoires.begin(), grimoires.end()}, encoder);
        similarity.prepare(Task());
        const auto scores = similarity.scores(texts);
        for (std::size_t q = 0; q < texts.size(); ++q)
            nearest[q] = *std::max_element(scores[q].begin(), scores[q].end());
    }
    OutcomeFeatures<Encoder> features(encoder);
    const auto plain = features.questions(texts);
    std::map<std::string, std::vector<float>> notes;
    const auto positive = std::make_unique<bool[]>(held_out.size());
    std::vector<double> score, similar, share;
    for (std::size_t i = 0; i < held_out.size(); ++i) {
        const auto& outcome = held_out[i];
        auto& described = notes[outcome.grimoire];
        if (described.empty()) described = features.grimoire(outcome.grimoire);
        const std::size_t question = questions.at(question_key(outcome.question));
        score.push_back(
            classifier.tower.probability(features.context(plain[question], classifier.llms, outcome.llm), described));
        similar.push_back(nearest[question]);
        const auto& known = of_llm[outcome.llm];
        share.push_back(known.second > 0 ? known.first / known.second : 0.5);
        positive[i] = outcome.right;
        const auto n = static_cast<double>(held_out.size());
        figures.right += outcome.right / n;
        figures.majority += (outcome.right == commoner) / n;
        figures.majority_of_llm += (outcome.right == (share.back() >= 0.5)) / n;
        figures.accuracy += (outcome.right == (score.back() >= 0.5)) / n;
    }
    const std::span<const bool> truth(positive.get(), held_out.size());
    figures.auroc = evaluation::auroc(truth, score);
    figures.similarity_auroc = evaluation::auroc(truth, similar);
    figures.llm_auroc = evaluation::auroc(truth, share);
    return {std::move(classifier), figures};
}

} // namespace familiar::grimoire
