#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/prompt/ablation_name.hpp>
#include <familiar/prompt/confidence_text.hpp>
#include <familiar/prompt/grimoire_prompts.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/prompt_labels.hpp>
#include <familiar/prompt/sleicl_reply.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::prompt {

/// The layout of Grimoire / SLEICL (arXiv 2401.03385; classify.txt of its release), byte for byte: one user message,
///
///     You are an expert in topic classification, Please classify the topic of …
///
///     Here are some examples: …  (or the grimoire, under the sentence that the release stores before each)
///
///     Please answer:
///
///     the text
///     Answer:
///
///     Only need to output the answer, no additional explanation is needed.
///
/// There notes and examples exclude each other, and there is no plug-in; here notes come first, then the examples, and
/// the plug-in's line stands above `Answer: `, as SuperICL words it.
class SleiclFormat {
  public:
    static constexpr std::string_view kName = "sleicl";

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, model_name)); // as the prediction lines call the plug-in
        Parameters() : model_name("Plug-in") {}
    };

    SleiclFormat() = default;
    explicit SleiclFormat(Parameters parameters, Ablation ablation = {})
        : parameters_(std::move(parameters)), ablation_(ablation) {}

    [[nodiscard]] std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const {
        auto part = std::make_shared<PromptPart>();
        part->text = "You are an expert in " + task.type + ", " + task.description + "\n\n";
        const bool notes = parts.grimoire != nullptr && !ablation_.grimoire;
        const bool examples = !parts.demonstrations.empty() && !ablation_.demonstrations;
        if (notes) {
            if (!parts.grimoire->text.starts_with(kPublishedPreamble)) part->text += kPublishedPreamble;
            part->text += parts.grimoire->text;
        }
        if (examples) {
            part->text += std::string(notes ? "\n\n" : "") + "Here are some examples:";
            for (const auto& demonstration : parts.demonstrations) {
                part->text += "\n\n" + text_lines(demonstration.example) + "\n" +
                              prediction_line(task, demonstration.prediction) + "Answer: " + shown_label(demonstration);
            }
        }
        part->text += "\n\nPlease answer:\n\n";
        return part;
    }

    [[nodiscard]] Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                               const std::optional<Prediction>& prediction) const {
        Prompt prompt{Form::text, std::move(shared), {}};
        prompt.query.text = question(task, example, prediction) +
                            "Answer: \n\nOnly need to output the answer, no additional explanation is needed.\n";
        return prompt;
    }

    /// The release asks for none; here the LLM's own label stands where it was asked for.
    [[nodiscard]] Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                                     const std::optional<Prediction>& prediction, std::string_view llm_label) const {
        Prompt prompt{Form::text, std::move(shared), {}};
        prompt.query.text = question(task, example, prediction) + "Answer: " + std::string(llm_label) +
                            "\n\nExplanation for overriding the prediction:";
        return prompt;
    }

    /// The prompt ends a line, so a label follows as it is.
    [[nodiscard]] std::string candidate(std::string_view label) const { return std::string(label); }

    [[nodiscard]] std::optional<std::size_t> parse(const Task& task, std::string_view reply) const {
        return published_label(reply, task);
    }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(model_name=" + parameters_.model_name + ")" + ablation_name(ablation_);
    }

    [[nodiscard]] const Parameters& parameters() const noexcept { return parameters_; }

  private:
    [[nodiscard]] std::string prediction_line(const Task& task, const std::optional<Prediction>& prediction) const {
        if (!prediction) return {};
        std::string line = parameters_.model_name + " Prediction: " + predicted_label(task, *prediction);
        if (!ablation_.confidence) line += " (Confidence: " + rounded_confidence(prediction->confidence) + ")";
        return line + "\n";
    }

    [[nodiscard]] std::string question(const Task& task, const Example& example,
                                       const std::optional<Prediction>& prediction) const {
        return text_lines(example) + "\n" +
               prediction_line(task, ablation_.test_prediction ? std::nullopt : prediction);
    }

    Parameters parameters_;
    Ablation ablation_;
};

static_assert(PromptFormat<SleiclFormat>);

} // namespace familiar::prompt
