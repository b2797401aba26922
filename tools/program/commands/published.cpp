#include "../command.hpp"
#include "../exit_status.hpp"
#include "../progress_display.hpp"

#include <familiar/core/error.hpp>
#include <familiar/data/output_sink.hpp>
#include <familiar/pipeline/published_run.hpp>
#include <familiar/report/comparison.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace program {

namespace {

namespace pipeline = familiar::pipeline;
namespace report = familiar::report;

/// What both of SuperICL's scripts share.
class PublishedCommand : public Command {
  public:
    PublishedCommand(std::string script, std::string model_name, std::size_t examples) {
        options_.script = std::move(script);
        options_.model_name = std::move(model_name);
        options_.examples = examples;
    }

    [[nodiscard]] std::string name() const override { return options_.script; }

    void declare(CLI::App& app) override {
        app.add_option("--model_path", options_.model_path, "Directory of the plug-in, a text classifier")->required();
        app.add_option("--model_name", options_.model_name, "What prompts call the plug-in")->capture_default_str();
        app.add_option("--num_examples", options_.examples, "Demonstrations in a prompt")
            ->capture_default_str()
            ->check(CLI::Range(0, 1 << 20));
        app.add_option("--seed", options_.seed, "Seed of the demonstrations and of sampling")->capture_default_str();
        app.add_flag("--run_icl,!--no-run_icl", options_.icl, "In-context learning without the plug-in (default: on)");
        app.add_flag("--run_plugin_model,!--no-run_plugin_model", options_.plugin, "The plug-in alone (default: on)");
        app.add_flag("--run_supericl,!--no-run_supericl", options_.supericl, "SuperICL (default: on)");
        app.add_option("--llm", options_.llm,
                       "SPEC of the LLM: embedded:F.gguf, http:BASE_URL, recorded:F (default: embedded: the default "
                       "model)");
        app.add_option("--limit", options_.limit, "Rows to answer at most (default: all)")
            ->check(CLI::Range(1, 1 << 30));
        app.add_option("--out", out_, "Folder of the results, one folder a method; the same command continues them")
            ->capture_default_str();
    }

    int run(const CommonOptions& common) override {
        const auto tasks = published();
        const auto pool = common.make_pool();
        pipeline::PublishedRuns runs(options_, *pool, common.make_kernels(), &cancellation());
        ProgressDisplay progress(common.quiet);
        std::vector<report::ComparedRun> rows;
        int status = kDone;
        for (const auto& task : tasks) {
            for (const auto& method : runs.methods()) {
                const auto outcome = runs.run(task, method, out_, progress.sink());
                progress.finish();
                status = std::max(status, told(outcome, (task.out / method).string(), rows));
                if (outcome.exit_status() == kFailed || outcome.exit_status() == kInterrupted)
                    return outcome.exit_status();
            }
        }
        const auto comparison = report::compare_runs(std::move(rows), options_.seed);
        familiar::data::OutputSink sink;
        if (common.json) {
            sink.write_line(to_json(comparison).dump(2));
        } else {
            sink.write(report::comparison_table(comparison));
            sink.write_line("results: " + out_.string());
        }
        sink.finish();
        return status;
    }

  protected:
    [[nodiscard]] virtual std::vector<pipeline::PublishedTask> published() const = 0;

    /// FAMILIAR_DATA, else `data` in the working directory.
    [[nodiscard]] static std::filesystem::path data_folder() {
        const char* const named = std::getenv("FAMILIAR_DATA");
        return named != nullptr && *named != '\0' ? named : "data";
    }

    /// Throws Error (file_not_found) where the data set's folder is not there.
    static pipeline::PublishedTask checked(pipeline::PublishedTask task) {
        if (std::filesystem::is_directory(task.folder)) return task;
        throw familiar::Error(familiar::ErrorCode::file_not_found, "there is no such data set", task.folder.string(),
                              "Set FAMILIAR_DATA to the folder that holds it");
    }

    pipeline::PublishedOptions options_;
    std::filesystem::path out_;

  private:
    static int told(const pipeline::RunOutcome& outcome, const std::string& name,
                    std::vector<report::ComparedRun>& rows) {
        if (outcome.ended_by) {
            std::cerr << "familiar: " << name << ": " << outcome.ended_by->message << '\n'
                      << "familiar: ended early with " << outcome.done << " of " << outcome.rows
                      << " rows; the same command continues it\n";
        }
        if (!outcome.report) return outcome.exit_status();
        if (outcome.report->failed > 0) {
            std::cerr << "familiar: " << name << ": " << outcome.report->failed << " of " << outcome.rows
                      << " rows failed and count as wrong, for example row " << outcome.failures.front().row << ": "
                      << outcome.failures.front().message << '\n';
        }
        rows.push_back(report::read_run(outcome.folder, name));
        return outcome.exit_status();
    }
};

class GlueCommand final : public PublishedCommand {
  public:
    GlueCommand() : PublishedCommand("glue", "RoBERTa-Large", 32) { out_ = "runs/glue"; }

    [[nodiscard]] std::string about() const override {
        return "SuperICL's run_glue.py: its flags, prompts and requests as published";
    }

    void declare(CLI::App& app) override {
        PublishedCommand::declare(app);
        app.add_option("--dataset", dataset_, "mnli-m, mnli-mm, sst2, qnli, mrpc, qqp, cola or rte")
            ->required()
            ->check(CLI::IsMember({"mnli-m", "mnli-mm", "sst2", "qnli", "mrpc", "qqp", "cola", "rte"}));
        app.add_flag("--explanation", options_.explanation, "Ask why, where the plug-in is overridden (default: off)");
    }

  protected:
    [[nodiscard]] std::vector<pipeline::PublishedTask> published() const override {
        return {checked(pipeline::published_glue(dataset_, data_folder()))};
    }

  private:
    std::string dataset_;
};

class XnliCommand final : public PublishedCommand {
  public:
    XnliCommand() : PublishedCommand("xnli", "XLM-V", 16) { out_ = "runs/xnli"; }

    [[nodiscard]] std::string about() const override {
        return "SuperICL's run_xnli.py: its flags, prompts and requests as published";
    }

    void declare(CLI::App& app) override {
        PublishedCommand::declare(app);
        app.add_option("--lang", languages_, "Languages, between commas")->delimiter(',')->capture_default_str();
    }

  protected:
    [[nodiscard]] std::vector<pipeline::PublishedTask> published() const override {
        std::vector<pipeline::PublishedTask> tasks;
        for (const auto& language : languages_)
            tasks.push_back(checked(pipeline::published_xnli(language, data_folder())));
        return tasks;
    }

  private:
    std::vector<std::string> languages_ = {"en", "ar", "bg", "de", "el", "es", "fr", "hi",
                                           "ru", "sw", "th", "tr", "ur", "vi", "zh"};
};

} // namespace

std::unique_ptr<Command> make_glue_command() {
    return std::make_unique<GlueCommand>();
}

std::unique_ptr<Command> make_xnli_command() {
    return std::make_unique<XnliCommand>();
}

} // namespace program
