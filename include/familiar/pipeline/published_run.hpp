#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/spec.hpp>
#include <familiar/core/task.hpp>
#include <familiar/data/glue.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/xnli.hpp>
#include <familiar/decision/always_ask.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/demonstration/random_selector.hpp>
#include <familiar/pipeline/assembly.hpp>
#include <familiar/pipeline/behind_cache.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/pipeline/run_task.hpp>
#include <familiar/plugin/joined_texts.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/plugin/remembering.hpp>
#include <familiar/prompt/original_format.hpp>
#include <familiar/transport/no_transport.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// SuperICL's two scripts (run_glue.py, run_xnli.py): the same methods, prompts and requests as published, with results
/// that are kept as those of any other run.
namespace familiar::pipeline {

/// A data set of the scripts: what is asked, and the folder of its splits.
struct PublishedTask {
    Task task;
    std::filesystem::path folder; ///< train.jsonl or dev.jsonl (demonstrations), test.jsonl
    std::filesystem::path out;    ///< below the folder of the results: empty, or the language
};

/// A data set of GLUE by the script's name for it. `data` holds a folder for each (`mnli-m` is `mnli`, `mnli-mm` is
/// `mnli_mm`). Throws Error (unknown_name).
[[nodiscard]] inline PublishedTask published_glue(std::string_view dataset, const std::filesystem::path& data) {
    PublishedTask published{data::glue_task(dataset), {}, {}};
    const std::string folder = dataset == "mnli-m" ? "mnli" : dataset == "mnli-mm" ? "mnli_mm" : std::string(dataset);
    published.folder = data / folder;
    return published;
}

/// XNLI in one language; its folder is `xnli_LANG`. Throws Error (unknown_name) for what is no name of a language.
[[nodiscard]] inline PublishedTask published_xnli(const std::string& language, const std::filesystem::path& data) {
    if (language.empty() || language.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) {
        throw Error(ErrorCode::unknown_name, "\"" + language + "\" is no language of XNLI", "--lang",
                    "They are en, ar, bg, de, el, es, fr, hi, ru, sw, th, tr, ur, vi, zh");
    }
    return {data::xnli_task(language), data / ("xnli_" + language), language};
}

/// What the scripts can be told.
struct PublishedOptions {
    std::string script;     ///< `glue` or `xnli`, for reports
    std::string model_path; ///< the plug-in's directory
    std::string model_name; ///< as prompts call it
    std::size_t examples = 32;
    std::uint64_t seed = 42;
    bool explanation = false, icl = true, plugin = true, supericl = true;
    std::string llm = "embedded"; ///< SPEC
    std::optional<std::size_t> limit;
    std::optional<std::filesystem::path> cache; ///< transport::ReplyCache::default_path() without it
};

/// Plug-in and LLM of the scripts, loaded once, and run after run of a method over a data set.
class PublishedRuns {
  public:
    /// Throws Error for wrong options and models.
    PublishedRuns(PublishedOptions options, ThreadPool& pool, const kernels::Dispatched& kernels,
                  const Cancellation* cancellation = nullptr)
        : options_(std::move(options)), cancellation_(cancellation), resources_(pool, kernels, cancellation) {
        if (options_.limit == std::size_t{0})
            throw Error(ErrorCode::invalid_argument, "0 rows leave nothing to do", "--limit", "Give at least 1");
        if (options_.plugin || options_.supericl) {
            using Classifier = plugin::EncoderClassifier<kernels::Dispatched>;
            Classifier::Parameters parameters;
            parameters.model = options_.model_path;
            plugin_.emplace(plugin::Remembering(plugin::JoinedTexts(Classifier(parameters, pool, kernels))));
        }
        if (options_.icl || options_.supericl) {
            const Spec spec = parse_spec(options_.llm, "--llm");
            auto made = make_transport(spec, resources_);
            llm_parameters_ = std::move(made.parameters);
            transport_.emplace(std::move(made.policy));
            if (transport_->is_absent())
                throw Error(ErrorCode::invalid_argument, "in-context learning needs an LLM", "--llm",
                            "Name one, or leave both methods out: --no-run_icl --no-run_supericl");
            transport_ = behind_cache(std::move(*transport_), spec, options_.cache);
        }
    }

    /// The methods that are to be run, in the scripts' order; each is a folder of its own.
    [[nodiscard]] std::vector<std::string> methods() const {
        std::vector<std::string> names;
        if (options_.icl) names.emplace_back("icl");
        if (options_.plugin) names.emplace_back("plugin");
        if (options_.supericl) names.emplace_back("supericl");
        return names;
    }

