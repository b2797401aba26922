#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/number_text.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/demonstration/embedded_pool.hpp>
#include <familiar/demonstration/judged_pool.hpp>
#include <familiar/demonstration/label_turns.hpp>
#include <familiar/demonstration/labelled_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Hard examples and easy ones: of each label a `share` of those that a model got wrong, the rest of those that it got
/// right, drawn at random; the same for every query. Grimoire's HSS (arXiv 2401.03385, section 3.1), which takes the
/// first ones of each label and not a draw. Where a label has too few of one kind, the other kind fills up.
///
/// Who was wrong: with `recorded` whoever answered the pool in a predictions.jsonl (of `familiar run --split train`,
/// say with a weak LLM and --method zero-shot; rows are found by their `id`); with the judge `llm` the LLM itself,
/// asked about `rows` of the pool (0: all), as many of each label, where nothing is shown; else (`plugin`) the
/// pipeline's plug-in, out of fold, or a small model fitted for this purpose. Rows about which a request failed are
/// neither hard nor easy and are not shown, as are those that the LLM was not asked about.
template <plugin::PluginModel Judge> class HardSelector {
  public:
    static constexpr std::string_view kName = "hss";
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (double, share), // of hard examples, 0 to 1
                                 (std::string, recorded),     // a predictions.jsonl; empty: the judge
                                 (std::string, judge),        // plugin, llm
                                 (std::size_t, rows));        // that the LLM is asked about at most; 0: all
        Parameters() : share(0.5), judge("plugin"), rows(200) {}
        static constexpr std::string_view kArgument = "share";
    };

    /// Throws Error (invalid_argument) for a share outside [0, 1], an unknown judge, or two judges.
    HardSelector(Parameters parameters, std::function<Judge()> make_judge)
        : parameters_(std::move(parameters)), judged_(std::move(make_judge)) {
        if (!(parameters_.share >= 0.0 && parameters_.share <= 1.0)) {
            throw Error(ErrorCode::invalid_argument, "a number from 0 to 1 expected", "hss.share");
        }
        if (parameters_.judge != "plugin" && parameters_.judge != "llm") {
            throw Error(ErrorCode::invalid_argument, "plugin or llm expected, came " + parameters_.judge, "hss.judge");
        }
        if (asks_llm() && !parameters_.recorded.empty()) {
            throw Error(ErrorCode::invalid_argument, "either the LLM is asked or its answers are recorded",
                        "hss.recorded", "Leave out one of judge and recorded");
        }
    }

    [[nodiscard]] bool wants_predictions() const noexcept { return parameters_.recorded.empty() && !asks_llm(); }

    /// With the judge `llm` as many of each label, drawn at random. Throws Error (invalid_argument) for a task without
    /// labels.
    [[nodiscard]] std::vector<std::size_t> asks_about(const Task& task, std::span<const Example> pool,
                                                      std::uint64_t seed) const {
        if (!asks_llm()) return {};
        if (task.is_generation()) {
            throw Error(ErrorCode::invalid_argument, "the task has no labels that a model could be wrong about", "hss",
                        "Choose another --select for a task that is answered with a text");
        }
        const auto labelled = labelled_positions(pool);
        auto groups = LabelGroups::of(task, pool, labelled, seed, "demonstration/hard asked");
        Random random(seed, "demonstration/hard asked members");
        for (auto& members : groups.members) random.shuffle(std::span(members));
        auto asked = in_turns(groups.members);
        if (parameters_.rows > 0) asked.resize(std::min(asked.size(), parameters_.rows));
        for (std::size_t& row : asked) row = labelled[row];
        std::sort(asked.begin(), asked.end());
        return asked;
    }

    /// What counts for the pool that is prepared next.
    void learn_words(std::span<const std::size_t> positions, std::span<const LlmWord> words) {
        asked_.assign(positions.begin(), positions.end());
        words_.assign(words.begin(), words.end());
    }
    void learn(std::span<const Prediction> predictions) { judged_.learn(predictions); }

    /// Throws Error: what the judge throws; invalid_argument where the LLM was to be asked and was not; file_not_found,
    /// malformed_json, malformed_row and missing_prediction for what is recorded.
    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        rows_.take(pool);
        const std::vector<char> wrong = asks_llm()                     ? heard(task, pool)
                                        : parameters_.recorded.empty() ? judged(task, pool)
                                                                       : recorded();
        const auto groups = LabelGroups::of(task, pool, rows_.positions(), seed, "demonstration/hard");
        Random random(seed, "demonstration/hard members");
        hard_.assign(groups.members.size(), {});
        easy_.assign(groups.members.size(), {});
        all_ = groups;
        for (std::size_t g = 0; g < groups.members.size(); ++g) {
            auto members = groups.members[g];
            random.shuffle(std::span(members));
            for (const std::size_t row : members) (wrong[row] != 0 ? hard_ : easy_)[g].push_back(row);
        }
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        const auto shares = all_.shares(std::min(count, rows_.size()));
        std::vector<std::vector<std::size_t>> lists(shares.size());
        for (std::size_t g = 0; g < shares.size(); ++g) {
            const auto wanted = static_cast<std::size_t>(
                std::floor(parameters_.share * static_cast<double>(shares[g]) + 1e-9)); // int(r * count), as published
            const std::size_t easy = std::min(shares[g] - std::min(wanted, shares[g]), easy_[g].size());
            const std::size_t hard = std::min(shares[g] - easy, hard_[g].size());
            const auto take = [&](const std::vector<std::size_t>& from, std::size_t number) {
                lists[g].insert(lists[g].end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(number));
            };
            take(hard_[g], hard);
            take(easy_[g], shares[g] - hard);
        }
        auto positions = in_turns(lists);
        for (std::size_t& row : positions) row = rows_.position(row);
        return std::vector<std::vector<std::size_t>>(queries.size(), positions);
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(share=" + number_text(parameters_.share) +
               (asks_llm()                     ? ",judge=llm,rows=" + std::to_string(parameters_.rows) + ")"
                : parameters_.recorded.empty() ? ")"
                                               : ",recorded=" + parameters_.recorded + ")");
    }

  private:
    [[nodiscard]] bool asks_llm() const noexcept { return parameters_.judge == "llm"; }

    /// By what the LLM said; `rows_` are those alone of which that is known.
    [[nodiscard]] std::vector<char> heard(const Task& task, std::span<const Example> pool) {
        const auto asked = std::exchange(asked_, {});
        const auto words = std::exchange(words_, {});
        std::vector<std::size_t> known;
        std::vector<char> wrong;
        for (std::size_t i = 0; i < std::min(asked.size(), words.size()); ++i) {
            if (words[i].failed || asked[i] >= pool.size() || !pool[asked[i]].label) continue;
            known.push_back(asked[i]);
            wrong.push_back(words[i].label && task.labels[*words[i].label] == *pool[asked[i]].label ? 0 : 1);
        }
        if (known.empty() && rows_.size() > 0) {
            throw Error(ErrorCode::invalid_argument, "no LLM has said anything of the pool", "hss.judge",
                        "Choose a method with an LLM, or the judge plugin");
        }
        rows_.take(pool, std::move(known));
        return wrong;
    }

    [[nodiscard]] std::vector<char> judged(const Task& task, std::span<const Example> pool) {
        const auto predictions = judged_.predictions(task, pool, rows_.positions(), "hss");
        std::vector<char> wrong(predictions.size());
        for (std::size_t row = 0; row < predictions.size(); ++row)
            wrong[row] = task.labels[predictions[row].label] != *rows_.example(row).label ? 1 : 0;
        return wrong;
    }

    /// A row of predictions.jsonl that failed, or whose label is none, was wrong.
    [[nodiscard]] std::vector<char> recorded() const {
        std::map<std::string, char> by_id;
        for (const auto& [row, line] : data::read_jsonl(parameters_.recorded)) {
            if (!row.is_object() || !row.contains("id") || !row.contains("label") || !row.contains("gold")) {
                throw Error(ErrorCode::malformed_row, "a row of a predictions.jsonl has id, label and gold",
                            data::line_of(parameters_.recorded, line));
            }
            by_id[row["id"].dump()] = row["label"] == row["gold"] ? 0 : 1;
        }
        std::vector<char> wrong(rows_.size());
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            const auto found = by_id.find(rows_.example(row).id);
            if (found == by_id.end()) {
                throw Error(ErrorCode::missing_prediction, "no row for the example " + rows_.example(row).id,
                            parameters_.recorded, "Record the answers to the split that examples are shown from");
            }
            wrong[row] = found->second;
        }
        return wrong;
    }

    Parameters parameters_;
    JudgedPool<Judge> judged_;
    std::vector<std::size_t> asked_;
    std::vector<LlmWord> words_;
    LabelledRows rows_;
    LabelGroups all_;
    std::vector<std::vector<std::size_t>> hard_, easy_; ///< rows of each group, in random order
};

} // namespace familiar::demonstration
