#pragma once

#include <familiar/core/answer.hpp>
#include <familiar/core/cancellation.hpp>
#include <familiar/core/demonstration.hpp>
#include <familiar/core/progress.hpp>
#include <familiar/core/result.hpp>
#include <familiar/core/task.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/decision/fits_decision.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/shortened_notes.hpp>
#include <familiar/pipeline/batch.hpp>
#include <familiar/pipeline/capabilities.hpp>
#include <familiar/pipeline/pipeline_options.hpp>
#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/pipeline/selector_words.hpp>
#include <familiar/pipeline/shared_prefixes.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/prompt/first_token_scores.hpp>
#include <familiar/prompt/parse_label.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// A plug-in, demonstrations, notes and an LLM that answer together. Plain ICL, zero-shot, plug-in alone, SuperICL and
/// all else are this one type with other policies in its slots; `compose` (pipeline/compose.hpp) fills them.
///
///     auto pipeline = compose(plug_in, selector, transport);
///     pipeline.prepare(task, train);
///     Result<Answer> answer = pipeline.answer(example);
///
/// After `prepare`, `outcome` may be called from several threads at once; nothing else may.
template <plugin::PluginModel Plugin, demonstration::DemonstrationSelector Selector, grimoire::GrimoireRanker Ranker,
          prompt::PromptFormat Format, transport::LlmTransport Transport, decision::DecisionPolicy Decision>
class Pipeline {
  public:
    Pipeline(Plugin plugin, Selector selector, Ranker ranker, Format format, Transport transport, Decision decision,
             PipelineOptions options = {})
        : plugin_(std::move(plugin)), selector_(std::move(selector)), ranker_(std::move(ranker)),
          format_(std::move(format)), transport_(std::move(transport)), decision_(std::move(decision)),
          options_(std::move(options)), prefixes_(std::make_unique<SharedPrefixes>()) {}

    [[nodiscard]] Plugin& plugin() noexcept { return plugin_; }
    [[nodiscard]] Selector& selector() noexcept { return selector_; }
    [[nodiscard]] Ranker& ranker() noexcept { return ranker_; }
    [[nodiscard]] const Format& format() const noexcept { return format_; }
    [[nodiscard]] Transport& transport() noexcept { return transport_; }
    [[nodiscard]] Decision& decision() noexcept { return decision_; }
    [[nodiscard]] const Decision& decision() const noexcept { return decision_; }
    [[nodiscard]] const Task& task() const noexcept { return task_; }

    /// To be changed before `prepare`.
    [[nodiscard]] PipelineOptions& options() noexcept { return options_; }
    [[nodiscard]] const PipelineOptions& options() const noexcept { return options_; }

    /// Fits and tells every policy what it needs to know. `train` holds the demonstrations' pool and what the plug-in
    /// learns from; it may be empty where neither is wanted. Throws what the policies throw.
    /// `progress` hears of the stages of a plug-in that tells of them (`embed`, `fit`), and `cancellation`, which may
    /// be null, ends them with `Error` (cancelled). A selector that wants to hear the LLM first hears what is in
    /// `words`, else the LLM is asked, and `words`, which may be null, is told what it said.
    void prepare(Task task, std::vector<Example> train, const ProgressSink& progress = {},
                 const Cancellation* cancellation = nullptr, SelectorWords* words = nullptr) {
        task_ = std::move(task);
        train_ = std::move(train);
        prefixes_->clear();
        shown_predictions_.clear();
        prepared_ = false;
        if constexpr (plugin::PreparesWithProgress<Plugin>) {
            plugin_.prepare(task_, std::span<const Example>(train_), progress, cancellation);
        } else {
            plugin_.prepare(task_, std::span<const Example>(train_));
        }
        if (cancellation != nullptr) cancellation->throw_if_requested();
        ranker_.prepare(task_);
        prepared_ = true; // orders of demonstrations are tried with the pipeline itself
        if (!shows_demonstrations()) return;
        try {
            tell_selector();
            SelectorWords own;
            prepare_selector(*this, std::span<const Example>(train_), words != nullptr ? *words : own, progress,
                             cancellation);
        } catch (...) {
            prepared_ = false;
            throw;
        }
    }

