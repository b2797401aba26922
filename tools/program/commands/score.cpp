#include "../command.hpp"
#include "../json_text.hpp"
#include "../language_rows.hpp"

#include <familiar/decoder/language_model.hpp>
#include <familiar/decoder/score_adjustment.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace program {

namespace {

class ScoreCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "score"; }
    [[nodiscard]] std::string about() const override {
        return "Log-probabilities of given continuations under a local LLM";
    }

    void declare(CLI::App& app) override {
        input_.declare(app);
        app.add_option("--choices", choices_,
                       "A continuation of --prompt (repeatable); rows of a file have their own \"choices\"")
            ->allow_extra_args(false);
        app.add_option(
               "--prior", priors_,
               "A prompt without content: what the model likes after it anyway is taken off (repeatable; rows may "
               "have their own \"priors\"; default: none)")
            ->allow_extra_args(false);
        app.add_flag("--length-normalised", length_normalised_,
                     "Compare choices by their log-probability a token (default: off)");
    }

    int run(const CommonOptions& common) override {
        input_.check();
        const auto pool = common.make_pool();
        Model model(input_.model, *pool, common.make_kernels(),
                    familiar::decoder::parse_activations(input_.activations),
                    familiar::decoder::parse_key_value_type(input_.key_values));
        const LanguageRows rows(input_.files.input, input_.prompt, choices_, true);
        KeptPrefixes kept(model, input_.prefix_cache);
        const EncodedRows encoded(model, rows, input_.parse_special, !input_.prefix_cache.empty());
        ProgressDisplay progress(common.quiet);
        RowOutput output(input_.files.output, common);
        constexpr std::size_t together = 64; // rows between two writes: enough to fill passes
        for (std::size_t first = 0; first < rows.size(); first += together) {
            const std::size_t end = std::min(rows.size(), first + together);
            score(model, rows, encoded, first, end, output);
            progress.show({"score", end, rows.size()});
        }
        kept.save();
        return output.finish();
    }

  private:
    using Model = familiar::decoder::LanguageModel<familiar::kernels::Dispatched>;
    using Tokens = std::vector<std::int32_t>;

    /// What one row asks: its own scores, then those of its priors.
    struct Asked {
        std::vector<Tokens> candidates, priors;
        std::optional<std::string> fault;
        std::size_t first = 0; ///< of the requests
    };

    void score(Model& model, const LanguageRows& rows, const EncodedRows& encoded, std::size_t first, std::size_t end,
               RowOutput& output) const {
        std::vector<Asked> asked(end - first);
        std::vector<familiar::decoder::ScoreRequest> requests;
        for (std::size_t i = first; i < end; ++i) {
            Asked& one = asked[i - first];
            try {
                if (encoded.faults[i]) throw familiar::Error(*encoded.faults[i]);
                one.candidates = model.encode_all(rows.rows[i].choices);
                for (const auto* list : {&priors_, &rows.rows[i].priors}) {
                    for (const auto& prior : *list) {
                        one.priors.push_back(model.encode_prompt(prior, input_.parse_special));
                    }
                }
            } catch (const familiar::Error& error) {
                one.fault = error.what();
                continue;
            }
            one.first = requests.size();
            requests.push_back({encoded.tokens[i], one.candidates, encoded.shared, 0});
            for (const auto& prior : one.priors) requests.push_back({prior, one.candidates, 0, 0});
        }
        const auto results = model.score(requests, &cancellation());
        for (std::size_t i = first; i < end; ++i) {
            RowText line(rows.values[i], {"prompt", "messages", "ids", "choices", "priors"});
            Asked& one = asked[i - first];
            for (std::size_t r = 0; !one.fault && r <= one.priors.size(); ++r) {
                if (!results[one.first + r]) one.fault = results[one.first + r].failure().message;
            }
            if (one.fault) {
                line.error(*one.fault);
                output.write_failed(std::move(line).finish(), *one.fault);
            } else {
                describe(line, one, std::span(results).subspan(one.first));
                output.write(std::move(line).finish());
            }
        }
    }

    void describe(RowText& line, const Asked& one,
                  std::span<const familiar::Result<familiar::decoder::Scores>> results) const {
        std::vector<std::size_t> counts;
        for (const auto& candidate : one.candidates) counts.push_back(candidate.size());
        append_numbers(line.key("logprobs"), results.front()->logprobs);
        append_array(line.key("token_counts"), counts,
                     [](std::string& out, std::size_t count) { append_number(out, count); });
        if (one.priors.empty() && !length_normalised_) return;
        const auto scores = [&](std::size_t r) {
            const auto& logprobs = results[r]->logprobs;
            return length_normalised_ ? familiar::decoder::length_normalised(logprobs, counts) : logprobs;
        };
        std::vector<std::vector<double>> priors;
        for (std::size_t r = 1; r <= one.priors.size(); ++r) priors.push_back(scores(r));
        append_numbers(line.key("probabilities"),
                       familiar::decoder::among_candidates(familiar::decoder::calibrated(scores(0), priors)));
    }

    LanguageOptions input_;
    std::vector<std::string> choices_, priors_;
    bool length_normalised_ = false;
};

} // namespace

std::unique_ptr<Command> make_score_command() {
    return std::make_unique<ScoreCommand>();
}

} // namespace program
