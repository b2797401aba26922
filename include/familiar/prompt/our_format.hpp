#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/prompt/ablation_name.hpp>
#include <familiar/prompt/confidence_text.hpp>
#include <familiar/prompt/parse_label.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/prompt_labels.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::prompt {

/// Chat messages: the system message says what the task is, which labels there are, what a plug-in line means, and how
/// to answer; each demonstration is a user message (fields under their titles, plug-in line) and an assistant message
/// (the label); the query is the last user message.
///
///     system     Say which feeling the text shows.
///                Labels: anger, joy, sadness
///                The line "Classifier:" holds the prediction of …
///                Answer with one of the labels and nothing else.
///     user       Text: I could dance all night
///                Classifier: joy (94% sure)
///     assistant  joy
///     user       Text: …
///
/// A grimoire's notes stand in the system message, after the labels. A task without labels is generation: no label
/// list, the demonstrations' references are the answers.
class OurFormat {
  public:
    static constexpr std::string_view kName = "ours";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters,
                                 (std::string, plugin_name), // as the plug-in line and the system message call it
                                 (bool, percent));           // confidence in percent, else as a probability (0.97)
        Parameters() : plugin_name("Classifier"), percent(true) {}
    };

    OurFormat() = default;
    explicit OurFormat(Parameters parameters, Ablation ablation = {})
        : parameters_(std::move(parameters)), ablation_(ablation) {}

    [[nodiscard]] std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const {
        auto part = std::make_shared<PromptPart>();
        const auto demonstrations = ablation_.demonstrations ? std::span<const Demonstration>() : parts.demonstrations;
        const bool with_plugin = std::any_of(demonstrations.begin(), demonstrations.end(),
                                             [](const Demonstration& d) { return d.prediction.has_value(); });
        part->messages.push_back({text::Role::system, system_message(task, parts.grimoire, with_plugin)});
        for (const auto& demonstration : demonstrations) {
            part->messages.push_back(
                {text::Role::user, question(task, demonstration.example, demonstration.prediction)});
            part->messages.push_back({text::Role::assistant, shown_label(demonstration)});
        }
        return part;
    }

    [[nodiscard]] Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                               const std::optional<Prediction>& prediction) const {
        Prompt prompt{Form::chat, std::move(shared), {}};
        prompt.query.messages.push_back(
            {text::Role::user, question(task, example, ablation_.test_prediction ? std::nullopt : prediction)});
        return prompt;
    }

    /// The conversation goes on after the LLM's own label, so that the explanation is of its decision.
    [[nodiscard]] Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                                     const std::optional<Prediction>& prediction, std::string_view llm_label) const {
        Prompt prompt = query(task, std::move(shared), example, prediction);
        prompt.query.messages.push_back({text::Role::assistant, std::string(llm_label)});
        std::string ask = "In one or two sentences, explain why the label is " + std::string(llm_label);
        if (prediction && !ablation_.test_prediction) {
            const std::string& predicted = predicted_label(task, *prediction);
            if (predicted != llm_label) ask += " and not " + predicted + ", which the classifier predicts";
        }
        prompt.query.messages.push_back({text::Role::user, ask + "."});
        return prompt;
    }

    /// An assistant's message begins with the label itself.
    [[nodiscard]] std::string candidate(std::string_view label) const { return std::string(label); }

    [[nodiscard]] std::optional<std::size_t> parse(const Task& task, std::string_view reply) const {
        return parse_label(reply, task, ReplyMatch::lenient);
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(plugin_name=" + parameters_.plugin_name +
               ",percent=" + (parameters_.percent ? "true" : "false") + ")" + ablation_name(ablation_);
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }

  private:
    [[nodiscard]] std::string system_message(const Task& task, const Grimoire* grimoire, bool with_plugin) const {
        std::string text = task.description;
        if (text.empty()) text = task.is_generation() ? "Answer the user." : "Say which label fits.";
        if (!task.is_generation()) text += label_list(task);
        if (grimoire != nullptr && !ablation_.grimoire) text += "\n\nNotes for this task:\n" + grimoire->text + "\n";
        if (with_plugin) {
            text += "\nThe line \"" + parameters_.plugin_name +
                    ":\" holds the prediction of a small model that was trained for this task" +
                    (ablation_.confidence ? "." : ", and how sure it is.") +
                    " It is usually right; where it is wrong, give the right label.";
        }
        return text + (task.is_generation() ? "\nAnswer with the text itself and nothing else."
                                            : "\nAnswer with one of the labels and nothing else.");
    }

    /// In one line; one line a label where a label holds a comma itself.
    static std::string label_list(const Task& task) {
        const bool commas = std::any_of(task.labels.begin(), task.labels.end(),
                                        [](const std::string& label) { return label.find(',') != std::string::npos; });
        std::string text = "\nLabels:";
        for (std::size_t i = 0; i < task.labels.size(); ++i) {
            text += (commas ? "\n- " : i == 0 ? " " : ", ") + task.labels[i];
        }
        return text;
    }

    [[nodiscard]] std::string question(const Task& task, const Example& example,
                                       const std::optional<Prediction>& prediction) const {
        std::string text = titled_fields(task, example);
        if (!prediction) {
            text.pop_back(); // the line feed after the last field
            return text;
        }
        text += parameters_.plugin_name + ": " + predicted_label(task, *prediction);
        if (!ablation_.confidence) {
            text += " (" +
                    (parameters_.percent ? percent_confidence(prediction->confidence)
                                         : rounded_confidence(prediction->confidence)) +
                    " sure)";
        }
        return text;
    }

    Parameters parameters_;
    Ablation ablation_;
};

static_assert(PromptFormat<OurFormat>);

} // namespace familiar::prompt
