#include "../command.hpp"
#include "../exit_status.hpp"
#include "../grimoire_options.hpp"
#include "../progress_display.hpp"

#include <familiar/data/output_sink.hpp>
#include <familiar/pipeline/write_grimoire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>

namespace program {

namespace {

class GrimoireCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "grimoire"; }
    [[nodiscard]] std::string about() const override { return "Write, list, show and rank the notes of a task"; }

    void declare(CLI::App& app) override {
        app.require_subcommand(1);
        write_ = app.add_subcommand("write", "Have a strong LLM write notes for a task, and store them");
        declare_write(*write_);
        list_ = app.add_subcommand("list", "Name the grimoires of a store");
        where_.declare(*list_);
        show_ = app.add_subcommand("show", "Print a grimoire's text alone");
        where_.declare(*show_);
        show_->add_option("NAME", wanted_, "Name of the grimoire")->required();
    }

    int run(const CommonOptions& common) override {
        if (write_->parsed()) return plan_ ? plan(common) : write(common);
        if (list_->parsed()) return list(common);
        return show(common);
    }

  private:
    void declare_write(CLI::App& app) {
        where_.declare(app);
        app.add_option("--strategy", how_.strategy,
                       "SPEC: profound, simple, zero-shot, mistakes, validated, playbook or retrieved")
            ->capture_default_str();
        app.add_option("--strong", how_.strong, "SPEC of the LLM that writes: embedded:F.gguf, http:BASE_URL (needed)")
            ->required();
        app.add_option(
            "--weak", how_.weak,
            "SPEC of the LLM that will read the notes; mistakes, validated and playbook ask it (default: none)");
        app.add_option("--select", how_.select, "SPEC of the samples, as in run")->capture_default_str();
        app.add_option("--samples", how_.samples, "Samples of each label")
            ->capture_default_str()
            ->check(CLI::Range(1, 1 << 16));
        app.add_option("--name", how_.name, "Name of the grimoire (default: strategy, selector and samples)")
            ->each([this](const std::string& name) {
                named_ = true;
                (void)name;
            });
        app.add_option("--seed", how_.seed, "Seed of selection and sampling")->capture_default_str();
        app.add_option("--format", how_.format, "Words of the requests: ours, original (Grimoire's, to the byte)")
            ->capture_default_str();
        app.add_option("--max-tokens", how_.max_tokens, "Length of a reply of the strong LLM at most")
            ->capture_default_str()
            ->check(CLI::Range(1, 1 << 20));
        app.add_flag("--plan", plan_, "Print calls and prompt tokens at most; ask nothing (default: off)");
    }

    void take_folders() {
        how_.task = where_.task;
        how_.store = where_.store;
        if (named_) familiar::grimoire::require_grimoire_name(how_.name, "--name"); // an empty one, too
    }

    int plan(const CommonOptions& common) {
        take_folders();
        const auto pool = common.make_pool();
        const auto plan = familiar::pipeline::plan_grimoire(how_, *pool, common.make_kernels(), &cancellation());
        familiar::data::OutputSink sink;
        if (common.json) {
            nlohmann::ordered_json json;
            json["calls"] = {{"strong", plan.strong_calls}, {"weak", plan.weak_calls}};
            json["prompt_tokens"] = plan.prompt_tokens;
            json["completion_tokens_at_most"] = plan.completion_tokens;
            sink.write_line(json.dump(2));
        } else {
            sink.write_line("calls of the strong LLM at most: " + std::to_string(plan.strong_calls));
            sink.write_line("calls of the weak LLM at most: " + std::to_string(plan.weak_calls));
            sink.write_line("prompt tokens at most: " + std::to_string(plan.prompt_tokens));
            sink.write_line("completion tokens at most: " + std::to_string(plan.completion_tokens));
        }
        sink.finish();
        return kDone;
    }

    int write(const CommonOptions& common) {
        take_folders();
        const auto pool = common.make_pool();
        ProgressDisplay progress(common.quiet);
        const auto outcome =
            familiar::pipeline::write_grimoire(how_, *pool, common.make_kernels(), progress.sink(), &cancellation());
        progress.finish();
        for (const auto& remark : outcome.remarks) {
            if (!common.quiet) std::cerr << "familiar: " << remark << '\n';
        }
        familiar::data::OutputSink sink;
        if (common.json) {
            nlohmann::ordered_json json;
            json["name"] = outcome.name;
            json["file"] = outcome.file.string();
            json["written"] = !outcome.known;
            sink.write_line(json.dump(2));
        } else {
            sink.write_line((outcome.known ? "there already: " : "written: ") + outcome.file.string());
        }
        sink.finish();
        return kDone;
    }

    int list(const CommonOptions& common) {
        const auto grimoires = where_.open(common.quiet);
        familiar::data::OutputSink sink;
        if (common.json) {
            auto rows = nlohmann::ordered_json::array();
            for (const auto& stored : grimoires.entries()) {
                nlohmann::ordered_json row;
                row["name"] = stored.grimoire.name;
                row["strategy"] = stored.provenance.strategy;
                row["length"] = stored.grimoire.text.size();
                row["samples"] = stored.provenance.samples.size();
                row["parent"] = stored.provenance.parent;
                row["strong"] = stored.provenance.strong;
                row["weak"] = stored.provenance.weak;
                row["file"] = stored.file.string();
                rows.push_back(std::move(row));
            }
            sink.write_line(rows.dump(2));
        } else {
            std::size_t widest = 4;
            for (const auto& stored : grimoires.entries()) widest = std::max(widest, stored.grimoire.name.size());
            const auto line = [&](const std::string& first, const std::string& strategy, const std::string& length) {
                sink.write_line(first + std::string(widest - first.size() + 2, ' ') + strategy +
                                std::string(11 - std::min<std::size_t>(strategy.size(), 10), ' ') + length);
            };
            if (!grimoires.entries().empty()) line("name", "strategy", "bytes");
            for (const auto& stored : grimoires.entries()) {
                line(stored.grimoire.name, stored.provenance.strategy, std::to_string(stored.grimoire.text.size()));
            }
        }
        sink.finish();
        return kDone;
    }

    int show(const CommonOptions& common) {
        const auto grimoires = where_.open(common.quiet);
        familiar::data::OutputSink sink;
        sink.write_line(grimoires.require(wanted_).grimoire.text);
        sink.finish();
        return kDone;
    }

    GrimoireOptions where_;
    familiar::pipeline::WriteOptions how_;
    CLI::App *write_ = nullptr, *list_ = nullptr, *show_ = nullptr;
    std::string wanted_;
    bool named_ = false, plan_ = false;
};

} // namespace

std::unique_ptr<Command> make_grimoire_command() {
    return std::make_unique<GrimoireCommand>();
}

} // namespace program