    /// One method over one data set; results go to `out`/(language)/`method`. Demonstrations are a seeded draw from
    /// train, from dev where there is no train split, the same for every row and both methods. Throws as
    /// `run_assembly`.
    [[nodiscard]] RunOutcome run(const PublishedTask& published, const std::string& method,
                                 const std::filesystem::path& out, const ProgressSink& progress = {}) {
        const auto start = std::chrono::steady_clock::now();
        Assembly assembly = assemble(published, method);
        auto outcome =
            run_assembly(assembly, out / published.out / method, options_.seed, start, progress, cancellation_);
        if (method != "icl") plugin_.emplace(std::move(assembly.pipeline->plugin()));
        if (method != "plugin") transport_.emplace(std::move(assembly.pipeline->transport()));
        return outcome;
    }

  private:
    [[nodiscard]] Assembly assemble(const PublishedTask& published, const std::string& method) {
        const bool asks = method != "plugin", predicts = method != "icl";
        Assembly assembly{};
        assembly.method = parse_method(method);
        assembly.task = published.task;
        assembly.examples = data::load_split(published.folder, published.task, "test", options_.limit);
        const char* const from = data::find_split(published.folder, "train") ? "train" : "dev";
        if (asks) assembly.train = data::load_split(published.folder, published.task, from);

        prompt::OriginalFormat::Parameters format;
        format.model_name = options_.model_name;
        format.condition_explanation = false; // as published
        auto& parameters = assembly.parameters;
        parameters["task"] = published.task.name;
        parameters["script"] = options_.script;
        parameters["method"] = method;
        parameters["plugin"] = {{"type", "none"}};
        if (predicts) parameters["plugin"] = {{"type", "encoder"}, {"model", options_.model_path}, {"pairs", "joined"}};
        parameters["llm"] = asks ? llm_parameters_ : nlohmann::ordered_json{{"type", "none"}};
        parameters["select"] = {{"type", asks ? "random" : "none"}};
        parameters["demos"] = asks ? options_.examples : 0;
        if (asks) parameters["demonstrations_from"] = from;
        parameters["decision"] = {{"type", "always"}};
        parameters["split"] = "test";
        parameters["limit"] = options_.limit ? nlohmann::ordered_json(*options_.limit) : nlohmann::ordered_json();
        parameters["seed"] = options_.seed;
        parameters["format"] = {
            {"type", "original"}, {"model_name", options_.model_name}, {"condition_explanation", false}};
        parameters["explain"] = options_.explanation;
        assembly.llm = nlohmann::json::parse(parameters["llm"].dump());

        auto& hashes = assembly.hashes;
        hashes["test"] = store::sha256_of_file(*data::find_split(published.folder, "test"));
        if (asks) hashes[from] = store::sha256_of_file(*data::find_split(published.folder, from));
        if (predicts) hashes["plugin"] = detail::model_hash(options_.model_path);
        if (const auto model = detail::local_model(parameters["llm"]); asks && model)
            hashes["llm"] = detail::model_hash(*model);

        PipelineOptions how; // as the scripts send it
        how.demonstrations = asks ? options_.examples : 0;
        how.explain = options_.explanation && predicts;
        how.seed = options_.seed;
        how.temperature = 1.0;
        how.top_p = 0.5;
        how.label_tokens = 10;
        how.explanation_top_p = 0.95;
        how.published_requests = true;
        assembly.pipeline.emplace(predicts ? std::move(*plugin_) : plugin::AnyPlugin(plugin::NoPlugin()),
                                  asks ? demonstration::AnySelector(demonstration::RandomSelector())
                                       : demonstration::AnySelector(demonstration::NoSelector()),
                                  grimoire::NoGrimoire(), prompt::AnyFormat(prompt::OriginalFormat(format)),
                                  asks ? std::move(*transport_) : transport::AnyTransport(transport::NoTransport()),
                                  decision::AnyDecision(decision::AlwaysAsk()), how);
        return assembly;
    }

    PublishedOptions options_;
    const Cancellation* cancellation_;
    Resources resources_;
    std::optional<plugin::AnyPlugin> plugin_;
    std::optional<transport::AnyTransport> transport_;
    nlohmann::ordered_json llm_parameters_;
};

} // namespace familiar::pipeline