    /// Puts another ranker in its slot and prepares it; plug-in and demonstrations stay as they are. Notes that were
    /// chosen before are gone: a Batch that was considered before must not be used any more.
    void change_ranker(Ranker ranker) {
        prefixes_->clear();
        ranker_ = std::move(ranker);
        ranker_.prepare(task_);
    }

    /// Answers one example. A failed request is a Failure, never an exception.
    [[nodiscard]] Result<Answer> answer(const Example& example) { return answers(std::span(&example, 1)).front(); }

    /// Answers in order, one request at a time; `run` (pipeline/runner.hpp) has several under way.
    [[nodiscard]] std::vector<Result<Answer>> answers(std::span<const Example> examples) {
        const Batch batch = consider(examples);
        std::vector<Result<Answer>> results;
        results.reserve(examples.size());
        for (std::size_t row = 0; row < batch.size(); ++row) {
            RowOutcome outcome = this->outcome(batch, row);
            if (outcome.answer) {
                results.emplace_back(std::move(*outcome.answer));
            } else {
                results.emplace_back(std::move(*outcome.failure));
            }
        }
        return results;
    }

    /// Predicts, decides whom to ask, and selects demonstrations and notes, for all examples at once. `progress` is
    /// told of stage `plugin`; cancellation throws. Where `known` is given, of one an example, the plug-in is not
    /// asked.
    [[nodiscard]] Batch consider(std::span<const Example> examples, const ProgressSink& progress = {},
                                 const Cancellation* cancellation = nullptr,
                                 const std::vector<std::optional<Prediction>>* known = nullptr) {
        if (!prepared_) throw Error(ErrorCode::invalid_argument, "the pipeline is not prepared", {}, "Call prepare");
        Batch batch;
        batch.examples = examples;
        batch.predictions.resize(examples.size());
        if (known != nullptr) {
            batch.predictions = *known;
        } else if (!is_absent(plugin_)) {
            predict(batch, progress, cancellation);
        }
        batch.asks.resize(examples.size());
        std::vector<std::size_t> asked;
        for (std::size_t row = 0; row < examples.size(); ++row) {
            batch.asks[row] = !is_absent(transport_) && decision_.asks(batch.predictions[row]);
            if (batch.asks[row]) asked.push_back(row);
            if (!batch.asks[row] && !batch.predictions[row]) {
                throw Error(ErrorCode::invalid_argument, "neither a plug-in nor an LLM answers", {},
                            "Give the pipeline at least one of them");
            }
        }
        select(batch, asked, cancellation);
        return batch;
    }

    /// What the LLM is asked about a row: the request that fits its context, and how many demonstrations it cost.
    struct Question {
        transport::LlmRequest request;
        std::shared_ptr<const prompt::PromptPart> shared;
        std::size_t dropped = 0;       ///< demonstrations
        std::size_t lines_dropped = 0; ///< of the notes
    };

    /// Precondition: batch.asks[row].
    [[nodiscard]] Question question(const Batch& batch, std::size_t row) const {
        return fitted(batch, row, [&](std::shared_ptr<const prompt::PromptPart> shared) {
            transport::LlmRequest request = blank_request();
            request.prompt = format_.query(task_, std::move(shared), batch.examples[row], shown_prediction(batch, row));
            if (task_.is_generation()) {
                request.max_tokens = options_.generation_tokens;
                return request;
            }
            if (scores_labels(transport_)) {
                for (const auto& label : task_.labels) request.candidates.push_back(format_.candidate(label));
                request.max_tokens = 0;
                return request;
            }
            if (const std::size_t wanted = wanted_logprobs(); wanted > 0) { // the first token tells all that is needed
                request.top_logprobs = wanted;
                request.max_tokens = 1;
                return request;
            }
            request.max_tokens = options_.label_tokens;
            if (options_.published_requests) return request;
            for (const auto& label : task_.labels) {
                request.max_tokens = std::max(request.max_tokens, label.size()); // a token is a byte at least
            }
            // A model that continues text goes on to the next block by itself.
            if (request.prompt.form == prompt::Form::text) request.stop = {"\n\n"};
            return request;
        });
    }

