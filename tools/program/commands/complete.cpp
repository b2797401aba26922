#include "../command.hpp"
#include "../json_text.hpp"
#include "../language_rows.hpp"

#include <familiar/data/text_file.hpp>
#include <familiar/decoder/language_model.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace program {

namespace {

namespace decoder = familiar::decoder;

class CompleteCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "complete"; }
    [[nodiscard]] std::string about() const override { return "Continue prompts with a local LLM"; }

    void declare(CLI::App& app) override {
        input_.declare(app);
        app.add_option("--max-tokens", generation_.max_tokens, "Tokens to generate at most")
            ->capture_default_str()
            ->check(CLI::Range(0, 1 << 20));
        app.add_option("--temperature", generation_.sampling.temperature, "0 is greedy")
            ->capture_default_str()
            ->check(CLI::Range(0.0, 1e6));
        app.add_option("--top-k", generation_.sampling.top_k, "Only so many of the likeliest tokens; 0: no limit")
            ->capture_default_str()
            ->check(CLI::Range(0, 1 << 30));
        app.add_option("--top-p", generation_.sampling.top_p, "Only the likeliest tokens that reach this probability")
            ->capture_default_str()
            ->check(CLI::Range(0.0, 1.0));
        app.add_option("--min-p", generation_.sampling.min_p,
                       "Only tokens that reach this share of the likeliest one's probability")
            ->capture_default_str()
            ->check(CLI::Range(0.0, 1.0));
        app.add_option("--repetition-penalty", generation_.sampling.repetition_penalty,
                       "Tokens that were there before are so much less likely; 1: none")
            ->capture_default_str()
            ->check(CLI::Range(1e-3, 1e3));
        app.add_option("--seed", generation_.sampling.seed, "Seed of the sampling")->capture_default_str();
        app.add_option("--stop", generation_.stop, "End the text before this (repeatable; default: none)")
            ->allow_extra_args(false);
        app.add_option("--choices", choices_,
                       "Only this, or another --choices, can come out (repeatable; default: none)")
            ->allow_extra_args(false);
        app.add_option(
               "--grammar", grammar_,
               "File of a small grammar, of which only texts can come out (GBNF without recursion; default: none)")
            ->check(CLI::ExistingFile);
        app.add_option("--top", generation_.top, "Give so many of the likeliest first tokens")
            ->capture_default_str()
            ->check(CLI::Range(0, 1 << 24));
        app.add_flag("--stream", stream_, "Print the text as it comes, without JSON (default: off)");
    }

    int run(const CommonOptions& common) override {
        input_.check();
        const auto pool = common.make_pool();
        decoder::LanguageModel model(input_.model, *pool, common.make_kernels(),
                                     decoder::parse_activations(input_.activations),
                                     decoder::parse_key_value_type(input_.key_values));
        const LanguageRows rows(input_.files.input, input_.prompt, {}, false);
        generation_.cancellation = &cancellation();
        if (!grammar_.empty() && !choices_.empty()) {
            throw familiar::Error(familiar::ErrorCode::invalid_argument, "both --grammar and --choices are given");
        }
        std::optional<decoder::TokenGrammar> grammar;
        if (!grammar_.empty()) {
            generation_.grammar =
                &grammar.emplace(model.make_grammar(familiar::data::read_text_file(grammar_), grammar_));
        }
        KeptPrefixes kept(model, input_.prefix_cache);
        const EncodedRows encoded(model, rows, input_.parse_special, !input_.prefix_cache.empty());
        ProgressDisplay progress(common.quiet || stream_);
        const int status = stream_ ? stream(model, encoded) : complete(model, rows, encoded, common, progress);
        kept.save();
        return status;
    }

  private:
    using Model = decoder::LanguageModel<familiar::kernels::Dispatched>;

    using Outcome = familiar::Result<decoder::Generation>;

    /// Rows [first, end): those that can be done, done together.
    template <class Sink>
    std::vector<std::optional<Outcome>> generate(Model& model, const EncodedRows& rows, std::size_t first,
                                                 std::size_t end, Sink&& sink) {
        std::vector<std::optional<Outcome>> out(end - first);
        std::vector<decoder::GenerationRequest> requests;
        std::vector<std::size_t> numbers;
        for (std::size_t i = first; i < end; ++i) {
            if (rows.faults[i]) {
                out[i - first] = familiar::Failure{rows.faults[i]->code(), rows.faults[i]->what()};
            } else if (!choices_.empty()) {
                out[i - first] = model.choose(rows.tokens[i], choices_, generation_, rows.shared);
            } else {
                requests.push_back({rows.tokens[i], rows.shared, generation_});
                numbers.push_back(i - first);
            }
        }
        auto results = model.complete(std::span<const decoder::GenerationRequest>(requests), sink);
        for (std::size_t r = 0; r < results.size(); ++r) out[numbers[r]] = std::move(results[r]);
        return out;
    }

    int complete(Model& model, const LanguageRows& rows, const EncodedRows& encoded, const CommonOptions& common,
                 ProgressDisplay& progress) {
        constexpr std::size_t together = 32; // rows between two writes: two turns of the texts under way
        RowOutput output(input_.files.output, common);
        for (std::size_t first = 0; first < rows.size(); first += together) {
            const std::size_t end = std::min(rows.size(), first + together);
            const auto outcomes = generate(model, encoded, first, end, [](std::size_t, std::string_view) {});
            for (std::size_t i = first; i < end; ++i) {
                RowText line(rows.values[i], {"prompt", "messages", "ids"});
                const Outcome& outcome = *outcomes[i - first];
                if (outcome) {
                    describe(line, model, *outcome);
                    output.write(std::move(line).finish());
                } else {
                    line.error(outcome.failure().message);
                    output.write_failed(std::move(line).finish(), outcome.failure().message);
                }
            }
            progress.show({"complete", end, rows.size()});
        }
        return output.finish();
    }

    int stream(Model& model, const EncodedRows& rows) {
        familiar::data::OutputSink sink = familiar::data::OutputSink::to(input_.files.output);
        std::size_t failed = 0;
        for (std::size_t i = 0; i < rows.tokens.size(); ++i) {
            const auto show = [&](std::size_t, std::string_view piece) {
                sink.write(piece);
                sink.flush();
            };
            const auto outcomes = generate(model, rows, i, i + 1, show);
            const Outcome& outcome = *outcomes.front();
            if (!outcome) {
                std::cerr << "familiar: " << outcome.failure().message << '\n';
                ++failed;
            } else if (!choices_.empty()) {
                show(0, outcome->text.value_or(""));
            }
            sink.write("\n");
        }
        sink.finish();
        return failed == 0 ? kDone : kSomeRowsFailed;
    }

    void describe(RowText& line, const Model& model, const decoder::Generation& result) const {
        const auto append_text = [](std::string& out, const std::optional<std::string>& text) {
            text ? append_string(out, *text) : void(out += "null");
        };
        append_text(line.key("text"), result.text);
        append_numbers(line.key("tokens"), result.tokens);
        append_string(line.key("finish_reason"), to_string(result.finish_reason));
        if (generation_.top == 0) return;
        append_array(line.key("top_logprobs"), result.top, [&](std::string& out, const decoder::TokenLogprob& entry) {
            out += "{\"id\":";
            append_number(out, entry.token);
            out += ",\"token\":";
            append_text(out, model.token_text(entry.token));
            out += ",\"logprob\":";
            append_number(out, entry.logprob);
            out += '}';
        });
    }

    LanguageOptions input_;
    decoder::GenerationOptions generation_;
    std::vector<std::string> choices_;
    std::string grammar_;
    bool stream_ = false;
};

} // namespace

std::unique_ptr<Command> make_complete_command() {
    return std::make_unique<CompleteCommand>();
}

} // namespace program
