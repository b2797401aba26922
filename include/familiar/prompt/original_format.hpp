#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/prompt/ablation_name.hpp>
#include <familiar/prompt/confidence_text.hpp>
#include <familiar/prompt/parse_label.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/prompt_labels.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::prompt {

/// The layout of SuperICL (arXiv 2305.08848, section 3), byte for byte: a text of blocks, a blank line between them,
///
///     Sentence: tailored to entertain !
///     RoBERTa-Large Prediction: negative (Confidence: 0.97)
///     Label: negative
///
/// the last one open after `Label: `. No instruction, no list of labels. Without a plug-in the prediction lines are
/// left out, which is the paper's in-context learning. Notes of a grimoire, which SuperICL has not, stand before all
/// blocks.
class OriginalFormat {
  public:
    static constexpr std::string_view kName = "original";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model_name), // as the prediction lines call the plug-in
                                 (bool, condition_explanation)); // false: as published, the LLM's own label is left out
        Parameters() : model_name("Plug-in"), condition_explanation(true) {}
    };

    OriginalFormat() = default;
    explicit OriginalFormat(Parameters parameters, Ablation ablation = {})
        : parameters_(std::move(parameters)), ablation_(ablation) {}

    [[nodiscard]] std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const {
        auto part = std::make_shared<PromptPart>();
        if (parts.grimoire != nullptr && !ablation_.grimoire) part->text = parts.grimoire->text + "\n\n";
        if (!ablation_.demonstrations) {
            for (const auto& demonstration : parts.demonstrations) {
                part->text += block(task, demonstration.example, demonstration.prediction);
                part->text += shown_label(demonstration) + "\n\n";
            }
        }
        return part;
    }

    [[nodiscard]] Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                               const std::optional<Prediction>& prediction) const {
        Prompt prompt{Form::text, std::move(shared), {}};
        prompt.query.text = block(task, example, ablation_.test_prediction ? std::nullopt : prediction);
        return prompt;
    }

    /// The question asked after the LLM has overridden the plug-in. Its own label stands after `Label: ` as in the
    /// paper's table 1; the published code leaves it out (`condition_explanation` false).
    [[nodiscard]] Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                                     const std::optional<Prediction>& prediction, std::string_view llm_label) const {
        Prompt prompt = query(task, std::move(shared), example, prediction);
        if (parameters_.condition_explanation) prompt.query.text += llm_label;
        prompt.query.text += "\nExplanation for overriding the prediction:";
        return prompt;
    }

    /// The prompt ends in a space, so a label follows as it is.
    [[nodiscard]] std::string candidate(std::string_view label) const { return std::string(label); }

    /// As published: the reply without white space around must be a label, letter by letter.
    [[nodiscard]] std::optional<std::size_t> parse(const Task& task, std::string_view reply) const {
        return parse_label(reply, task, ReplyMatch::exact);
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(model_name=" + parameters_.model_name +
               (parameters_.condition_explanation ? "" : ",condition_explanation=false") + ")" +
               ablation_name(ablation_);
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }

  private:
    /// Fields, prediction line, and `Label: `.
    [[nodiscard]] std::string block(const Task& task, const Example& example,
                                    const std::optional<Prediction>& prediction) const {
        std::string text = titled_fields(task, example);
        if (prediction) {
            text += parameters_.model_name + " Prediction: " + predicted_label(task, *prediction);
            if (!ablation_.confidence) text += " (Confidence: " + rounded_confidence(prediction->confidence) + ")";
            text += "\n";
        }
        return text + "Label: ";
    }

    Parameters parameters_;
    Ablation ablation_;
};

static_assert(PromptFormat<OriginalFormat>);

} // namespace familiar::prompt
