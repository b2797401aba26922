#pragma once

#include <familiar/decision/always_ask.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/pipeline/pipeline_options.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/no_transport.hpp>

#include <type_traits>

/// The slots of a pipeline: which concept a policy has to model to go there, what it looks like when it nearly does,
/// and what stands there where nothing is given.
namespace familiar::pipeline::slots {

struct Plugin {
    using Null = plugin::NoPlugin;
    template <class T> static constexpr bool kFits = plugin::PluginModel<T>;
    template <class T> static constexpr bool kResembles = plugin::Predicts<T>;
};

struct Selector {
    using Null = demonstration::NoSelector;
    template <class T> static constexpr bool kFits = demonstration::DemonstrationSelector<T>;
    template <class T> static constexpr bool kResembles = demonstration::Selects<T>;
};

struct Ranker {
    using Null = grimoire::NoGrimoire;
    template <class T> static constexpr bool kFits = grimoire::GrimoireRanker<T>;
    template <class T> static constexpr bool kResembles = grimoire::Ranks<T>;
};

struct Format {
    using Null = prompt::OurFormat;
    template <class T> static constexpr bool kFits = prompt::PromptFormat<T>;
    template <class T> static constexpr bool kResembles = prompt::FormatsPrefix<T> || prompt::FormatsQuery<T>;
};

struct Transport {
    using Null = transport::NoTransport;
    template <class T> static constexpr bool kFits = transport::LlmTransport<T>;
    template <class T> static constexpr bool kResembles = transport::Asks<T>;
};

struct Decision {
    using Null = decision::AlwaysAsk;
    template <class T> static constexpr bool kFits = decision::DecisionPolicy<T>;
    template <class T> static constexpr bool kResembles = decision::DecidesToAsk<T> || decision::DecidesAnswer<T>;
};

/// Not a policy, but given to `compose` beside them.
struct Options {
    using Null = PipelineOptions;
    template <class T> static constexpr bool kFits = std::is_same_v<T, PipelineOptions>;
    template <class T> static constexpr bool kResembles = false;
};

} // namespace familiar::pipeline::slots
