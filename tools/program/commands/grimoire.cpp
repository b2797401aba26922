#include "../command.hpp"
#include "../exit_status.hpp"
#include "../grimoire_options.hpp"
#include "../progress_display.hpp"

#include <familiar/data/atomic_file.hpp>
#include <familiar/data/example_rows.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/output_sink.hpp>
#include <familiar/grimoire/archived_outcomes.hpp>
#include <familiar/grimoire/learn_ranker.hpp>
#include <familiar/pipeline/rank_grimoires.hpp>
#include <familiar/pipeline/run_outcomes.hpp>
#include <familiar/pipeline/write_grimoire.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

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
        rank_ = app.add_subcommand("rank", "Sort a store's grimoires by how well they fit a query");
        where_.declare(*rank_);
        rank_->add_option("--by", by_, "similarity (of embeddings) or classifier (that `learn` trained)")
            ->capture_default_str();
        auto* const query = rank_->add_option("--query", query_, "The query's text");
        rank_->add_option("--input", input_, "JSONL of queries: one list a row")->excludes(query);
        rank_->add_option("--model", model_,
                          "The encoder's directory, or the classifier's file (default: the default ones)");
        rank_->add_option("--llm", llm_, "Model's name of the LLM that will answer, for the classifier (default: any)");
        learn_ = app.add_subcommand("learn", "Train the classifier of `rank` on which rows came out right");
        where_.declare(*learn_);
        learn_->add_option("--run", runs_,
                           "Folder of a run over dev or train with --grimoire NAME or --method zero-shot");
        learn_->add_option("--archive", archive_, "Folder of the published archive, for its outcomes (keep_hard)");
        learn_->add_option("--seed", seed_, "Seed of the training")->capture_default_str();
    }

    int run(const CommonOptions& common) override {
        if (write_->parsed()) return plan_ ? plan(common) : write(common);
        if (list_->parsed()) return list(common);
        if (rank_->parsed()) return rank(common);
        if (learn_->parsed()) return learn(common);
        return show(common);
    }

  private:
    void declare_write(CLI::App& app) {
        where_.declare(app);
        app.add_option("--strategy", how_.strategy,
                       "SPEC: profound, simple, zero-shot, mistakes, validated, playbook, retrieved or generated")
            ->capture_default_str();
        app.add_option("--strong", how_.strong, "SPEC of the LLM that writes: embedded:F.gguf, http:BASE_URL (needed)")
            ->required();
        app.add_option("--weak", how_.weak,
                       "SPEC of the LLM that will read the notes; mistakes, validated, playbook and a --select with "
                       "judge llm ask it (default: none)");
        app.add_option("--select", how_.select, "SPEC of the samples, as in run")->capture_default_str();
        app.add_option("--plugin", how_.plugin,
                       "SPEC of the plug-in that judges samples which the strong LLM writes (generated), or none")
            ->capture_default_str();
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

    int rank(const CommonOptions& common) {
        namespace pipeline = familiar::pipeline;
        if (rank_->count("--query") + rank_->count("--input") != 1)
            throw familiar::Error(familiar::ErrorCode::invalid_argument, "one query or a file of them is needed",
                                  "--query, --input");
        std::vector<familiar::Example> queries;
        if (rank_->count("--query") > 0) {
            queries.push_back({"0", query_, {}, {}});
        } else {
            queries = familiar::data::plain_examples(familiar::data::read_jsonl(input_), input_);
        }
        const auto grimoires = where_.open(common.quiet);
        const auto task = familiar::data::load_task(where_.task);
        const auto pool = common.make_pool();
        pipeline::Resources resources(*pool, common.make_kernels(), &cancellation());
        const auto& entries = grimoires.entries();
        const auto scores = entries.empty() ? std::vector<std::vector<double>>(queries.size())
                                            : pipeline::grimoire_scores(entries, where_.folder(), by_, model_, llm_,
                                                                        queries, task, resources);
        auto lists = nlohmann::ordered_json::array();
        for (const auto& row : scores) {
            std::vector<std::size_t> order(row.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
            auto list = nlohmann::ordered_json::array();
            for (const std::size_t i : order) list.push_back({{"name", entries[i].grimoire.name}, {"score", row[i]}});
            lists.push_back(std::move(list));
        }
        familiar::data::OutputSink sink;
        const bool one = rank_->count("--query") > 0;
        if (common.json) {
            sink.write_line((one ? lists.at(0) : lists).dump(2));
        } else {
            for (std::size_t q = 0; q < lists.size(); ++q) {
                if (!one) sink.write_line("row " + std::to_string(q));
                for (const auto& entry : lists[q])
                    sink.write_line(entry["score"].dump() + "  " + entry["name"].get<std::string>());
            }
        }
        sink.finish();
        return kDone;
    }

    int learn(const CommonOptions& common) {
        namespace pipeline = familiar::pipeline;
        if (runs_.empty() && archive_.empty())
            throw familiar::Error(familiar::ErrorCode::invalid_argument, "there is nothing to learn from",
                                  "--run, --archive", "Name runs over dev or train, or the published archive");
        const auto grimoires = where_.open(common.quiet);
        std::vector<familiar::grimoire::Outcome> outcomes;
        if (!archive_.empty()) outcomes = familiar::grimoire::archived_outcomes(archive_);
        for (const auto& run : runs_) {
            for (auto& outcome : pipeline::outcomes_of_run(run, where_.task, grimoires))
                outcomes.push_back(std::move(outcome));
        }
        std::vector<familiar::Grimoire> texts;
        for (const auto& stored : grimoires.entries()) texts.push_back(stored.grimoire);
        const auto pool = common.make_pool();
        pipeline::Resources resources(*pool, common.make_kernels(), &cancellation());
        familiar::grimoire::DualTower::Training how;
        how.seed = seed_;
        const auto encoder = resources.encoder(resources.default_model(pipeline::Resources::kDefaultEncoder));
        const auto [classifier, figures] =
            familiar::grimoire::learn_ranker(std::span<const familiar::grimoire::Outcome>(outcomes),
                                             std::span<const familiar::Grimoire>(texts), how, encoder);
        const auto file = pipeline::classifier_file(where_.folder());
        std::error_code ignored;
        std::filesystem::create_directories(where_.folder(), ignored);
        familiar::data::write_file(file, classifier.to_json().dump());
        nlohmann::ordered_json json;
        json["file"] = file.string();
        json["outcomes"] = outcomes.size();
        json["held_out"] = {{"rows", figures.rows}, {"questions", figures.questions}};
        json["right"] = figures.right;
        json["accuracy"] = {{"classifier", figures.accuracy},
                            {"majority", figures.majority},
                            {"majority_of_each_llm", figures.majority_of_llm}};
        json["auroc"] = {{"classifier", figures.auroc},
                         {"share_of_each_llm", figures.llm_auroc},
                         {"similarity", figures.similarity_auroc}};
        familiar::data::OutputSink sink;
        sink.write_line(json.dump(2));
        sink.finish();
        return kDone;
    }

    GrimoireOptions where_;
    familiar::pipeline::WriteOptions how_;
    CLI::App *write_ = nullptr, *list_ = nullptr, *show_ = nullptr, *rank_ = nullptr, *learn_ = nullptr;
    std::string wanted_, by_ = "similarity", query_, input_, model_, llm_;
    std::vector<std::string> runs_;
    std::string archive_;
    std::uint64_t seed_ = 0;
    bool named_ = false, plan_ = false;
};

} // namespace

std::unique_ptr<Command> make_grimoire_command() {
    return std::make_unique<GrimoireCommand>();
}

} // namespace program
