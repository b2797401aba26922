#pragma once

#include <familiar/core/spec.hpp>
#include <familiar/data/split.hpp>
#include <familiar/data/task_card.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/pipeline/any_pipeline.hpp>
#include <familiar/pipeline/behind_cache.hpp>
#include <familiar/pipeline/fit_decision.hpp>
#include <familiar/pipeline/grimoire_choice.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/pipeline/run_options.hpp>
#include <familiar/store/content_hash.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::pipeline {

/// Everything that a run needs, read and checked; nothing has been asked and nothing written.
struct Assembly {
    Method method;
    Task task;
    std::vector<Example> train;              ///< empty where neither demonstrations nor the plug-in need it
    std::vector<Example> examples;           ///< what is to be answered
    std::shared_ptr<Resources> resources;    ///< what the policies were made with, and rankers are made of
    std::optional<GrimoireChoice> grimoires; ///< where notes are shown
    std::optional<FittingRows> fitting;      ///< what the decision is fitted on, where it is
    std::optional<AnyPipeline> pipeline;
    nlohmann::ordered_json parameters; ///< of every slot and option, for the report
    nlohmann::ordered_json hashes;     ///< SHA-256 of what was read: task, splits, models
    nlohmann::json llm;                ///< the LLM's parameters alone: its prices, say
};

namespace detail {

struct Specs {
    Spec plugin, llm, select, format, decision, grimoire;
};

/// Reads all SPECs, those too that the method does not use, so that a mistake shows before any work is done.
inline Specs checked_specs(const RunOptions& options) {
    Specs specs{parse_spec(options.plugin, "--plugin"),     parse_spec(options.llm, "--llm"),
                parse_spec(options.select, "--select"),     parse_spec(options.format, "--format"),
                parse_spec(options.decision, "--decision"), grimoires::parse(options.grimoire)};
    check_spec(specs.plugin, PluginPolicies{});
    check_spec(specs.llm, TransportPolicies{});
    check_spec(specs.select, SelectorPolicies{});
    check_spec(specs.format, FormatPolicies{});
    check_spec(specs.decision, DecisionPolicies{});
    check_spec(specs.grimoire, GrimoirePolicies{});
    // Each of the two systems has an original: that of notes alone is Grimoire's.
    if (options.method == "grimoire" && specs.format.name == prompt::OriginalFormat::kName)
        specs.format.name = prompt::SleiclFormat::kName;
    return specs;
}

/// Rows of dev, else of train, that a decision is fitted on. Throws Error (malformed_task, file_not_found, empty_data).
inline FittingRows fitting_rows(const RunOptions& options, const Task& task, std::size_t most) {
    if (task.is_generation()) {
        throw Error(ErrorCode::malformed_task, "the task has no labels whose probabilities could be weighed",
                    "--decision", "Choose --decision always for a task that is answered with a text");
    }
    for (const char* split : {"dev", "train"}) {
        if (split == options.split || !data::find_split(options.task, split)) continue;
        auto rows = FittingRows::draw(data::load_split(options.task, task, split), split, most, options.seed);
        if (!rows.examples.empty()) return rows;
    }
    throw Error(ErrorCode::empty_data, "the decision is fitted on labelled rows of dev or train, and there are none",
                options.task.string(), "Give the task such a split, or choose another --decision");
}

/// SHA-256 of a model: of the file, or of the configuration, tokenizer and weight files of a directory.
inline std::string model_hash(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return store::sha256_of_file(path);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        const auto suffix = entry.path().extension();
        const bool counts = suffix == ".json" || suffix == ".txt" || suffix == ".model" || suffix == ".safetensors" ||
                            suffix == ".gguf";
        if (counts && entry.is_regular_file()) files.push_back(entry.path().lexically_relative(path));
    }
    std::sort(files.begin(), files.end());
    store::ContentHash hash;
    for (const auto& file : files) hash.part(file.generic_string()).part(store::sha256_of_file(path / file));
    return hash.hex();
}

/// The local file or directory that a policy was made of, by the parameters that name one.
inline std::optional<std::filesystem::path> local_model(const nlohmann::ordered_json& parameters) {
    if (parameters.at("type") == "http") return std::nullopt;
    for (const char* key : {"model", "file"}) {
        const auto found = parameters.find(key);
        if (found != parameters.end() && found->is_string() && !found->get_ref<const std::string&>().empty()) {
            return found->get<std::string>();
        }
    }
    return std::nullopt;
}

} // namespace detail