    /// Asks the transport and makes the row's outcome. Never throws for what a request or a row's text does.
    [[nodiscard]] RowOutcome outcome(const Batch& batch, std::size_t row) {
        return outcome(batch, row,
                       [this](Step, const transport::LlmRequest& request) { return transport_.ask(request); });
    }

    /// The same with `ask(step, request)` → Result<LlmReply> in the transport's place: a store that knows the reply
    /// already, say. Safe for several threads where `ask` is. `asked` is the row's `question`, where it was made
    /// before.
    template <class Ask>
    [[nodiscard]] RowOutcome outcome(const Batch& batch, std::size_t row, Ask&& ask,
                                     const Question* asked = nullptr) const {
        RowOutcome outcome;
        outcome.prediction = batch.predictions[row];
        if (!batch.asks[row]) {
            outcome.answer = decision_.decide(task_, outcome.prediction, std::nullopt);
            return outcome;
        }
        try {
            ask_label(batch, row, outcome, asked != nullptr ? *asked : question(batch, row), ask);
        } catch (const Error& error) {
            const int area = static_cast<int>(error.code()) / 100;
            if (area != 3 && area != 4) throw; // else: this row's text, or its fit into the model
            outcome.failure = Failure{error.code(), error.what(), FailureScope::row};
        }
        if (outcome.failure) outcome.answer.reset();
        return outcome;
    }

    /// What each slot holds, for hashes and reports.
    [[nodiscard]] std::map<std::string, std::string> identities() const {
        return {{"plugin", plugin_.identity()}, {"select", selector_.identity()}, {"grimoire", ranker_.identity()},
                {"format", format_.identity()}, {"llm", transport_.identity()},   {"decision", decision_.identity()}};
    }

    /// Whether prompts show what the plug-in says, from now on.
    void show_plugin_line(bool shown) {
        if (options_.plugin_line == shown) return;
        options_.plugin_line = shown;
        prefixes_->clear();
    }

    /// What the plug-in says of examples that it may have learned from, as far as it can be had: out of fold, by the
    /// training examples that they are equal to; empty where the plug-in has nothing of the kind.
    [[nodiscard]] std::vector<Prediction> honest_predictions(std::span<const Example> examples) {
        const std::span<const Prediction> honest = out_of_fold(plugin_);
        if (honest.size() != train_.size() || train_.empty()) return {};
        std::vector<Prediction> predictions;
        for (const Example& example : examples) {
            const auto found = std::find(train_.begin(), train_.end(), example);
            if (found == train_.end()) return {};
            predictions.push_back(honest[static_cast<std::size_t>(found - train_.begin())]);
        }
        return predictions;
    }

    /// Prompt prefixes built since the pipeline was made.
    [[nodiscard]] std::size_t prefixes_built() const { return prefixes_->built(); }

    /// Whether demonstrations are shown at all.
    [[nodiscard]] bool shows_demonstrations() const {
        return options_.demonstrations > 0 && !options_.ablation.demonstrations && !is_absent(transport_) &&
               !is_absent(selector_);
    }

  private:
    /// Rows that are predicted between two looks at progress and cancellation; enough to fill any batch.
    static constexpr std::size_t kChunk = 512;

    /// What the plug-in says of the pool, to a selector that asks for it.
    void tell_selector() {
        if constexpr (demonstration::LearnsPredictions<Selector>) {
            if (is_absent(plugin_) || !selector_.wants_predictions()) return;
            const std::span<const Prediction> honest = out_of_fold(plugin_);
            if (honest.size() == train_.size()) {
                selector_.learn(honest);
            } else {
                selector_.learn(plugin_.predict(std::span<const Example>(train_)));
            }
        }
    }

