#pragma once

#include <familiar/core/error.hpp>
#include <familiar/data/atomic_file.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/evaluation/probability_scores.hpp>
#include <familiar/grimoire/classifier_ranker.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>
#include <familiar/pipeline/rank_grimoires.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/report/read_report.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/store/grimoire_store.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::pipeline {

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

/// The outcomes in a folder that `familiar run` wrote. Throws Error: what reading throws; invalid_argument for a run
/// over the test split, which must not be learnt from, and for one whose rows were shown different grimoires.
[[nodiscard]] inline std::vector<grimoire::Outcome> outcomes_of_run(const std::filesystem::path& run,
                                                                    const std::filesystem::path& task_folder,
                                                                    const store::GrimoireStore& grimoires) {
    const auto report = report::read_report(run);
    const nlohmann::json parameters = nlohmann::json::parse(report.run.parameters.dump());
    const std::string split = parameters.value("split", "test");
    if (split == "test") {
        throw Error(ErrorCode::invalid_argument, "a run over the test split must not be learnt from", run.string(),
                    "Run it with --split dev or --split train");
    }
    const Task task = data::load_task(task_folder);
    std::map<std::string, Example> questions;
    for (auto& example : data::load_split(task_folder, task, split)) questions.emplace(example.id, example);
    std::string shown;
    if (const auto notes = parameters.find("grimoire"); notes != parameters.end() && notes->is_object()) {
        if (!notes->contains("name")) {
            throw Error(ErrorCode::invalid_argument, "the rows of this run were shown different grimoires",
                        run.string(), "Learn from runs with --grimoire NAME");
        }
        shown = grimoires.require(notes->at("name").get<std::string>()).grimoire.text;
    }
    const std::string llm = llm_name(parameters.at("llm"));
    std::vector<grimoire::Outcome> outcomes;
    const auto file = run / "predictions.jsonl";
    for (const auto& [row, line] : data::read_jsonl(file)) {
        const auto id = row.find("id"), label = row.find("label"), gold = row.find("gold");
        const auto question = id == row.end() ? questions.end() : questions.find(id->dump());
        if (question == questions.end() || label == row.end() || gold == row.end()) {
            throw Error(ErrorCode::malformed_row, "this is no prediction of the task's " + split + " split",
                        data::line_of(file, line));
        }
        if (!gold->is_null()) outcomes.push_back({question->second, llm, shown, *label == *gold});
    }
    return outcomes;
}

/// The 33,750 outcomes of the published archive (`keep_hard/keep_hard_TASK_LLM.json`): which train questions five LLMs
/// got right without notes. Throws Error naming the file.
[[nodiscard]] inline std::vector<grimoire::Outcome> archived_outcomes(const std::filesystem::path& archive) {
    const auto folder = archive / "keep_hard";
    if (!std::filesystem::is_directory(folder))
        throw Error(ErrorCode::file_not_found, "there is no folder of archived outcomes", folder.string());
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<grimoire::Outcome> outcomes;
    for (const auto& file : files) {
        const auto json = data::parse_json(data::read_text_file(file), file.string());
        std::string llm = file.stem().string();
        const std::size_t begin = llm.find('_', std::string("keep_hard_").size());
        // Names of tasks hold an underscore at most before a number: hate_speech18.
        llm = llm.find("hate_speech18_") != std::string::npos ? llm.substr(llm.find("hate_speech18_") + 14)
              : begin == std::string::npos                    ? llm
                                                              : llm.substr(begin + 1);
        for (const std::string kind : {"easy", "hard"}) {
            const auto rows = json.find(kind);
            if (!json.is_object() || rows == json.end() || !rows->is_array())
                throw Error(ErrorCode::malformed_json, "there is no list " + kind, file.string());
            for (const auto& row : *rows) {
                if (!row.is_object() || !row.contains("text") || !row["text"].is_string())
                    throw Error(ErrorCode::malformed_json, "a question has no text", file.string());
                outcomes.push_back({{"", row["text"].get<std::string>(), {}, {}}, llm, "", kind == "easy"});
            }
        }
    }
    return outcomes;
}

/// Trains a classifier on four fifths of the questions and measures it on the others, which it never saw. `grimoires`
/// are for the similarity that it is compared with. Throws Error (empty_data) where too little is known.
[[nodiscard]] inline std::pair<grimoire::OutcomeClassifier, OutcomeFigures>
learn_ranker(std::span<const grimoire::Outcome> outcomes, std::span<const grimoire::Grimoire> grimoires,
             const grimoire::DualTower::Training& how, Resources& resources) {
    using Encoder = encoder::AnyEncoder;
    const Encoder encoder = resources.encoder(resources.default_model(Resources::kDefaultEncoder));
    const auto key = [](const grimoire::Outcome& outcome) {
        return outcome.question.text + "\n" + outcome.question.text_b.value_or("");
    };
    std::vector<grimoire::Outcome> train, held_out;
    for (const auto& outcome : outcomes) {
        // The last digits, for the first ones split the training questions themselves (see learn_outcomes).
        const std::string hash = store::sha256(key(outcome));
        (std::stoul(hash.substr(hash.size() - 4), nullptr, 16) % 5 == 0 ? held_out : train).push_back(outcome);
    }
    if (train.empty() || held_out.empty()) {
        throw Error(ErrorCode::empty_data, std::to_string(outcomes.size()) + " outcomes are too few to learn from",
                    "--run", "Give runs over more rows");
    }
    auto classifier = grimoire::learn_outcomes(std::span<const grimoire::Outcome>(train), encoder, how);

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
        if (questions.emplace(key(outcome), texts.size()).second) texts.push_back(outcome.question);
    }
    figures.questions = texts.size();
    std::vector<double> nearest(texts.size(), 0.0);
    if (!grimoires.empty()) {
        grimoire::SimilarityRanker<Encoder> similarity({grimoires.begin(), grimoires.end()}, encoder);
        similarity.prepare(Task());
        const auto scores = similarity.scores(texts);
        for (std::size_t q = 0; q < texts.size(); ++q)
            nearest[q] = *std::max_element(scores[q].begin(), scores[q].end());
    }
    grimoire::OutcomeFeatures<Encoder> features(encoder);
    std::map<std::string, std::vector<std::vector<float>>> contexts;
    std::map<std::string, std::vector<float>> notes;
    const auto positive = std::make_unique<bool[]>(held_out.size());
    std::vector<double> score, similar, share;
    for (std::size_t i = 0; i < held_out.size(); ++i) {
        const auto& outcome = held_out[i];
        auto& context = contexts[outcome.llm];
        if (context.empty()) context = features.contexts(texts, classifier.llms, outcome.llm);
        auto& described = notes[outcome.grimoire];
        if (described.empty()) described = features.grimoire(outcome.grimoire);
        const std::size_t question = questions.at(key(outcome));
        score.push_back(classifier.tower.probability(context[question], described));
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

} // namespace familiar::pipeline
