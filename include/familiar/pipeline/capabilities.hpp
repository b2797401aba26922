#pragma once

#include <familiar/plugin/plugin_model.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <span>

/// What a policy in a slot can do: known at compile time, or asked of an erased policy at run time. Each function costs
/// nothing where the type alone tells.
namespace familiar::pipeline {

/// Whether the policy stands for nothing (NoPlugin, NoTransport …).
template <class Policy> [[nodiscard]] constexpr bool is_absent(const Policy& policy) {
    if constexpr (requires { policy.is_absent(); }) {
        return policy.is_absent();
    } else {
        return plugin::IsAbsent<Policy>;
    }
}

/// Out-of-fold predictions of the training examples; empty where the plug-in has none.
template <plugin::PluginModel Plugin> [[nodiscard]] std::span<const Prediction> out_of_fold(Plugin& plugin) {
    if constexpr (plugin::PredictsOutOfFold<Plugin>) {
        return plugin.out_of_fold();
    } else {
        return {};
    }
}

/// Whether `LlmRequest::candidates` are scored rather than text generated.
template <transport::LlmTransport Transport> [[nodiscard]] constexpr bool scores_labels(const Transport& transport) {
    if constexpr (transport::ScoresLabels<Transport>) {
        return transport.scores_labels();
    } else {
        return false;
    }
}

} // namespace familiar::pipeline
