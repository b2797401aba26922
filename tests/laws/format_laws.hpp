#pragma once

#include <familiar/prompt/parse_label.hpp>
#include <familiar/prompt/prompt_format.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::laws {

inline std::string whole_prompt(const prompt::Prompt& prompt) {
    if (prompt.form == prompt::Form::text) return prompt.text();
    std::string all;
    for (const auto& message : prompt.messages()) all += message.content + "\n";
    return all;
}

/// The laws of `PromptFormat`: the prefix object that is given is the one that the prompt holds; the prompt shows the
/// query's texts, every demonstration with its label, the notes, and nothing of other examples; the query's part does
/// not depend on the demonstrations; a label's candidate, trimmed, is read back as that label; the explanation is asked
/// for after the query, which it begins with, and names the LLM's label; the same parts give the same text.
///
/// @param demonstrations   with labels; at least two
/// @param label_ends_query the label follows where the query's prompt ends, so that the explanation's is longer; else
///                         an instruction ends it, which an explanation does not need
template <prompt::PromptFormat F>
void check_format_laws(const F& format, const Task& task, const std::vector<Demonstration>& demonstrations,
                       const Example& query, const std::optional<Prediction>& prediction,
                       bool label_ends_query = true) {
    REQUIRE(demonstrations.size() >= 2);
    CHECK_FALSE(std::string(format.identity()).empty());
    const Grimoire notes{"notes", "Mind the seventh rule of the notebook."};
    const auto bare = format.prefix(task, {{}, nullptr}), shown = format.prefix(task, {demonstrations, nullptr}),
               noted = format.prefix(task, {demonstrations, &notes});
    REQUIRE(bare != nullptr);
    REQUIRE(shown != nullptr);
    CHECK(*format.prefix(task, {demonstrations, &notes}) == *noted);

    const prompt::Prompt without = format.query(task, bare, query, prediction),
                         with = format.query(task, noted, query, prediction);
    CHECK(with.shared == noted);
    CHECK(with.query == without.query);
    CHECK(with.form == without.form);
    const std::string small = whole_prompt(without), large = whole_prompt(with);
    const auto last = large.rfind(query.text);
    REQUIRE(last != std::string::npos);
    if (query.text_b) CHECK(large.find(*query.text_b) != std::string::npos);
    CHECK(large.find(notes.text) != std::string::npos);
    CHECK(whole_prompt(format.query(task, shown, query, prediction)).find(notes.text) == std::string::npos);
    for (const auto& demonstration : demonstrations) {
        const auto at = large.find(demonstration.example.text);
        REQUIRE(at != std::string::npos);
        CHECK(at < last);
        CHECK(large.find(*demonstration.example.label, at + demonstration.example.text.size()) != std::string::npos);
        CHECK(small.find(demonstration.example.text) == std::string::npos);
    }
    if (prediction) {
        const std::string plain = whole_prompt(format.query(task, bare, query, std::nullopt));
        CHECK(plain.size() < small.size()); // the plug-in's line
    }
    for (std::size_t i = 0; i < task.labels.size(); ++i) {
        CHECK(prompt::parse_label(format, task, std::string_view(std::string(format.candidate(task.labels[i])))) == i);
    }
    if (prediction && !task.labels.empty()) {
        const std::string& label = task.labels[(prediction->label + 1) % task.labels.size()];
        const prompt::Prompt question = format.explanation(task, noted, query, prediction, label);
        CHECK(question.shared == noted);
        const std::string text = whole_prompt(question);
        const auto at = text.rfind(query.text);
        REQUIRE(at != std::string::npos);
        const auto named = text.find(label, at + query.text.size());
        CHECK(named != std::string::npos);
        const std::size_t asked = last + query.text.size(); // up to there both prompts are one
        CHECK(text.compare(0, asked, large, 0, asked) == 0);
        CHECK(text.size() > named + label.size()); // behind the label comes the question
        if (label_ends_query) CHECK(text.size() > large.size());
    }
}

} // namespace familiar::laws