    void predict(Batch& batch, const ProgressSink& progress, const Cancellation* cancellation) {
        for (std::size_t begin = 0; begin < batch.size(); begin += kChunk) {
            if (cancellation != nullptr) cancellation->throw_if_requested();
            const auto part = batch.examples.subspan(begin, std::min(kChunk, batch.size() - begin));
            std::vector<Prediction> predictions = plugin_.predict(part);
            std::move(predictions.begin(), predictions.end(),
                      batch.predictions.begin() + static_cast<std::ptrdiff_t>(begin));
            if (progress) progress({"plugin", begin + part.size(), batch.size()});
        }
    }

    void select(Batch& batch, const std::vector<std::size_t>& asked, const Cancellation* cancellation) {
        batch.selections.resize(1);
        batch.grimoires.assign(1, nullptr);
        if (asked.empty()) return;
        const auto first = batch.examples.subspan(asked.front(), 1);
        if (shows_demonstrations()) {
            if constexpr (Selector::depends_on_query) {
                batch.selections.assign(batch.size(), {});
                for (std::size_t begin = 0; begin < batch.size(); begin += kChunk) {
                    if (cancellation != nullptr) cancellation->throw_if_requested();
                    const auto part = batch.examples.subspan(begin, std::min(kChunk, batch.size() - begin));
                    auto chosen = selector_.select(part, options_.demonstrations);
                    std::move(chosen.begin(), chosen.end(),
                              batch.selections.begin() + static_cast<std::ptrdiff_t>(begin));
                }
            } else {
                batch.selections = selector_.select(first, options_.demonstrations);
            }
            leave_out_own(batch, asked);
            predict_shown(batch);
        }
        if (!options_.ablation.grimoire && !is_absent(ranker_)) {
            batch.grimoires = ranker_.choose(Ranker::depends_on_query ? batch.examples : first);
        }
    }

    /// A query that stands in the pool itself (a run over the train split) is not shown its own label.
    void leave_out_own(Batch& batch, const std::vector<std::size_t>& asked) const {
        for (const std::size_t row : asked) {
            const auto own = [&](std::size_t position) { return train_[position] == batch.examples[row]; };
            const auto& shared = batch.selection(row);
            if (std::none_of(shared.begin(), shared.end(), own)) continue;
            if (batch.selections.size() == 1 && batch.size() > 1) {
                batch.selections.assign(batch.size(), std::vector<std::size_t>(shared));
            }
            std::erase_if(batch.selections.size() == 1 ? batch.selections.front() : batch.selections[row], own);
        }
    }

    /// The plug-in's word on every demonstration that will be shown: out of fold where it learned from them.
    void predict_shown(const Batch& batch) {
        if (is_absent(plugin_)) return;
        std::vector<std::size_t> wanted;
        for (const auto& selection : batch.selections) {
            for (const std::size_t position : selection) {
                if (!shown_predictions_.contains(position)) wanted.push_back(position);
            }
        }
        std::sort(wanted.begin(), wanted.end());
        wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
        const std::span<const Prediction> honest = out_of_fold(plugin_);
        std::vector<Example> examples;
        for (const std::size_t position : wanted) {
            if (honest.size() == train_.size()) {
                shown_predictions_.emplace(position, honest[position]);
            } else {
                examples.push_back(train_[position]);
            }
        }
        if (examples.empty()) return;
        const std::vector<Prediction> predictions = plugin_.predict(std::span<const Example>(examples));
        for (std::size_t i = 0; i < wanted.size(); ++i) shown_predictions_.emplace(wanted[i], predictions[i]);
    }

    [[nodiscard]] std::optional<Prediction> shown_prediction(const Batch& batch, std::size_t row) const {
        if (options_.ablation.test_prediction || !options_.plugin_line) return std::nullopt;
        return batch.predictions[row];
    }

    /// Of the first token of a generated label, for a decision that weighs probabilities.
    [[nodiscard]] std::size_t wanted_logprobs() const {
        if constexpr (decision::FitsDecision<Decision>) {
            return decision_.top_logprobs();
        } else {
            return 0;
        }
    }

