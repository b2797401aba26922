#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/grimoire/any_ranker.hpp>
#include <familiar/grimoire/classifier_ranker.hpp>
#include <familiar/grimoire/fixed_grimoire.hpp>
#include <familiar/grimoire/grimoire_store.hpp>
#include <familiar/grimoire/looked_up_ranker.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/grimoire/section_ranker.hpp>
#include <familiar/grimoire/similarity_ranker.hpp>
#include <familiar/pipeline/any_pipeline.hpp>
#include <familiar/pipeline/asking_cost.hpp>
#include <familiar/pipeline/rank_grimoires.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/pipeline/replies_only.hpp>
#include <familiar/pipeline/runner.hpp>
#include <familiar/pipeline/trial_rows.hpp>
#include <familiar/store/content_hash.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// Which grimoires a run may show, and how one is chosen; nothing has been asked yet.
class GrimoireChoice {
  public:
    enum class By {
        fixed,  ///< by one ranker that needs no LLM: one grimoire, or the nearest to a query
        best,   ///< the candidate with most dev rows right
        oracle, ///< for each row a candidate that makes it right
    };

    /// Reads store or file, and the dev split where it is needed. `resources` outlives it.
    /// Throws Error: unknown_name, what reading grimoires throws, empty_data where the store has none, file_not_found.
    GrimoireChoice(const Spec& spec, const std::filesystem::path& folder, const std::filesystem::path& task_folder,
                   const Task& task, std::uint64_t seed, Resources& resources)
        : resources_(&resources) {
        check_spec(spec, GrimoirePolicies{});
        parameters_["type"] = spec.name;
        if (spec.name == grimoires::File::kName) {
            const auto file = parameters_from_spec<grimoires::File>(spec);
            candidates_.push_back(read_file(file.path));
            parameters_["path"] = file.path;
            return;
        }
        grimoire::GrimoireStore known(folder);
        for (const auto& name : known.bring_hashes_up_to_date())
            remarks_.push_back("grimoire " + name +
                               " was edited by hand; it is used as it is, and its text_hash brought "
                               "up to date");
        if (spec.name == grimoires::Stored::kName) {
            candidates_.push_back(known.require(parameters_from_spec<grimoires::Stored>(spec).name));
            parameters_["name"] = candidates_.front().grimoire.name;
            return;
        }
        candidates_ = known.entries();
        if (candidates_.empty()) {
            throw Error(ErrorCode::empty_data, "there is no grimoire for this task", folder.string(),
                        "Write one with `familiar grimoire write`, or name one: --grimoire file:PATH");
        }
        parameters_["candidates"] = nlohmann::ordered_json::array();
        for (const auto& stored : candidates_) parameters_["candidates"].push_back(stored.grimoire.name);
        if (spec.name == grimoires::Ranked::kName) {
            ranked_ = parameters_from_spec<grimoires::Ranked>(spec);
            const bool learned = ranked_->by == kRankers[1];
            if (!learned && ranked_->by != kRankers[0]) {
                throw Error(ErrorCode::unknown_name, "unknown ranker " + ranked_->by, "--grimoire",
                            suggestion(ranked_->by, kRankers));
            }
            if (ranked_->model.empty())
                ranked_->model =
                    learned ? classifier_file(folder).string() : resources.default_model(Resources::kDefaultEncoder);
            if (learned) classifier_ = load_classifier(ranked_->model);
            parameters_["by"] = ranked_->by;
            parameters_["model"] = ranked_->model;
        } else if (spec.name == grimoires::Oracle::kName) {
            by_ = By::oracle;
            parameters_["upper_bound"] = true; // the gold labels of the rows themselves choose
        } else if (candidates_.size() > 1) {
            by_ = By::best;
            read_dev(parameters_from_spec<grimoires::Best>(spec).rows, task_folder, task, seed);
        } else {
            parameters_["name"] = candidates_.front().grimoire.name;
        }
    }

    /// Who will be shown the notes, as outcomes call it (see llm_name): a classifier tells LLMs apart.
    void set_llm(std::string name) { llm_ = std::move(name); }

    [[nodiscard]] By by() const noexcept { return by_; }
    [[nodiscard]] const std::vector<grimoire::StoredGrimoire>& candidates() const noexcept { return candidates_; }
    [[nodiscard]] const std::vector<Example>& dev() const noexcept { return dev_; }
    [[nodiscard]] const nlohmann::ordered_json& parameters() const noexcept { return parameters_; }
    [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }

