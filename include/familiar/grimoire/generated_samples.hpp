#pragma once

#include <familiar/core/ascii_case.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/prediction.hpp>
#include <familiar/core/task.hpp>
#include <familiar/grimoire/outcome.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// What became of the samples that an LLM wrote. Every line is counted once, but for good samples of a label that has
/// enough: they are counted nowhere.
struct SampleCounts {
    std::size_t unreadable = 0; ///< lines that are no sample: not of a list, or not of as many texts as the task has
    std::size_t copies = 0;     ///< that say what a known example or an earlier sample says, white space and case aside
    std::size_t rejected = 0;   ///< that the plug-in gives another label
    std::size_t near = 0;       ///< whose embedding is nearly that of a known example or of an earlier sample
    std::size_t kept = 0;

    friend bool operator==(const SampleCounts&, const SampleCounts&) = default;
};

/// How samples are judged. What is not there judges nothing.
struct SampleJudges {
    std::function<std::vector<Prediction>(std::span<const Example>)> predict;
    /// Vectors of length 1.
    std::function<std::vector<std::vector<float>>(std::span<const Example>)> embed;
    double nearness = 0.95; ///< cosine from which on two samples are nearly the same
};

namespace detail {

/// The text of a line of a list: after `- `, `* `, `1. ` or `1) `. Nothing where it is no such line.
[[nodiscard]] inline std::optional<std::string_view> list_item(std::string_view line) {
    line = text::strip(line);
    std::size_t mark = 0;
    if (line.starts_with("-") || line.starts_with("*")) {
        mark = 1;
    } else {
        while (mark < line.size() && line[mark] >= '0' && line[mark] <= '9') ++mark;
        if (mark == 0 || mark == line.size() || (line[mark] != '.' && line[mark] != ')')) return std::nullopt;
        ++mark;
    }
    if (mark == line.size() || line[mark] != ' ') return std::nullopt;
    const auto item = text::strip(line.substr(mark));
    return item.empty() ? std::nullopt : std::optional(item);
}

/// ASCII letters in lower case, white space as one space each.
[[nodiscard]] inline std::string plain(const Example& example) {
    std::string out;
    for (const char c : question_key(example)) {
        const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (space && (out.empty() || out.back() == ' ')) continue;
        out += space ? ' ' : ascii_lower(c);
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

} // namespace detail

/// Separates the two texts of a sample of a task of pairs.
inline constexpr std::string_view kPairMark = "||";

/// Samples that an LLM wrote, one reply a label, each line of a list one sample: those that can be read, say something
/// new, are what they should be by the plug-in, and are unlike the known ones and one another; at most `most` a label,
/// label by label. O(samples² · dimension).
/// @param replies one a label of the task, in their order
/// @param known   examples that the LLM was shown
[[nodiscard]] inline std::vector<Example> read_samples(const Task& task, std::span<const std::string> replies,
                                                       std::span<const Example> known, std::size_t most,
                                                       const SampleJudges& judges, SampleCounts& counts) {
    std::vector<Example> fresh;
    std::vector<std::size_t> label_of;
    std::vector<std::string> said;
    for (const auto& example : known) said.push_back(detail::plain(example));
    for (std::size_t label = 0; label < replies.size(); ++label) {
        std::string_view rest = replies[label];
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const auto line = text::strip(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.empty()) continue;
            const auto item = detail::list_item(line);
            Example sample;
            if (item) sample.text = *item;
            if (const auto mark = sample.text.find(kPairMark); task.fields.size() > 1 && mark != std::string::npos) {
                sample.text_b = std::string(text::strip(std::string_view(sample.text).substr(mark + kPairMark.size())));
                sample.text = std::string(text::strip(std::string_view(sample.text).substr(0, mark)));
            }
            const bool whole = task.fields.size() < 2 || (sample.text_b && !sample.text_b->empty());
            if (!item || sample.text.empty() || !whole) {
                ++counts.unreadable;
                continue;
            }
            const auto plain = detail::plain(sample);
            if (std::find(said.begin(), said.end(), plain) != said.end()) {
                ++counts.copies;
                continue;
            }
            said.push_back(plain);
            sample.id = "\"generated-" + std::to_string(fresh.size()) + "\"";
            sample.label = task.labels[label];
            fresh.push_back(std::move(sample));
            label_of.push_back(label);
        }
    }
    std::vector<Prediction> predictions;
    if (judges.predict && !fresh.empty()) predictions = judges.predict(fresh);
    std::vector<std::vector<float>> vectors, others;
    if (judges.embed && !fresh.empty()) vectors = judges.embed(fresh);
    if (judges.embed && !fresh.empty() && !known.empty()) others = judges.embed(known);
    std::vector<Example> kept;
    std::vector<std::size_t> of_label(task.labels.size());
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (i < predictions.size() && predictions[i].label != label_of[i]) {
            ++counts.rejected;
            continue;
        }
        if (i < vectors.size()) {
            const bool near = std::any_of(others.begin(), others.end(), [&](const auto& other) {
                double cosine = 0.0;
                for (std::size_t d = 0; d < other.size(); ++d) cosine += double(other[d]) * double(vectors[i][d]);
                return cosine >= judges.nearness;
            });
            if (near) {
                ++counts.near;
                continue;
            }
            others.push_back(vectors[i]);
        }
        if (of_label[label_of[i]]++ >= most) continue;
        kept.push_back(std::move(fresh[i]));
    }
    counts.kept += kept.size();
    return kept;
}

} // namespace familiar::grimoire