/// Reads task and splits, checks every option and makes the policies. Wrong options come first, then the data, then the
/// models. Throws Error.
///
/// @param pool, cancellation outlive the assembly
[[nodiscard]] inline Assembly assemble(const RunOptions& options, ThreadPool& pool, const kernels::Dispatched& kernels,
                                       const Cancellation* cancellation = nullptr) {
    Assembly assembly;
    assembly.method = parse_method(options.method);
    const Method& method = assembly.method;
    const prompt::Ablation ablation = parse_ablation(options.ablate);
    if (options.limit == std::size_t{0}) {
        throw Error(ErrorCode::invalid_argument, "0 rows leave nothing to do", "--limit", "Give at least 1");
    }
    const detail::Specs specs = detail::checked_specs(options);
    if (method.llm && specs.llm.name == "none" && !method.demonstrations) {
        throw Error(ErrorCode::invalid_argument, options.method + " needs an LLM", "--llm",
                    "Name one, or choose --method plugin");
    }

    // Data.
    assembly.task = data::load_task(options.task);
    assembly.examples = data::load_split(options.task, assembly.task, options.split, options.limit);
    const bool asks = method.llm && specs.llm.name != "none";
    const bool uses_plugin = method.plugin && specs.plugin.name != "none";
    if (!asks && !uses_plugin) {
        throw Error(ErrorCode::invalid_argument, "neither a plug-in nor an LLM is left to answer", "--method",
                    "Name one with --plugin or --llm");
    }
    const std::size_t demonstrations = options.demonstrations.value_or(method.default_demonstrations);
    const bool shows = method.demonstrations && asks && demonstrations > 0 && !ablation.demonstrations;
    const bool notes = method.grimoire && asks && !ablation.grimoire;
    const bool learns = uses_plugin && specs.plugin.name == "linear";
    if (shows || learns) assembly.train = data::load_split(options.task, assembly.task, "train");
    if (assembly.task.is_generation() && uses_plugin) {
        throw Error(ErrorCode::malformed_task, "the task has no labels that a plug-in could predict",
                    data::task_file(options.task).string(),
                    R"(List its "labels"; for a task that is answered with a text, choose --method icl or zero-shot)");
    }

    // Models and policies.
    assembly.resources = std::make_shared<Resources>(pool, kernels, cancellation, ablation);
    Resources& resources = *assembly.resources;
    if (notes) {
        assembly.grimoires.emplace(specs.grimoire, options.store.value_or(options.task / "grimoires"), options.task,
                                   assembly.task, options.seed, resources);
    }
    if (specs.plugin.name == "linear") {
        const auto linear = parameters_from_spec<plugin::LinearProbe<encoder::AnyEncoder>>(specs.plugin);
        resources.set_selection_encoder(linear.model);
    }
    const Spec none = parse_spec("none");
    auto plug_in = make_plugin(uses_plugin ? specs.plugin : none, resources);
    auto llm = make_transport(asks ? specs.llm : none, resources);
    auto decision = make_decision(specs.decision, resources);
    if (asks && uses_plugin && decision.policy.fit_rows() > 0)
        assembly.fitting = detail::fitting_rows(options, assembly.task, decision.policy.fit_rows());
    auto format = make_format(specs.format, resources);
    auto selector = shows ? make_selector(specs.select, resources)
                          : Made<demonstration::AnySelector>{demonstration::NoSelector(), {{"type", "none"}}};

    auto& parameters = assembly.parameters;
    parameters["task"] = assembly.task.name;
    parameters["method"] = options.method;
    parameters["plugin"] = plug_in.parameters;
    parameters["llm"] = llm.parameters;
    parameters["select"] = selector.parameters;
    parameters["demos"] = shows ? demonstrations : 0;
    if (shows) parameters["demonstrations_from"] = "train";
    if (method.grimoire) parameters["grimoire"] = notes ? assembly.grimoires->parameters() : "none";
    parameters["decision"] = decision.parameters;
    parameters["split"] = options.split;
    parameters["limit"] = options.limit ? nlohmann::ordered_json(*options.limit) : nlohmann::ordered_json();
    parameters["seed"] = options.seed;
    parameters["format"] = format.parameters;
    parameters["explain"] = options.explain;
    parameters["ablate"] = options.ablate;
    assembly.llm = nlohmann::json::parse(llm.parameters.dump());

    auto& hashes = assembly.hashes;
    hashes["task"] = store::sha256_of_file(data::task_file(options.task));
    hashes[options.split] = store::sha256_of_file(*data::find_split(options.task, options.split));
    if (!assembly.train.empty()) hashes["train"] = store::sha256_of_file(*data::find_split(options.task, "train"));
    if (notes) hashes["grimoire"] = assembly.grimoires->hash();
    if (assembly.fitting) {
        hashes[assembly.fitting->from] = store::sha256_of_file(*data::find_split(options.task, assembly.fitting->from));
    }
    if (const auto model = detail::local_model(plug_in.parameters)) hashes["plugin"] = detail::model_hash(*model);
    if (const auto model = detail::local_model(llm.parameters)) hashes["llm"] = detail::model_hash(*model);

    if (notes) assembly.grimoires->set_llm(llm_name(assembly.llm));
    PipelineOptions how;
    how.demonstrations = shows ? demonstrations : 0;
    how.ablation = ablation;
    how.explain = options.explain;
    how.seed = options.seed;
    transport::AnyTransport transport = std::move(llm.policy);
    if (options.use_cache) transport = behind_cache(std::move(transport), specs.llm, options.cache);
    assembly.pipeline.emplace(std::move(plug_in.policy), std::move(selector.policy),
                              notes ? assembly.grimoires->ranker() : grimoire::AnyRanker(grimoire::NoGrimoire()),
                              std::move(format.policy), std::move(transport), std::move(decision.policy), how);
    return assembly;
}

/// What tells one run from another: changes of it in the same folder are refused. How an LLM is reached (timeouts,
/// retries, concurrency) is no part of it, so that an interrupted run can be continued with other ones.
[[nodiscard]] inline nlohmann::json run_identity(const Assembly& assembly) {
    nlohmann::json identity = assembly.parameters;
    const auto identities = assembly.pipeline->identities();
    for (const char* slot : {"plugin", "llm", "select", "decision", "format"}) identity[slot] = identities.at(slot);
    return identity;
}

} // namespace familiar::pipeline
