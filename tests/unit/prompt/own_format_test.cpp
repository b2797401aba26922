// The format of include/familiar/prompt/README.md.
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/prompt_labels.hpp>

#include "sample.hpp"

#include <laws/format_laws.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>

using namespace familiar;
using namespace familiar::prompt;

namespace {

struct Terse {
    std::shared_ptr<const PromptPart> prefix(const Task& task, const PrefixParts& parts) const {
        auto part = std::make_shared<PromptPart>();
        if (parts.grimoire != nullptr) part->text = parts.grimoire->text + "\n";
        for (const auto& d : parts.demonstrations) {
            part->text += titled_fields(task, d.example) + "=> " + shown_label(d) + "\n";
        }
        return part;
    }
    Prompt query(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                 const std::optional<Prediction>& prediction) const {
        const auto hint = prediction ? "(perhaps " + predicted_label(task, *prediction) + ") " : std::string();
        return {Form::text, std::move(shared), {titled_fields(task, example) + hint + "=> ", {}}};
    }
    Prompt explanation(const Task& task, std::shared_ptr<const PromptPart> shared, const Example& example,
                       const std::optional<Prediction>& prediction, std::string_view label) const {
        auto prompt = query(task, std::move(shared), example, prediction);
        prompt.query.text += std::string(label) + "\nWhy? ";
        return prompt;
    }
    std::string candidate(std::string_view label) const { return std::string(label); }
    std::string identity() const { return "terse"; }
};

} // namespace

static_assert(PromptFormat<Terse>);

TEST_CASE("the format of the concept page keeps the laws of prompt formats") {
    laws::check_format_laws(Terse(), tests::mood_task(), tests::mood_demonstrations(), tests::mood_query(),
                            Prediction{1, 0.8, {}});
}
