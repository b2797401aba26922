#include "../command.hpp"
#include "../json_text.hpp"
#include "../language_rows.hpp"

#include <familiar/decoder/language_model.hpp>

#include <string>
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
    }

    int run(const CommonOptions& common) override {
        input_.check();
        const auto pool = common.make_pool();
        familiar::decoder::LanguageModel model(input_.model, *pool, common.make_kernels());
        const LanguageRows rows(input_.files.input, input_.prompt, choices_, true);
        ProgressDisplay progress(common.quiet);
        RowOutput output(input_.files.output, common);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            cancellation().throw_if_requested();
            RowText line(rows.values[i], {"prompt", "messages", "ids", "choices"});
            try {
                const auto tokens = rows.rows[i].tokens(model, input_.parse_special);
                const auto scores = model.score(tokens, rows.rows[i].choices).value();
                append_numbers(line.key("logprobs"), scores.logprobs);
                append_array(line.key("token_counts"), model.encode_all(rows.rows[i].choices),
                             [](std::string& out, const auto& ids) { append_number(out, ids.size()); });
                output.write(std::move(line).finish());
            } catch (const familiar::Error& error) {
                if (error.code() == familiar::ErrorCode::cancelled ||
                    error.code() == familiar::ErrorCode::numeric_failure)
                    throw;
                line.error(error.what());
                output.write_failed(std::move(line).finish(), error.what());
            }
            progress.show({"score", i + 1, rows.size()});
        }
        return output.finish();
    }

  private:
    LanguageOptions input_;
    std::vector<std::string> choices_;
};

} // namespace

std::unique_ptr<Command> make_score_command() {
    return std::make_unique<ScoreCommand>();
}

} // namespace program
