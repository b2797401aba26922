#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/plugin/label_map.hpp>
#include <familiar/plugin/plugin_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// Predictions that another program made: one JSON object a line.
///
/// A row names its example by its texts (`text`; `text_a` and `text_b`; or the task's fields), by `id`, or by both. An
/// example takes the row of its texts: of several the one with its id, else the first. Where no row has its texts, it
/// takes the row without texts that has its id. Since rows are numbered anew in every split, rows by id alone are for
/// data whose ids differ between splits.
///
/// What a row says: `label`, and `confidence` in [0, 1] or `distribution`, an object of probabilities by label. Without
/// `label` it is the likeliest of the distribution; without `confidence` it is the label's share of it.
class PrecomputedPlugin {
  public:
    static constexpr std::string_view kName = "precomputed";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, file));
        Parameters() = default;
        static constexpr std::string_view kArgument = "file";
    };

    /// Reads the file. Throws `Error` that names file and line.
    explicit PrecomputedPlugin(Parameters parameters)
        : parameters_(std::move(parameters)), rows_(data::read_jsonl(parameters_.file)) {
        std::size_t hash = 0xcbf29ce484222325;
        for (const auto& row : rows_) {
            for (const char c : row.value.dump()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        }
        fingerprint_ = hash;
    }

    /// Reads the rows in the light of the task. Throws `Error` that names file and line: malformed_row, unknown_label.
    void prepare(const Task& task, std::span<const Example>) {
        require_labels(task, kName);
        predictions_.clear();
        by_text_.clear();
        by_id_.clear();
        for (const auto& row : rows_) {
            try {
                read_row(row.value, task);
            } catch (const Error& e) {
                throw e.within(data::line_of(parameters_.file, row.line));
            }
        }
        prepared_ = true;
    }

    /// Throws `Error` (missing_prediction) that names the first example without a row.
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) const {
        if (!prepared_) throw Error(ErrorCode::invalid_argument, "predict is called before prepare", "precomputed");
        std::vector<Prediction> out;
        out.reserve(examples.size());
        for (const auto& example : examples) {
            const auto* found = find(example);
            if (found == nullptr) {
                throw Error(ErrorCode::missing_prediction,
                            "no prediction for the example " + example.id + ", \"" + shortened(example.text) + "\"",
                            parameters_.file, "Add a row with its text or its id");
            }
            out.push_back(*found);
        }
        return out;
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }
    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(rows_.size()) + " rows, " + std::to_string(fingerprint_) + ")";
    }

  private:
    struct Candidate {
        std::optional<std::string> id;
        std::size_t prediction = 0;
    };
    using Json = nlohmann::ordered_json;

    static std::string shortened(const std::string& text) {
        if (text.size() <= 60) return text;
        std::size_t end = 57;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end; // not inside a character
        return text.substr(0, end) + "...";
    }

    /// One text that cannot be confused with a pair.
    static std::string key_of(const std::string& a, const std::optional<std::string>& b) {
        return b ? std::to_string(a.size()) + ":" + a + *b : "1:" + a;
    }

    static std::string text_at(const Json& row, const std::string& key) {
        const auto& value = row.at(key);
        if (!value.is_string()) throw Error(ErrorCode::malformed_row, "\"" + key + "\" must be a string");
        return value.get<std::string>();
    }

    static std::optional<std::string> key_of(const Json& row, const Task& task) {
        const auto has = [&](const std::string& key) { return row.contains(key); };
        if (!task.fields.empty() && has(task.fields[0].key) && (task.fields.size() < 2 || has(task.fields[1].key))) {
            return key_of(text_at(row, task.fields[0].key),
                          task.fields.size() < 2 ? std::nullopt : std::optional(text_at(row, task.fields[1].key)));
        }
        if (has("text_a") && has("text_b")) return key_of(text_at(row, "text_a"), text_at(row, "text_b"));
        if (has("text")) return key_of(text_at(row, "text"), std::nullopt);
        return std::nullopt;
    }

    static std::size_t label_index(const std::string& label, const Task& task) {
        if (const auto index = task.label_index(label)) return *index;
        throw Error(ErrorCode::unknown_label, "\"" + shortened(label) + "\" is no label of the task", {},
                    "Its labels are " + detail::listing(task.labels));
    }

    static double probability(const Json& value, const std::string& what) {
        const double p = value.is_number() ? value.get<double>() : -1.0;
        if (!(p >= 0.0 && p <= 1.0)) throw Error(ErrorCode::malformed_row, what + " must be a number from 0 to 1");
        return p;
    }

    static std::vector<double> distribution_of(const Json& value, const Task& task) {
        constexpr double kRounding = 0.05; // of probabilities that were written with two or three digits
        if (!value.is_object()) {
            throw Error(ErrorCode::malformed_row, "\"distribution\" must be an object of probabilities by label");
        }
        std::vector<double> out(task.labels.size(), 0.0);
        for (const auto& [label, p] : value.items()) {
            out[label_index(label, task)] = probability(p, "the probability of \"" + label + "\"");
        }
        double sum = 0.0;
        for (const double p : out) sum += p;
        if (std::abs(sum - 1.0) > kRounding) {
            throw Error(ErrorCode::malformed_row, "the probabilities sum to " + std::to_string(sum) + ", not to 1");
        }
        for (double& p : out) p /= sum;
        return out;
    }

    void read_row(const Json& row, const Task& task) {
        Prediction p;
        if (row.contains("distribution")) p.distribution = distribution_of(row["distribution"], task);
        if (row.contains("label")) {
            const auto& label = row["label"];
            if (!label.is_string() && !label.is_number()) {
                throw Error(ErrorCode::malformed_row, "\"label\" must be a string");
            }
            p.label = label_index(label.is_string() ? label.get<std::string>() : label.dump(), task);
        } else if (!p.distribution.empty()) {
            const auto best = std::max_element(p.distribution.begin(), p.distribution.end());
            p.label = static_cast<std::size_t>(best - p.distribution.begin());
        } else {
            throw Error(ErrorCode::malformed_row, "neither \"label\" nor \"distribution\"");
        }
        if (row.contains("confidence")) {
            p.confidence = probability(row["confidence"], "\"confidence\"");
        } else if (!p.distribution.empty()) {
            p.confidence = p.distribution[p.label];
        } else {
            throw Error(ErrorCode::malformed_row, "neither \"confidence\" nor \"distribution\"");
        }

        Candidate candidate;
        if (row.contains("id")) candidate.id = row["id"].dump();
        candidate.prediction = predictions_.size();
        if (auto key = key_of(row, task)) {
            by_text_[std::move(*key)].push_back(std::move(candidate));
        } else if (candidate.id) {
            const auto [place, fresh] = by_id_.emplace(*candidate.id, candidate.prediction);
            if (!fresh) throw Error(ErrorCode::malformed_row, "the id " + place->first + " a second time");
        } else {
            throw Error(ErrorCode::malformed_row, "neither an id nor the texts of an example");
        }
        predictions_.push_back(std::move(p));
    }

    [[nodiscard]] const Prediction* find(const Example& example) const {
        if (const auto found = by_text_.find(key_of(example.text, example.text_b)); found != by_text_.end()) {
            for (const auto& candidate : found->second) {
                if (candidate.id == example.id) return &predictions_[candidate.prediction];
            }
            return &predictions_[found->second.front().prediction];
        }
        const auto found = by_id_.find(example.id);
        return found == by_id_.end() ? nullptr : &predictions_[found->second];
    }

    Parameters parameters_;
    std::vector<data::JsonRow> rows_;
    std::size_t fingerprint_ = 0;
    bool prepared_ = false;
    std::vector<Prediction> predictions_;
    std::unordered_map<std::string, std::vector<Candidate>> by_text_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

static_assert(PluginModel<PrecomputedPlugin>);

} // namespace familiar::plugin
