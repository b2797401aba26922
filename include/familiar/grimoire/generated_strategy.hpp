#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/number_text.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/grimoire/generated_samples.hpp>
#include <familiar/grimoire/grimoire_strategy.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// A profound grimoire from samples that the strong LLM has written itself, so that no train set need be labelled or
/// gone through: one request a label with the task and `examples` examples of each label, for `written` new ones, then
/// one for the notes (named as future work in arXiv 2401.03385). A sample that cannot be read, repeats another, is
/// given another label by the plug-in, or whose embedding has a cosine of `nearness` with another's (above 1: is not
/// looked at) is dropped and counted in the remarks; the desk's samples of each label are shown.
class GeneratedStrategy {
  public:
    static constexpr std::string_view kName = "generated";
    static constexpr bool kNeedsWeak = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::size_t, examples), (std::size_t, written), (double, nearness));
        Parameters() : examples(2), written(8), nearness(0.95) {}
    };

    GeneratedStrategy() = default;
    explicit GeneratedStrategy(Parameters parameters) : parameters_(parameters) {}

    /// Throws Error: malformed_task without labels, empty_data where no sample is left.
    [[nodiscard]] Draft write(const WritingDesk& desk) const {
        const Task& task = *desk.task;
        if (task.is_generation()) {
            throw Error(ErrorCode::malformed_task, "samples are written label by label, and the task has no labels",
                        task.name, "Use the strategy profound, simple or zero-shot");
        }
        std::vector<Example> known;
        if (parameters_.examples > 0) known = desk.choose(desk.train, parameters_.examples, desk.seed);
        std::vector<std::string> replies;
        for (const auto& label : task.labels)
            replies.push_back(desk.ask_strong(
                prompt::samples_request(task, known, label, std::max<std::size_t>(parameters_.written, 1), kPairMark)));
        SampleCounts counts;
        SampleJudges judges{desk.predict, nullptr, parameters_.nearness};
        if (parameters_.nearness <= 1.0) judges.embed = desk.embed;
        const auto samples = read_samples(task, replies, known, desk.samples, judges, counts);
        const std::string told = "samples written: " + std::to_string(counts.kept) + " shown, " +
                                 std::to_string(counts.unreadable) + " unreadable, " + std::to_string(counts.copies) +
                                 " copies, " + std::to_string(counts.rejected) + " of another label by the plug-in, " +
                                 std::to_string(counts.near) + " nearly like another";
        if (samples.empty()) {
            throw Error(ErrorCode::empty_data, "none of the strong LLM's samples can be used (" + told + ")",
                        "--strategy generated", "Use another LLM, --plugin none, or another strategy");
        }
        Draft draft{desk.ask_strong(prompt::profound_request(task, samples, desk.style)), ids_of(known), {told}};
        for (const auto& label : task.labels) {
            const bool shown = std::any_of(samples.begin(), samples.end(),
                                           [&](const Example& sample) { return sample.label == label; });
            if (!shown) draft.remarks.push_back("no sample of the label " + label + " is left");
        }
        return draft;
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + std::to_string(parameters_.examples) + "," +
               std::to_string(parameters_.written) + "," + number_text(parameters_.nearness) + ")";
    }

  private:
    Parameters parameters_;
};

static_assert(GrimoireStrategy<GeneratedStrategy>);

} // namespace familiar::grimoire