    /// SHA-256 of all texts that may be shown.
    [[nodiscard]] std::string hash() const {
        store::ContentHash hash;
        for (const auto& stored : candidates_) hash.part(stored.grimoire.name).part(stored.grimoire.text);
        return hash.hex();
    }

    /// What fills the slot before anything is chosen: of candidates that are still to be chosen from, the longest.
    [[nodiscard]] grimoire::AnyRanker ranker() const {
        if (ranked_) {
            using Encoder = encoder::AnyEncoder;
            auto all = parts_of(candidates_).parts;
            if (!classifier_)
                return grimoire::SimilarityRanker<Encoder>(std::move(all), resources_->encoder(ranked_->model));
            const auto model = resources_->default_model(Resources::kDefaultEncoder);
            return grimoire::ClassifierRanker<Encoder>(std::move(all), *classifier_, llm_, resources_->encoder(model));
        }
        const auto longest = std::max_element(candidates_.begin(), candidates_.end(), [](const auto& a, const auto& b) {
            return a.grimoire.text.size() < b.grimoire.text.size();
        });
        return ranker_of(static_cast<std::size_t>(longest - candidates_.begin()));
    }

    /// A candidate alone: with sections the nearest one for each query, else its whole text.
    [[nodiscard]] grimoire::AnyRanker ranker_of(std::size_t candidate) const {
        const auto& stored = candidates_.at(candidate);
        if (has_sections(stored)) {
            const auto model = resources_->default_model(Resources::kDefaultEncoder);
            return grimoire::SectionRanker<encoder::AnyEncoder>(stored.grimoire, resources_->encoder(model));
        }
        return grimoire::FixedGrimoire(stored.grimoire);
    }

  private:
    /// A file of a store by its front matter, else plain text.
    static grimoire::StoredGrimoire read_file(const std::filesystem::path& path) {
        if (path.empty()) throw Error(ErrorCode::invalid_spec, "no file is named", "--grimoire file", "file:PATH");
        std::string text = data::read_text_file(path);
        if (text.starts_with("---\n") || text.starts_with("---\r\n")) return grimoire::parse_grimoire_file(text, path);
        data::require_utf8(text, path);
        for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
        if (text.ends_with('\n')) text.pop_back();
        if (text::strip(text).empty()) throw Error(ErrorCode::empty_data, "there are no notes in it", path.string());
        grimoire::StoredGrimoire stored;
        stored.grimoire = {path.filename().string(), std::move(text)};
        stored.file = path;
        return stored;
    }

    void read_dev(std::size_t rows, const std::filesystem::path& task_folder, const Task& task, std::uint64_t seed) {
        if (!data::find_split(task_folder, "dev")) {
            throw Error(ErrorCode::file_not_found,
                        "the best of several grimoires is chosen by dev rows, and there are none",
                        (task_folder / "dev.jsonl").string(), "Name a grimoire with --grimoire NAME");
        }
        std::vector<Example> all = data::load_split(task_folder, task, "dev");
        std::erase_if(all, [](const Example& example) { return !example.label; });
        if (all.empty())
            throw Error(ErrorCode::empty_data, "no dev row has a label", (task_folder / "dev.jsonl").string());
        auto order = Random(seed, "grimoire/best").permutation(all.size());
        if (rows > 0 && rows < order.size()) order.resize(rows);
        std::sort(order.begin(), order.end());
        for (const std::size_t row : order) dev_.push_back(all[row]);
        parameters_["dev_rows"] = dev_.size();
    }

    Resources* resources_;
    By by_ = By::fixed;
    std::optional<grimoires::Ranked::Parameters> ranked_;
    std::optional<grimoire::OutcomeClassifier> classifier_;
    std::string llm_;
    std::vector<grimoire::StoredGrimoire> candidates_;
    std::vector<Example> dev_;
    nlohmann::ordered_json parameters_;
    std::vector<std::string> remarks_;
};

namespace detail {

/// Beyond the rows of any split, so that replies about dev rows are kept beside those of the run.
inline constexpr std::size_t kDevRows = std::size_t{1} << 40;

/// How a row came out with a candidate.
struct Tried {
    bool right = false;
    AskingCost cost;
};

/// All examples with the pipeline as it is. A row that fails is not right; what ends a run throws.
template <class Store>
std::vector<Tried> try_rows(AnyPipeline& pipeline, std::span<const Example> examples, Store& store,
                            std::size_t first_row, const RunSettings& settings) {
    RepliesOnly<Store> replies{&store, first_row};
    const auto answered = trial_rows(pipeline, examples, replies, settings);
    std::vector<Tried> tried;
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const RowOutcome& row = answered[i];
        const auto& gold = examples[i].label;
        bool right = false;
        if (row.answer && gold) {
            right = pipeline.task().is_generation()
                        ? text::strip(row.answer->text) == text::strip(*gold)
                        : row.answer->label && row.answer->label == pipeline.task().label_index(*gold);
        }
        tried.push_back({right, cost_of(row)});
    }
    return tried;
}

} // namespace detail

