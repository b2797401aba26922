#pragma once

// The policies of the registry, made by name; see the end of registry.hpp.
#include <familiar/encoder/cached_encoder.hpp>
#include <familiar/encoder/sentence_encoder.hpp>
#include <familiar/pipeline/registry.hpp>
#include <familiar/store/cache_folder.hpp>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#if defined(FAMILIAR_SEPARATE_POLICIES)
#define FAMILIAR_POLICIES_LINKAGE
#else
#define FAMILIAR_POLICIES_LINKAGE inline
#endif

namespace familiar::pipeline {

FAMILIAR_POLICIES_LINKAGE encoder::AnyEncoder Resources::encoder(const std::string& model) {
    const auto known = encoders_.find(model);
    if (known != encoders_.end()) return known->second;
    using Encoder = encoder::SentenceEncoder<kernels::Dispatched>;
    Encoder::Parameters parameters;
    parameters.model = model;
    encoder::CachedEncoder cached(Encoder(parameters, *pool_, kernels_), store::cache_folder() / "embeddings");
    return encoders_.emplace(model, encoder::AnyEncoder(std::move(cached))).first->second;
}

namespace detail {

/// Replaces an empty model by the default one, where there is a default.
template <class Policy> void fill_defaults(typename Policy::Parameters& parameters, Resources& resources) {
    if constexpr (std::is_same_v<Policy, plugin::LinearProbe<encoder::AnyEncoder>>) {
        if (parameters.model.empty()) parameters.model = resources.default_model(Resources::kDefaultEncoder);
        resources.set_selection_encoder(parameters.model);
    } else if constexpr (std::is_same_v<Policy, transport::EmbeddedTransport>) {
        if (parameters.model.empty()) parameters.model = resources.default_model(Resources::kDefaultLlm);
    } else if constexpr (std::is_same_v<Policy, plugin::EncoderClassifier<kernels::Dispatched>>) {
        if (parameters.model.empty()) {
            throw Error(ErrorCode::invalid_spec, "no model is named", "encoder",
                        "Name the directory of a classifier: encoder:DIR");
        }
    }
}

/// The selector that a wrapping one wraps.
demonstration::AnySelector make_inner_selector(const std::string& spec, Resources& resources);

/// Constructs a policy from its parameters and those of the resources that its constructor takes.
template <class Policy> Policy construct(const typename Policy::Parameters& parameters, Resources& resources) {
    using Parameters = typename Policy::Parameters;
    using Probe = plugin::LinearProbe<encoder::AnyEncoder>;
    using MakeEncoder = std::function<encoder::AnyEncoder()>;
    using MakeProbe = std::function<Probe()>;
    if constexpr (std::is_constructible_v<Policy, Parameters,
                                          MakeProbe>) { // made later, when the resources may be gone
        return Policy(parameters, [resources]() mutable {
            return Probe(Probe::Parameters(), resources.encoder(resources.selection_encoder()), resources.pool());
        });
    } else if constexpr (std::is_constructible_v<Policy, Parameters, demonstration::AnySelector, MakeEncoder>) {
        return Policy(parameters, make_inner_selector(parameters.select, resources),
                      MakeEncoder([&] { return resources.encoder(resources.selection_encoder()); }));
    } else if constexpr (std::is_constructible_v<Policy, Parameters, demonstration::AnySelector>) {
        return Policy(parameters, make_inner_selector(parameters.select, resources));
    } else if constexpr (std::is_constructible_v<Policy, Parameters, encoder::AnyEncoder, ThreadPool*,
                                                 kernels::Dispatched>) {
        return Policy(parameters, resources.encoder(resources.selection_encoder()), &resources.pool(),
                      resources.kernels());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, ThreadPool*>) {
        return Policy(parameters, &resources.pool());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, encoder::AnyEncoder, ThreadPool&>) {
        return Policy(parameters, resources.encoder(parameters.model), resources.pool());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, ThreadPool&, const Cancellation*,
                                                 kernels::Dispatched>) {
        return Policy(parameters, resources.pool(), resources.cancellation(), resources.kernels());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, ThreadPool&, kernels::Dispatched>) {
        return Policy(parameters, resources.pool(), resources.kernels());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, const Cancellation*>) {
        return Policy(parameters, resources.cancellation());
    } else if constexpr (std::is_constructible_v<Policy, Parameters, prompt::Ablation>) {
        return Policy(parameters, resources.ablation());
    } else {
        return Policy(parameters);
    }
}

template <class Any, class Policy>
bool make_if(const Spec& spec, Resources& resources, std::optional<Made<Any>>& made) {
    if (spec.name != Policy::kName) return false;
    auto parameters = parameters_from_spec<Policy>(spec);
    try {
        fill_defaults<Policy>(parameters, resources);
        made.emplace(Made<Any>{Any(construct<Policy>(parameters, resources)), described<Policy>(parameters)});
    } catch (const Error& error) {
        throw spec.where.empty() ? error : error.within(spec.where);
    }
    return true;
}

} // namespace detail

/// Makes the policy that a SPEC names. Throws Error: unknown_name, what is wrong with a parameter, and what the
/// policy's own constructor throws (a model that is not there, say), with the option that the SPEC was given for.
template <class Any, class... Policies>
[[nodiscard]] Made<Any> make_policy(const Spec& spec, Resources& resources, PolicyList<Policies...> list) {
    require_known(spec, list);
    std::optional<Made<Any>> made;
    (void)(detail::make_if<Any, Policies>(spec, resources, made) || ...);
    return std::move(*made);
}

FAMILIAR_POLICIES_LINKAGE Made<plugin::AnyPlugin> make_plugin(const Spec& spec, Resources& resources) {
    return make_policy<plugin::AnyPlugin>(spec, resources, PluginPolicies{});
}
FAMILIAR_POLICIES_LINKAGE Made<demonstration::AnySelector> make_selector(const Spec& spec, Resources& resources) {
    return make_policy<demonstration::AnySelector>(spec, resources, SelectorPolicies{});
}
FAMILIAR_POLICIES_LINKAGE demonstration::AnySelector detail::make_inner_selector(const std::string& spec,
                                                                                 Resources& resources) {
    return make_selector(parse_spec(spec, "select"), resources).policy;
}
FAMILIAR_POLICIES_LINKAGE Made<prompt::AnyFormat> make_format(const Spec& spec, Resources& resources) {
    return make_policy<prompt::AnyFormat>(spec, resources, FormatPolicies{});
}
FAMILIAR_POLICIES_LINKAGE Made<transport::AnyTransport> make_transport(const Spec& spec, Resources& resources) {
    return make_policy<transport::AnyTransport>(spec, resources, TransportPolicies{});
}
FAMILIAR_POLICIES_LINKAGE Made<decision::AnyDecision> make_decision(const Spec& spec, Resources& resources) {
    return make_policy<decision::AnyDecision>(spec, resources, DecisionPolicies{});
}

} // namespace familiar::pipeline

#undef FAMILIAR_POLICIES_LINKAGE
