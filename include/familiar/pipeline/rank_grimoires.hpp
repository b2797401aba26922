#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/encoder/any_encoder.hpp>
#include <familiar/grimoire/classifier_ranker.hpp>
#include <familiar/grimoire/grimoire_store.hpp>
#include <familiar/grimoire/sections.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>
#include <familiar/pipeline/registry.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// What a store's grimoires can be ranked by.
inline constexpr std::array<std::string_view, 2> kRankers = {"similarity", "classifier"};

/// The trained classifier of a store, unless another file is named.
[[nodiscard]] inline std::filesystem::path classifier_file(const std::filesystem::path& store) {
    return store / "classifier.ranker";
}

/// How an LLM is called in outcomes: its model's name, the last part where that is a path.
[[nodiscard]] inline std::string llm_name(const nlohmann::json& parameters) {
    const auto model = parameters.find("model");
    if (model == parameters.end() || !model->is_string()) return parameters.value("type", "");
    const std::filesystem::path path(model->get<std::string>());
    return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

/// Grimoires as they are ranked: whole, but one with sections as each of these.
struct RankedParts {
    std::vector<Grimoire> parts;
    std::vector<std::size_t> owners; ///< position of the stored grimoire that a part is of
};

/// Whether a stored grimoire is shown section by section.
[[nodiscard]] inline bool has_sections(const grimoire::StoredGrimoire& stored) {
    return stored.provenance.strategy == "retrieved" && grimoire::sections_of(stored.grimoire.text).size() > 1;
}

[[nodiscard]] inline RankedParts parts_of(std::span<const grimoire::StoredGrimoire> grimoires) {
    RankedParts all;
    for (std::size_t i = 0; i < grimoires.size(); ++i) {
        const auto& stored = grimoires[i];
        if (!has_sections(stored)) {
            all.parts.push_back(stored.grimoire);
            all.owners.push_back(i);
            continue;
        }
        std::size_t number = 0;
        for (auto& section : grimoire::sections_of(stored.grimoire.text)) {
            all.parts.push_back({stored.grimoire.name + "/" + std::to_string(++number), std::move(section)});
            all.owners.push_back(i);
        }
    }
    return all;
}

/// Loads a store's classifier. Throws Error (file_not_found), saying how to train one, and what reading it throws.
[[nodiscard]] inline grimoire::OutcomeClassifier load_classifier(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        throw Error(ErrorCode::file_not_found, "no classifier has been trained", file.string(),
                    "Train one with `familiar grimoire learn`, or rank by similarity");
    }
    return grimoire::OutcomeClassifier::load(file);
}

/// Each grimoire's score for each query, in the order of the grimoires; of one with sections its best section's.
/// Cosines by `similarity`, probabilities to be right by `classifier`. `model` is the encoder's directory, or the
/// classifier's file; the default one where empty. Throws Error: unknown_name, and what loading throws.
[[nodiscard]] inline std::vector<std::vector<double>>
grimoire_scores(std::span<const grimoire::StoredGrimoire> grimoires, const std::filesystem::path& folder,
                const std::string& by, const std::string& model, const std::string& llm,
                std::span<const Example> queries, const Task& task, Resources& resources) {
    RankedParts all = parts_of(grimoires);
    std::vector<std::vector<double>> of_parts;
    const auto encoder = [&](const std::string& named) {
        return resources.encoder(named.empty() ? resources.default_model(Resources::kDefaultEncoder) : named);
    };
    if (by == kRankers[0]) {
        grimoire::SimilarityRanker<encoder::AnyEncoder> ranker(std::move(all.parts), encoder(model));
        ranker.prepare(task);
        of_parts = ranker.scores(queries);
    } else if (by == kRankers[1]) {
        auto classifier = load_classifier(model.empty() ? classifier_file(folder) : std::filesystem::path(model));
        grimoire::ClassifierRanker<encoder::AnyEncoder> ranker(std::move(all.parts), std::move(classifier), llm,
                                                               encoder(""));
        ranker.prepare(task);
        of_parts = ranker.scores(queries);
    } else {
        throw Error(ErrorCode::unknown_name, "unknown ranker " + by, "--by", suggestion(by, kRankers));
    }
    std::vector<std::vector<double>> scores(queries.size());
    for (std::size_t q = 0; q < queries.size(); ++q) {
        scores[q].assign(grimoires.size(), -2.0); // below any cosine or probability
        for (std::size_t p = 0; p < all.owners.size(); ++p)
            scores[q][all.owners[p]] = std::max(scores[q][all.owners[p]], of_parts[q][p]);
    }
    return scores;
}

} // namespace familiar::pipeline
