#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/core/error.hpp>
#include <familiar/core/parameters_json.hpp>
#include <familiar/core/spec.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decision/always_ask.hpp>
#include <familiar/decision/any_decision.hpp>
#include <familiar/decision/ask_when_unsure.hpp>
#include <familiar/decision/fuse.hpp>
#include <familiar/demonstration/any_selector.hpp>
#include <familiar/demonstration/approximate_selector.hpp>
#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/demonstration/bm25_selector.hpp>
#include <familiar/demonstration/cluster_selector.hpp>
#include <familiar/demonstration/distributed_selector.hpp>
#include <familiar/demonstration/diverse_selector.hpp>
#include <familiar/demonstration/fixed_selector.hpp>
#include <familiar/demonstration/hard_selector.hpp>
#include <familiar/demonstration/nearest_selector.hpp>
#include <familiar/demonstration/ordered_selector.hpp>
#include <familiar/demonstration/random_selector.hpp>
#include <familiar/demonstration/uncertain_selector.hpp>
#include <familiar/demonstration/vote_k_selector.hpp>
#include <familiar/encoder/any_encoder.hpp>
#include <familiar/grimoire/generated_strategy.hpp>
#include <familiar/grimoire/mistakes_strategy.hpp>
#include <familiar/grimoire/playbook_strategy.hpp>
#include <familiar/grimoire/profound_strategy.hpp>
#include <familiar/grimoire/retrieved_strategy.hpp>
#include <familiar/grimoire/simple_strategy.hpp>
#include <familiar/grimoire/validated_strategy.hpp>
#include <familiar/grimoire/zero_shot_strategy.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/pipeline/grimoire_spec.hpp>
#include <familiar/plugin/any_plugin.hpp>
#include <familiar/plugin/encoder_classifier.hpp>
#include <familiar/plugin/linear_probe.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/plugin/precomputed_plugin.hpp>
#include <familiar/prompt/any_format.hpp>
#include <familiar/prompt/original_format.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/prompt/sleicl_format.hpp>
#include <familiar/transport/any_transport.hpp>
#include <familiar/transport/embedded_transport.hpp>
#include <familiar/transport/http_transport.hpp>
#include <familiar/transport/no_transport.hpp>
#include <familiar/transport/recorded.hpp>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

/// All policies that can be chosen at run time, by the names of the contract. A new policy is one more line in a list.
namespace familiar::pipeline {

/// The folder of the models: FAMILIAR_MODELS, else the first `models` in the working directory, the program's folder or
/// a folder above either. Nothing where there is none.
[[nodiscard]] inline std::optional<std::filesystem::path> find_models_folder() {
    if (const char* const named = std::getenv("FAMILIAR_MODELS"); named != nullptr && *named != '\0') return named;
    std::error_code ignored;
    for (auto folder : {std::filesystem::current_path(ignored),
                        std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path()}) {
        while (!folder.empty()) {
            if (std::filesystem::is_directory(folder / "models", ignored)) return folder / "models";
            if (folder == folder.parent_path()) break;
            folder = folder.parent_path();
        }
    }
    return std::nullopt;
}

/// What policies are made with at run time: threads, kernels, models. The pool and the cancellation are the caller's
/// and outlive the policies.
class Resources {
  public:
    Resources(ThreadPool& pool, kernels::Dispatched kernels, const Cancellation* cancellation = nullptr,
              prompt::Ablation ablation = {})
        : pool_(&pool), kernels_(kernels), cancellation_(cancellation), ablation_(ablation),
          models_(find_models_folder()) {}

    [[nodiscard]] ThreadPool& pool() const noexcept { return *pool_; }
    [[nodiscard]] const kernels::Dispatched& kernels() const noexcept { return kernels_; }
    [[nodiscard]] const Cancellation* cancellation() const noexcept { return cancellation_; }
    [[nodiscard]] const prompt::Ablation& ablation() const noexcept { return ablation_; }

    /// A model of the models folder. Throws Error (file_not_found) where it is not there, saying how to get it.
    [[nodiscard]] std::string default_model(const char* name) const {
        std::error_code ignored;
        const auto path = models_.value_or("models") / name;
        if (!std::filesystem::exists(path, ignored)) {
            throw Error(ErrorCode::file_not_found, "the default model is not there", path.string(),
                        "Run tools/setup.sh, set FAMILIAR_MODELS to the folder that holds it, or name another model");
        }
        return path.string();
    }

