#include <familiar/prompt/original_format.hpp>

#include "sample.hpp"

#include <laws/format_laws.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace familiar;
using namespace familiar::tests;
using prompt::Ablation;
using prompt::OriginalFormat;

namespace {

std::string text_of(Ablation ablation, const std::optional<Prediction>& prediction) {
    const OriginalFormat format({}, ablation);
    const auto demonstrations = mood_demonstrations();
    const Grimoire notes{"n", "Notes."};
    return format.query(mood_task(), format.prefix(mood_task(), {demonstrations, &notes}), mood_query(), prediction)
        .text();
}

} // namespace

TEST_CASE("the original format keeps the laws of prompt formats") {
    laws::check_format_laws(OriginalFormat(), mood_task(), mood_demonstrations(), mood_query(), Prediction{1, 0.8, {}});
    laws::check_format_laws(OriginalFormat(), mood_task(), mood_demonstrations(), mood_query(), std::nullopt);
}

TEST_CASE("each ablation takes its own part out of the original layout") {
    const Prediction prediction{1, 0.8, {}};
    CHECK(text_of({}, prediction) == "Notes.\n\n"
                                     "Message: what a day\nPlug-in Prediction: good (Confidence: 0.97)\nLabel: good\n\n"
                                     "Message: rain again\nPlug-in Prediction: good (Confidence: 0.5)\nLabel: bad\n\n"
                                     "Message: it will do\nPlug-in Prediction: bad (Confidence: 0.8)\nLabel: ");
    CHECK(text_of({true, false, true, true}, prediction) == "Message: it will do\nLabel: ");
    CHECK(text_of({false, true, true, true}, prediction) == "Message: it will do\nPlug-in Prediction: bad\nLabel: ");
    CHECK(text_of({false, true, false, true}, std::nullopt) ==
          "Message: what a day\nPlug-in Prediction: good\nLabel: good\n\n"
          "Message: rain again\nPlug-in Prediction: good\nLabel: bad\n\nMessage: it will do\nLabel: ");
}

TEST_CASE("an explanation is asked for with the LLM's own label, or as published without it") {
    const Prediction prediction{1, 0.8, {}};
    const OriginalFormat conditioned;
    const auto shared = conditioned.prefix(mood_task(), {});
    CHECK(conditioned.explanation(mood_task(), shared, mood_query(), prediction, "good").text() ==
          "Message: it will do\nPlug-in Prediction: bad (Confidence: 0.8)\nLabel: good\n"
          "Explanation for overriding the prediction:");
    OriginalFormat::Parameters parameters;
    parameters.condition_explanation = false;
    const OriginalFormat published(parameters);
    CHECK(published.explanation(mood_task(), shared, mood_query(), prediction, "good").text() ==
          "Message: it will do\nPlug-in Prediction: bad (Confidence: 0.8)\nLabel: \n"
          "Explanation for overriding the prediction:");
    CHECK(conditioned.identity() != published.identity());
}

TEST_CASE("the original format compares replies as published") {
    CHECK(OriginalFormat().parse(mood_task(), " good\n") == 0u);
    CHECK_FALSE(OriginalFormat().parse(mood_task(), "Good"));
    CHECK(OriginalFormat().candidate("good") == "good");
}
