#include "../command.hpp"
#include "../json_text.hpp"
#include "../language_rows.hpp"

#include <familiar/decoder/language_model.hpp>

#include <cstdio>
#include <string>
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
        app.add_option("--seed", generation_.sampling.seed, "Seed of the sampling")->capture_default_str();
        app.add_option("--stop", generation_.stop, "End the text before this (repeatable; default: none)")
            ->allow_extra_args(false);
        app.add_option("--choices", choices_,
                       "Only this, or another --choices, can come out (repeatable; default: none)")
            ->allow_extra_args(false);
        app.add_option("--top", generation_.top, "Give so many of the likeliest first tokens")
            ->capture_default_str()
            ->check(CLI::Range(0, 1 << 24));
        app.add_flag("--stream", stream_, "Print the text as it comes, without JSON (default: off)");
    }

    int run(const CommonOptions& common) override {
        input_.check();
        const auto pool = common.make_pool();
        decoder::LanguageModel model(input_.model, *pool, common.make_kernels());
        const LanguageRows rows(input_.files.input, input_.prompt, {}, false);
        generation_.cancellation = &cancellation();
        ProgressDisplay progress(common.quiet || stream_);
        return stream_ ? stream(model, rows) : complete(model, rows, common, progress);
    }

  private:
    using Model = decoder::LanguageModel<familiar::kernels::Dispatched>;

    familiar::Result<decoder::Generation> generate(Model& model, const LanguageRow& row) {
        const auto tokens = row.tokens(model, input_.parse_special);
        return choices_.empty() ? model.complete(tokens, generation_) : model.choose(tokens, choices_, generation_);
    }

    int complete(Model& model, const LanguageRows& rows, const CommonOptions& common, ProgressDisplay& progress) {
        RowOutput output(input_.files.output, common);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            RowText line(rows.values[i], {"prompt", "messages", "ids"});
            try {
                const auto result = generate(model, rows.rows[i]).value();
                describe(line, model, result);
                output.write(std::move(line).finish());
            } catch (const familiar::Error& error) {
                if (error.code() == familiar::ErrorCode::cancelled ||
                    error.code() == familiar::ErrorCode::numeric_failure)
                    throw;
                line.error(error.what());
                output.write_failed(std::move(line).finish(), error.what());
            }
            progress.show({"complete", i + 1, rows.size()});
        }
        return output.finish();
    }

    int stream(Model& model, const LanguageRows& rows) {
        familiar::data::OutputSink sink = familiar::data::OutputSink::to(input_.files.output);
        std::size_t failed = 0;
        for (const LanguageRow& row : rows.rows) {
            const auto tokens = row.tokens(model, input_.parse_special);
            const auto show = [&](std::string_view piece) {
                sink.write(piece);
                sink.flush();
            };
            const auto result = choices_.empty() ? model.complete(tokens, generation_, 0, show)
                                                 : model.choose(tokens, choices_, generation_);
            if (!result) {
                std::cerr << "familiar: " << result.failure().message << '\n';
                ++failed;
            } else if (!choices_.empty()) {
                show(result->text.value_or(""));
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
    bool stream_ = false;
};

} // namespace

std::unique_ptr<Command> make_complete_command() {
    return std::make_unique<CompleteCommand>();
}

} // namespace program