    /// The encoder in a directory, loaded once however many policies use it; what it makes is kept in the folder of
    /// caches. Throws what loading throws.
    [[nodiscard]] encoder::AnyEncoder encoder(const std::string& model);

    /// The directory of the encoder that a selector uses: the plug-in's, else the default one.
    [[nodiscard]] std::string selection_encoder() const {
        return selection_encoder_.empty() ? default_model(kDefaultEncoder) : selection_encoder_;
    }
    void set_selection_encoder(std::string model) { selection_encoder_ = std::move(model); }

    static constexpr const char* kDefaultEncoder = "minilm";
    static constexpr const char* kDefaultLlm = "smollm2-135m";

  private:
    ThreadPool* pool_;
    kernels::Dispatched kernels_;
    const Cancellation* cancellation_;
    prompt::Ablation ablation_;
    std::optional<std::filesystem::path> models_;
    std::map<std::string, encoder::AnyEncoder> encoders_;
    std::string selection_encoder_;
};

template <class... Policies> struct PolicyList {};

using PluginPolicies =
    PolicyList<plugin::LinearProbe<encoder::AnyEncoder>, plugin::EncoderClassifier<kernels::Dispatched>,
               plugin::PrecomputedPlugin, plugin::NoPlugin>;
using SelectorPolicies = PolicyList<demonstration::RandomSelector, demonstration::BalancedSelector,
                                    demonstration::NearestSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::ApproximateSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::FixedSelector, demonstration::Bm25Selector,
                                    demonstration::MmrSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::DppSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::VoteKSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::KcsSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::HcsSelector<encoder::AnyEncoder, kernels::Dispatched>,
                                    demonstration::HardSelector<plugin::LinearProbe<encoder::AnyEncoder>>,
                                    demonstration::UncertainSelector<plugin::LinearProbe<encoder::AnyEncoder>>,
                                    demonstration::OrderedSelector<demonstration::AnySelector, encoder::AnyEncoder>,
                                    demonstration::DistributedSelector<demonstration::AnySelector>>;
using FormatPolicies = PolicyList<prompt::OurFormat, prompt::OriginalFormat, prompt::SleiclFormat>;
using GrimoirePolicies =
    PolicyList<grimoires::Best, grimoires::Ranked, grimoires::Oracle, grimoires::File, grimoires::Stored>;
using TransportPolicies =
    PolicyList<transport::EmbeddedTransport, transport::HttpTransport, transport::Recorded, transport::NoTransport>;
using DecisionPolicies = PolicyList<decision::AlwaysAsk, decision::AskWhenUnsure, decision::Fuse>;
using StrategyPolicies = PolicyList<grimoire::ProfoundStrategy, grimoire::SimpleStrategy, grimoire::ZeroShotStrategy,
                                    grimoire::MistakesStrategy, grimoire::ValidatedStrategy, grimoire::PlaybookStrategy,
                                    grimoire::RetrievedStrategy, grimoire::GeneratedStrategy>;

/// A policy made at run time, and the parameters that it was made with, `type` among them.
template <class Any> struct Made {
    Any policy;
    nlohmann::ordered_json parameters;
};

namespace detail {

template <class... Policies> std::vector<std::string> names_of(PolicyList<Policies...>) {
    return {std::string(Policies::kName)...};
}

template <class Policy> nlohmann::ordered_json described(const typename Policy::Parameters& parameters) {
    nlohmann::ordered_json json;
    json["type"] = std::string(Policy::kName);
    for_each_parameter(parameters, [&](std::string_view name, const auto& value) {
        json[std::string(name)] = value_to_json(std::remove_cvref_t<decltype(value)>(value));
    });
    return json;
}

} // namespace detail

/// Throws Error (unknown_name), with the nearest name, where no policy of the list has the SPEC's name.
template <class... Policies> void require_known(const Spec& spec, PolicyList<Policies...> list) {
    if (((spec.name == Policies::kName) || ...)) return;
    throw Error(ErrorCode::unknown_name, "unknown policy " + spec.name, spec.where,
                suggestion(spec.name, detail::names_of(list)));
}

/// Reads a SPEC's parameters without making the policy. Throws as `require_known` and `parameters_from_spec`.
template <class... Policies> void check_spec(const Spec& spec, PolicyList<Policies...> list) {
    require_known(spec, list);
    ((spec.name == Policies::kName ? void(parameters_from_spec<Policies>(spec)) : void()), ...);
}

/// Calls `use.operator()<Policy>(parameters)` for the policy that a SPEC names. Throws as `check_spec`.
template <class... Policies, class Use>
auto with_policy(const Spec& spec, PolicyList<Policies...> list, const Use& use) {
    require_known(spec, list);
    using Result = std::common_type_t<decltype(use.template operator()<Policies>(typename Policies::Parameters()))...>;
    std::optional<Result> result;
    (void)((spec.name == Policies::kName
                ? (result.emplace(use.template operator()<Policies>(parameters_from_spec<Policies>(spec))), true)
                : false) ||
           ...);
    return std::move(*result);
}

/// A SPEC's name and all parameters, defaults too: the same for every way to write the same policy. Throws as
/// `check_spec`.
template <class... Policies>
[[nodiscard]] nlohmann::ordered_json canonical_spec(const Spec& spec, PolicyList<Policies...> list) {
    return with_policy(spec, list, []<class Policy>(const typename Policy::Parameters& parameters) {
        return detail::described<Policy>(parameters);
    });
}

/// Make the policy that a SPEC names. Throw Error: unknown_name, what is wrong with a parameter, and what the policy's
/// own constructor throws (a model that is not there, say), with the option that the SPEC was given for.
[[nodiscard]] Made<plugin::AnyPlugin> make_plugin(const Spec& spec, Resources& resources);
[[nodiscard]] Made<demonstration::AnySelector> make_selector(const Spec& spec, Resources& resources);
[[nodiscard]] Made<prompt::AnyFormat> make_format(const Spec& spec, Resources& resources);
[[nodiscard]] Made<transport::AnyTransport> make_transport(const Spec& spec, Resources& resources);
[[nodiscard]] Made<decision::AnyDecision> make_decision(const Spec& spec, Resources& resources);

/// One policy as `familiar policies` lists it.
struct PolicyEntry {
    std::string
        slot; ///< the option that chooses it: `plugin`, `select`, `format`, `llm`, `decision`, `grimoire`, `strategy`
    std::string name;
    std::string argument;      ///< the parameter that `name:argument` sets; may be empty
    nlohmann::json parameters; ///< `[{"name", "type", "default"}, …]`
};

/// All policies, slot by slot.
[[nodiscard]] inline std::vector<PolicyEntry> all_policies() {
    std::vector<PolicyEntry> entries;
    const auto add = [&]<class... Policies>(const char* slot, PolicyList<Policies...>) {
        (entries.push_back({slot, std::string(Policies::kName), std::string(policy_argument<Policies>()),
                            parameters_listing<typename Policies::Parameters>()}),
         ...);
    };
    add("plugin", PluginPolicies{});
    add("select", SelectorPolicies{});
    add("format", FormatPolicies{});
    add("llm", TransportPolicies{});
    add("decision", DecisionPolicies{});
    add("grimoire", GrimoirePolicies{});
    add("strategy", StrategyPolicies{});
    return entries;
}

/// The same as one JSON document.
[[nodiscard]] inline nlohmann::ordered_json policies_to_json() {
    auto list = nlohmann::ordered_json::array();
    for (const auto& entry : all_policies()) {
        nlohmann::ordered_json json;
        json["slot"] = entry.slot;
        json["name"] = entry.name;
        json["argument"] = entry.argument.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(entry.argument);
        json["parameters"] = nlohmann::ordered_json::parse(entry.parameters.dump());
        list.push_back(std::move(json));
    }
    return list;
}

} // namespace familiar::pipeline

// All policies with the models behind them take a compiler a minute. A program of several units that make policies by
// name compiles them in one: every unit defines FAMILIAR_SEPARATE_POLICIES, and one includes pipeline/make_policies.hpp
// (the CMake target familiar::separate_policies is both).
#if !defined(FAMILIAR_SEPARATE_POLICIES)
#include <familiar/pipeline/make_policies.hpp>
#endif