    [[nodiscard]] transport::LlmRequest blank_request() const {
        transport::LlmRequest request;
        request.temperature = options_.temperature;
        request.top_p = options_.top_p;
        request.seed = options_.seed;
        return request;
    }

    /// The prefix that shows a row's demonstrations but the first `dropped`, and its notes but the last `lines` lines.
    [[nodiscard]] std::shared_ptr<const prompt::PromptPart> prefix(const Batch& batch, std::size_t row,
                                                                   std::size_t dropped, std::size_t lines) const {
        const auto& selection = batch.selection(row);
        SharedPrefixes::Key key{
            {selection.begin() + static_cast<std::ptrdiff_t>(dropped), selection.end()}, batch.grimoire(row), lines};
        return prefixes_->find_or_build(key, [&] {
            std::vector<Demonstration> demonstrations;
            demonstrations.reserve(key.positions.size());
            for (const std::size_t position : key.positions) {
                const auto known = shown_predictions_.find(position);
                const bool shown = known != shown_predictions_.end() && options_.plugin_line;
                demonstrations.push_back({train_[position], shown ? std::optional(known->second) : std::nullopt});
            }
            if (lines == 0) return format_.prefix(task_, {demonstrations, key.notes});
            const Grimoire shorter{key.notes->name, grimoire::shortened_notes(key.notes->text, lines)};
            return format_.prefix(task_, {demonstrations, shorter.text.empty() ? nullptr : &shorter});
        });
    }

    /// Builds a request with as much as the transport's context takes: demonstrations go whole, from the front, where
    /// selectors put the least relevant; where none are left the notes lose whole lines, from the end. A request that
    /// is too long without any is left for the transport to refuse, which knows best. O(log demonstrations + log lines)
    /// token counts.
    template <class Build>
    [[nodiscard]] Question fitted(const Batch& batch, std::size_t row, const Build& build) const {
        const auto with = [&](std::size_t dropped, std::size_t lines) {
            Question question;
            question.shared = prefix(batch, row, dropped, lines);
            question.request = build(question.shared);
            question.dropped = dropped;
            question.lines_dropped = lines;
            return question;
        };
        Question whole = with(0, 0);
        if constexpr (transport::KnowsContext<Transport>) {
            const std::optional<std::size_t> context = transport_.context();
            const auto fits = [&](const Question& question) {
                return transport_.count_tokens(question.request) <= *context;
            };
            if (!context || fits(whole)) return whole;
            const std::size_t shown = batch.selection(row).size();
            if (shown > 0) {
                whole = least(shown, fits, [&](std::size_t dropped) { return with(dropped, 0); });
                if (fits(whole)) return whole;
            }
            const auto* const notes = batch.grimoire(row);
            const std::size_t lines = notes == nullptr ? 0 : grimoire::lines_of_notes(notes->text);
            if (lines > 0) return least(lines, fits, [&](std::size_t dropped) { return with(shown, dropped); });
        }
        return whole;
    }

    /// What `make` makes of the least number up to `most` (at least 1) that fits, where more always fits better; of
    /// `most` where none does. 0 does not fit.
    template <class Fits, class Make>
    [[nodiscard]] static Question least(std::size_t most, const Fits& fits, const Make& make) {
        std::size_t too_few = 0, enough = most;
        while (enough - too_few > 1) {
            const std::size_t middle = too_few + (enough - too_few) / 2;
            (fits(make(middle)) ? enough : too_few) = middle;
        }
        return make(enough);
    }

    /// One request of a row, counted. Nothing where it failed.
    template <class Ask>
    std::optional<transport::LlmReply> reply_to(Step step, const transport::LlmRequest& request, RowOutcome& outcome,
                                                Ask& ask) const {
        Result<transport::LlmReply> reply = ask(step, request);
        if (!reply) {
            outcome.failure = reply.failure();
            if (outcome.failure->code != ErrorCode::cancelled) ++outcome.failed_calls;
            return std::nullopt;
        }
        ++(reply->cached ? outcome.cached_calls : outcome.calls);
        if (!reply->cached) outcome.usage += reply->usage;
        return std::move(reply).value();
    }

