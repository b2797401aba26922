#include "../command.hpp"
#include "../exit_status.hpp"
#include "../progress_display.hpp"

#include <familiar/core/suggest.hpp>
#include <familiar/data/output_sink.hpp>
#include <familiar/pipeline/run_plan.hpp>
#include <familiar/pipeline/run_task.hpp>
#include <familiar/report/comparison_table.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace program {

namespace {

namespace pipeline = familiar::pipeline;

class RunCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "run"; }
    [[nodiscard]] std::string about() const override {
        return "Answer a task's rows with a plug-in, demonstrations and an LLM";
    }

    void declare(CLI::App& app) override {
        app.add_option("TASK_DIR", options_.task,
                       "Folder with task.json (or card.json) and train.jsonl, dev.jsonl, test.jsonl")
            ->required();
        app.add_option(
               "--method", options_.method,
               "zero-shot, icl, plugin, supericl, grimoire (notes alone) or joined (notes, demonstrations and plug-in)")
            ->capture_default_str();
        app.add_option("--plugin", options_.plugin,
                       "SPEC of the plug-in: linear:DIR, encoder:DIR, precomputed:F.jsonl, none (default: linear: the "
                       "default encoder)");
        app.add_option(
            "--llm", options_.llm,
            "SPEC of the LLM: embedded:F.gguf, http:BASE_URL, recorded:F, none (default: embedded: the default model)");
        app.add_option("--select", options_.select,
                       "SPEC of the demonstrations: random, balanced, nearest, hnsw, fixed, bm25, mmr, dpp, vote-k, "
                       "kcs, hcs, hss:R, uncertain, ordered, distributed (see familiar policies)")
            ->capture_default_str();
        app.add_option("--demos", options_.demonstrations,
                       "Demonstrations in a prompt (default: 8; 0 for --method grimoire)")
            ->check(CLI::Range(0, 1 << 20));
        app.add_option(
               "--decision", options_.decision,
               "SPEC: always (ask about every row), unsure:T (only where the plug-in's confidence is below T), fuse "
               "(weigh both; fitted on dev, else on train)")
            ->capture_default_str();
        app.add_option(
               "--grimoire", options_.grimoire,
               "Notes to show: NAME of the store, file:PATH, best (on dev), ranked:similarity, oracle (an upper "
               "bound)")
            ->capture_default_str();
        app.add_option("--store", options_.store, "Folder of the grimoires (default: TASK_DIR/grimoires)");
        app.add_option("--split", options_.split, "Split to answer: train, dev or test")->capture_default_str();
        app.add_option("--limit", options_.limit, "Rows to answer at most (default: all)")
            ->check(CLI::Range(1, 1 << 30));
        app.add_option("--seed", options_.seed, "Seed of selection and sampling")->capture_default_str();
        app.add_option(
               "--format", options_.format,
               "Layout of the prompts: ours, original (SuperICL's, with --method grimoire Grimoire's, to the byte)")
            ->capture_default_str();
        app.add_flag("--explain", options_.explain, "Ask why, where the LLM overrides the plug-in (default: off)");
        app.add_option("--ablate", options_.ablate,
                       "Leave out: test-prediction, confidence, demonstrations, grimoire (default: none)")
            ->delimiter(',');
        app.add_option("--out", options_.out,
                       "Folder of the results; the same run is continued there (default: a new one under runs/)");
        app.add_flag("--plan", plan_, "Print calls, prompt tokens and cost; ask nothing (default: off)");
    }

    int run(const CommonOptions& common) override {
        const auto pool = common.make_pool();
        ProgressDisplay progress(common.quiet);
        if (plan_) {
            const auto plan =
                pipeline::plan_task(options_, *pool, common.make_kernels(), progress.sink(), &cancellation());
            print_plan(pipeline::to_json(plan), common.json);
            return kDone;
        }
        const auto outcome =
            pipeline::run_task(options_, *pool, common.make_kernels(), progress.sink(), &cancellation());
        progress.finish();
        tell(outcome, common);
        return outcome.exit_status();
    }

  private:
    static void print_plan(const nlohmann::ordered_json& plan, bool json) {
        familiar::data::OutputSink sink;
        if (json) {
            sink.write_line(plan.dump(2));
        } else {
            for (const auto& [key, value] : plan.items()) {
                std::string title = key;
                for (char& c : title) c = c == '_' ? ' ' : c;
                sink.write_line(title + ": " +
                                (value.is_null()     ? "not known"
                                 : value.is_string() ? value.get<std::string>()
                                                     : value.dump()));
            }
        }
        sink.finish();
    }

    static void tell(const pipeline::RunOutcome& outcome, const CommonOptions& common) {
        for (const auto& remark : outcome.remarks) {
            if (!common.quiet) std::cerr << "familiar: " << remark << '\n';
        }
        if (outcome.ended_by) {
            std::cerr << "familiar: " << outcome.ended_by->message << '\n'
                      << "familiar: the run ended early with " << outcome.done << " of " << outcome.rows
                      << " rows; the same command continues it\n";
        } else if (outcome.interrupted && !common.quiet) {
            std::cerr << "familiar: interrupted with " << outcome.done << " of " << outcome.rows
                      << " rows done; the same command with --out " << outcome.folder.string() << " continues it\n";
        }
        if (!outcome.report) return;
        if (outcome.report->failed > 0) tell_failures(outcome);
        familiar::data::OutputSink sink;
        if (common.json) {
            sink.write(familiar::report::to_text(*outcome.report));
        } else {
            const std::pair<std::string, familiar::report::Report> row(
                outcome.report->run.parameters.value("method", ""), *outcome.report);
            sink.write(familiar::report::comparison_table(std::span(&row, 1)));
            sink.write_line("results: " + outcome.folder.string());
        }
        sink.finish();
    }

    static void tell_failures(const pipeline::RunOutcome& outcome) {
        std::cerr << "familiar: " << outcome.report->failed << " of " << outcome.rows
                  << " rows failed and count as wrong; the same command tries them again\n";
        std::size_t told = 0;
        for (const auto& failure : outcome.failures) {
            if (++told > 5) break;
            std::cerr << "familiar: row " << failure.row << ": " << failure.message << '\n';
        }
    }

    pipeline::RunOptions options_;
    bool plan_ = false;
};

} // namespace

std::unique_ptr<Command> make_run_command() {
    return std::make_unique<RunCommand>();
}

} // namespace program
