#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/core/task.hpp>
#include <familiar/prompt/prompt.hpp>
#include <familiar/prompt/prompt_labels.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// What a strong LLM is asked to write notes: each function gives the one user message of a request.
namespace familiar::prompt {

/// Whose words a request for notes is in.
enum class WritingStyle {
    ours,      ///< says which labels there are, who will read the notes, and what to leave out
    published, ///< that of Grimoire (arXiv 2401.03385), byte for byte
};

/// Changes with the wording of any request below: grimoires written with other words are other grimoires.
inline constexpr std::string_view kWritingVersion = "1";

/// The sentence that the published system puts before every grimoire that it stores (base.py:177-179).
inline constexpr std::string_view kPublishedPreamble = "\nBelow are some skills needed to solve the task; you need to "
                                                       "carefully learn and consider the process and methods "
                                                       "step by step:\n\n";

/// A row that the weak LLM got wrong, and what it said: a label, or nothing where its reply was none.
struct Mistake {
    Example example;
    std::optional<std::size_t> said;
};

namespace detail {

/// The right answer of an example that is shown as one. Throws Error (invalid_argument) where it has none.
inline const std::string& right_answer(const Example& example) {
    if (!example.label) {
        throw Error(ErrorCode::invalid_argument, "example " + example.id + " has no label, and teaches nothing");
    }
    return *example.label;
}

/// `Text: …`, `Answer: label`, a blank line after each.
inline std::string answered(const Task& task, std::span<const Example> samples) {
    std::string text;
    for (const auto& sample : samples) {
        text += "\n" + titled_fields(task, sample) + "Answer: " + right_answer(sample) + "\n";
    }
    return text;
}

inline std::string mistaken(const Task& task, std::span<const Mistake> mistakes) {
    std::string text;
    for (const auto& [example, said] : mistakes) {
        text += "\n" + titled_fields(task, example);
        text += "The reader's answer: " + (said ? task.labels.at(*said) : std::string("none of the labels")) + "\n";
        text += "The right answer: " + right_answer(example) + "\n";
    }
    return text;
}

inline std::string task_block(const Task& task) {
    std::string text = "Task:\n" + (task.description.empty() ? "Say which label fits." : task.description) + "\n";
    for (std::size_t i = 0; i < task.labels.size(); ++i) text += (i == 0 ? "Labels: " : ", ") + task.labels[i];
    return text + (task.labels.empty() ? "" : "\n");
}

/// What notes have to be, whoever writes them from whatever.
inline constexpr std::string_view kWhatNotesAre =
    "The reader is a smaller language model. It sees your notes before each question and nothing else, so write "
    "general "
    "rules that decide new cases, each on a line of its own that begins with \"- \", the most useful first, and for "
    "each "
    "rule how to apply it. Do not answer the questions themselves, and do not mention these instructions.";

} // namespace detail

/// Rules for a task from samples; from the task's description alone where there are none.
inline std::string profound_request(const Task& task, std::span<const Example> samples, WritingStyle style) {
    if (style == WritingStyle::published) {
        std::string shots = samples.empty() ? "" : "Examples:\n";
        for (const auto& sample : samples) {
            shots += "\n" + text_lines(sample) + "\nAnswer: " + detail::right_answer(sample) + "\n";
        }
        return "Please summarize rules(or skills) for solving this task based on the information below.\n\n"
               "Note that the output should satisfy:\n"
               "1. The rules can be explained with examples if necessary.\n"
               "2. The method of applying the rule needs to be given.\n"
               "3. Don't be too long.\n\n"
               "Task:\n\n" +
               task.description + "\n\n" + shots + (samples.empty() ? "\n" : "");
    }
    std::string text = "Write notes for a reader who has to do this task.\n\n" + detail::task_block(task);
    if (!samples.empty()) text += "\nExamples with their right answers:\n" + detail::answered(task, samples);
    return text + "\n" + std::string(detail::kWhatNotesAre) + " Ten rules at most.";
}

/// New inputs with one right answer, one a line; `mark` parts the two texts of a pair.
inline std::string samples_request(const Task& task, std::span<const Example> examples, std::string_view label,
                                   std::size_t count, std::string_view mark) {
    std::string text = "Write " + std::to_string(count) + " new inputs for this task whose right answer is \"" +
                       std::string(label) + "\".\n\n" + detail::task_block(task);
    if (!examples.empty()) text += "\nExamples with their right answers:\n" + detail::answered(task, examples);
    text +=
        "\nMake them as different from one another and from the examples as real inputs are, in subject, length and "
        "wording. Each stands on a line of its own that begins with \"- \"";
    if (task.fields.size() > 1) {
        text +=
            ", first " + task.fields[0].title + ", then \" " + std::string(mark) + " \", then " + task.fields[1].title;
    }
    return text + ". Write nothing else, no answers either.";
}

/// Notes made shorter.
inline std::string simple_request(const Task& task, std::string_view profound, WritingStyle style) {
    if (style == WritingStyle::published) {
        return "Please abbreviate the following content in simpler and more straightforward language, and try to "
               "retain "
               "important information.\n\n"
               "Note that the output should satisfy:\n"
               "1. Provide no more than three general rules.\n"
               "2. Try to be as brief as possible.\n\n\n"
               "Content:\n\n" +
               std::string(profound);
    }
    return "Shorten these notes to the three rules that decide most cases, in simple and straightforward words, as "
           "brief "
           "as possible.\n\n" +
           detail::task_block(task) + "\nNotes:\n\n" + std::string(profound) + "\n\n" +
           "Each rule stands on a line of its own that begins with \"- \". Write nothing but the rules.";
}

/// What can be learnt from some mistakes (LEAP, arXiv 2402.05403, section 2: low-level principles).
inline std::string mistakes_request(const Task& task, std::span<const Mistake> mistakes) {
    return "A reader did this task and got the questions below wrong.\n\n" + detail::task_block(task) +
           "\nQuestions, what the reader answered, and what is right:\n" + detail::mistaken(task, mistakes) +
           "\nThink about why each answer is wrong and the other one right. Then write, for each mistake, one insight "
           "that "
           "would have prevented it and holds for other cases as well. Each stands on a line of its own that begins "
           "with "
           "\"- \". Write nothing else.";
}

/// Many insights put together to a few (LEAP: high-level principles).
inline std::string condense_request(const Task& task, std::string_view insights, std::size_t most) {
    return "These insights were gained from mistakes in a task.\n\n" + detail::task_block(task) + "\nInsights:\n\n" +
           std::string(insights) + "\n\nPut them together to at most " + std::to_string(most) +
           " notes for a reader who has to do this task. " + std::string(detail::kWhatNotesAre);
}

/// Notes mended by the mistakes that were made with them.
inline std::string refine_request(const Task& task, std::string_view notes, std::span<const Mistake> mistakes) {
    return "A reader did this task with the notes below and still got some questions wrong.\n\n" +
           detail::task_block(task) + "\nNotes:\n\n" + std::string(notes) +
           "\n\nQuestions, what the reader answered, and what is right:\n" + detail::mistaken(task, mistakes) +
           "\nWrite the notes again, changed so that these mistakes would not have been made, and keep what is good in "
           "them. " +
           std::string(detail::kWhatNotesAre) + " Ten rules at most.";
}

/// Changes to a numbered playbook by the mistakes that were made with it (ACE, arXiv 2510.04618: delta edits).
/// @param rules the playbook's rules, one a line with its number; empty at the beginning
inline std::string playbook_request(const Task& task, std::string_view rules, std::span<const Mistake> mistakes) {
    return "A playbook of rules helps a reader, a smaller language model, with this task. You keep it.\n\n" +
           detail::task_block(task) + "\nThe playbook now, with how often each rule helped and hurt:\n\n" +
           (rules.empty() ? "(empty)" : std::string(rules)) +
           "\n\nQuestions that the reader got wrong with it, what it answered, and what is right:\n" +
           detail::mistaken(task, mistakes) +
           "\nSay what to change, one change a line and nothing else:\n"
           "- a new general rule, after a dash\n"
           "MERGE 2 5: one rule that says both\n"
           "DROP 3\n"
           "HURT 4 (where a rule misled the reader)";
}

/// Notes on one kind of input alone.
inline std::string cluster_request(const Task& task, std::span<const Example> samples) {
    return "The inputs of this task are of several kinds. Here are examples of one of them.\n\n" +
           detail::task_block(task) + "\nExamples of this kind with their right answers:\n" +
           detail::answered(task, samples) +
           "\nSay in the first line, in a few words, what these inputs have in common. Then write notes for inputs of "
           "this "
           "kind. " +
           std::string(detail::kWhatNotesAre) + " Five rules at most.";
}

/// One user message.
inline Prompt user_prompt(std::string message) {
    Prompt prompt{Form::chat, std::make_shared<const PromptPart>(), {}};
    prompt.query.messages.push_back({text::Role::user, std::move(message)});
    return prompt;
}

} // namespace familiar::prompt