    template <class Ask>
    void ask_label(const Batch& batch, std::size_t row, RowOutcome& outcome, const Question& question, Ask& ask) const {
        outcome.demonstrations_dropped = question.dropped;
        outcome.notes_lines_dropped = question.lines_dropped;
        auto reply = reply_to(Step::label, question.request, outcome, ask);
        if (!reply) return;
        outcome.verdict = verdict(question.request, *reply, outcome);
        if (outcome.failure) return;
        outcome.answer = decision_.decide(task_, outcome.prediction, outcome.verdict);
        if (options_.explain && outcome.answer->overridden) ask_explanation(batch, row, outcome, ask);
    }

    [[nodiscard]] LlmVerdict verdict(const transport::LlmRequest& request, const transport::LlmReply& reply,
                                     RowOutcome& outcome) const {
        LlmVerdict verdict;
        if (request.candidates.empty() && request.top_logprobs > 0) {
            const auto scores = prompt::first_token_scores(reply.first_token, task_.labels);
            if (!scores) {
                outcome.failure =
                    Failure{ErrorCode::malformed_reply,
                            "the endpoint gives no log-probabilities (logprobs) of its first token, which "
                            "this decision weighs; choose another --decision, or an endpoint that has them",
                            FailureScope::run};
                return verdict;
            }
            verdict.label_logprobs = *scores;
            verdict.label =
                static_cast<std::size_t>(std::max_element(scores->begin(), scores->end()) - scores->begin());
            return verdict;
        }
        if (request.candidates.empty()) {
            verdict.text = reply.text;
            if (!task_.is_generation())
                verdict.label = prompt::parse_label(format_, task_, std::string_view(reply.text));
            return verdict;
        }
        verdict.label_logprobs = reply.candidate_logprobs;
        const bool usable = verdict.label_logprobs.size() == task_.labels.size() &&
                            std::none_of(verdict.label_logprobs.begin(), verdict.label_logprobs.end(),
                                         [](double logprob) { return std::isnan(logprob); });
        if (!usable) {
            outcome.failure =
                Failure{ErrorCode::malformed_reply, "the LLM did not score every label", FailureScope::row};
            return verdict;
        }
        verdict.label =
            static_cast<std::size_t>(std::max_element(verdict.label_logprobs.begin(), verdict.label_logprobs.end()) -
                                     verdict.label_logprobs.begin());
        return verdict;
    }

    template <class Ask>
    void ask_explanation(const Batch& batch, std::size_t row, RowOutcome& outcome, Ask& ask) const {
        const std::string label =
            outcome.verdict->label ? task_.labels[*outcome.verdict->label] : outcome.verdict->text;
        const Question question = fitted(batch, row, [&](std::shared_ptr<const prompt::PromptPart> shared) {
            transport::LlmRequest request = blank_request();
            request.prompt =
                format_.explanation(task_, std::move(shared), batch.examples[row], shown_prediction(batch, row), label);
            request.max_tokens = options_.explanation_tokens;
            request.top_p = options_.explanation_top_p;
            return request;
        });
        outcome.demonstrations_dropped = std::max<std::uint64_t>(outcome.demonstrations_dropped, question.dropped);
        outcome.notes_lines_dropped = std::max<std::uint64_t>(outcome.notes_lines_dropped, question.lines_dropped);
        if (auto reply = reply_to(Step::explanation, question.request, outcome, ask)) {
            outcome.answer->explanation = std::move(reply->text);
        }
    }

    Plugin plugin_;
    Selector selector_;
    Ranker ranker_;
    Format format_;
    Transport transport_;
    Decision decision_;
    PipelineOptions options_;
    Task task_;
    std::vector<Example> train_;
    std::map<std::size_t, Prediction> shown_predictions_; ///< by position in train_
    std::unique_ptr<SharedPrefixes> prefixes_;
    bool prepared_ = false;
};

} // namespace familiar::pipeline