/// Asks what has to be known to choose, and gives the choice as JSON: for `best` the candidate's position and the share
/// of dev rows that each has right, for `oracle` a position for each example. The pipeline is prepared. For an oracle,
/// rows that an example's own candidate has been asked about are asked no more in the run: `store` knows their replies.
/// Throws Error: cancelled, and what ends a run.
template <class Store>
[[nodiscard]] nlohmann::json make_choice(const GrimoireChoice& choice, AnyPipeline& pipeline,
                                         std::span<const Example> examples, Store& store, const RunSettings& settings) {
    using By = GrimoireChoice::By;
    AskingCost cost;
    nlohmann::json made;
    const auto& candidates = choice.candidates();
    const bool oracle = choice.by() == By::oracle;
    const std::span<const Example> rows = oracle ? examples : std::span<const Example>(choice.dev());
    std::vector<std::vector<detail::Tried>> tried;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        pipeline.change_ranker(choice.ranker_of(c));
        tried.push_back(detail::try_rows(pipeline, rows, store, oracle ? 0 : detail::kDevRows, settings));
    }
    if (oracle) {
        std::vector<std::size_t> of_row(rows.size(), 0);
        for (std::size_t row = 0; row < rows.size(); ++row) {
            for (std::size_t c = candidates.size(); c-- > 0;) of_row[row] = tried[c][row].right ? c : of_row[row];
            for (std::size_t c = 0; c < candidates.size(); ++c) { // the run itself counts what it shows
                if (c != of_row[row]) cost += tried[c][row].cost;
            }
        }
        made["of_row"] = of_row;
    } else {
        std::size_t best = 0;
        std::vector<std::size_t> counts;
        for (std::size_t c = 0; c < candidates.size(); ++c) {
            counts.push_back(0);
            for (const auto& row : tried[c]) {
                counts[c] += row.right ? 1 : 0;
                cost += row.cost;
            }
            const auto size = [&](std::size_t i) { return candidates[i].grimoire.text.size(); };
            if (counts[c] > counts[best] || (counts[c] == counts[best] && size(c) < size(best))) best = c;
        }
        made["best"] = best;
        made["right"] = counts;
    }
    write_cost(cost, made);
    return made;
}

/// The ranker of a choice that was made. For an oracle, `examples` are those that it was made for.
[[nodiscard]] inline grimoire::AnyRanker ranker_of_choice(const GrimoireChoice& choice, const nlohmann::json& made,
                                                          std::span<const Example> examples) {
    if (made.contains("best")) return choice.ranker_of(made.at("best").get<std::size_t>());
    std::vector<grimoire::AnyRanker> candidates;
    for (std::size_t c = 0; c < choice.candidates().size(); ++c) candidates.push_back(choice.ranker_of(c));
    grimoire::LookedUpRanker oracle(std::move(candidates), "oracle");
    const auto of_row = made.at("of_row").get<std::vector<std::size_t>>();
    for (std::size_t row = 0; row < examples.size() && row < of_row.size(); ++row)
        oracle.decide(examples[row], of_row[row]);
    return oracle;
}

/// The parameters of a report, with the choice that was made.
[[nodiscard]] inline nlohmann::ordered_json described_choice(const GrimoireChoice& choice, const nlohmann::json& made) {
    nlohmann::ordered_json parameters = choice.parameters();
    if (made.contains("best")) {
        parameters["name"] = choice.candidates().at(made.at("best").get<std::size_t>()).grimoire.name;
        auto& right = parameters["dev_rows_right"] = nlohmann::ordered_json::object();
        for (std::size_t c = 0; c < choice.candidates().size(); ++c)
            right[choice.candidates()[c].grimoire.name] = made.at("right").at(c).get<std::size_t>();
    } else {
        std::vector<std::size_t> rows(choice.candidates().size(), 0);
        for (const std::size_t c : made.at("of_row").get<std::vector<std::size_t>>()) ++rows.at(c);
        auto& shown = parameters["rows_shown"] = nlohmann::ordered_json::object();
        for (std::size_t c = 0; c < rows.size(); ++c) shown[choice.candidates()[c].grimoire.name] = rows[c];
    }
    return parameters;
}

} // namespace familiar::pipeline
