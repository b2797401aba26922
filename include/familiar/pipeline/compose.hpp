#pragma once

#include <familiar/decision/always_ask.hpp>
#include <familiar/decision/decision_policy.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/no_selector.hpp>
#include <familiar/grimoire/grimoire_ranker.hpp>
#include <familiar/grimoire/no_grimoire.hpp>
#include <familiar/pipeline/pipeline.hpp>
#include <familiar/pipeline/pipeline_options.hpp>
#include <familiar/plugin/no_plugin.hpp>
#include <familiar/plugin/plugin_model.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/prompt/prompt_format.hpp>
#include <familiar/transport/llm_transport.hpp>
#include <familiar/transport/no_transport.hpp>

#include <boost/hana.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

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

namespace familiar::pipeline {

namespace detail {

inline constexpr auto kSlots = boost::hana::tuple_t<slots::Plugin, slots::Selector, slots::Ranker, slots::Format,
                                                    slots::Transport, slots::Decision, slots::Options>;

/// How many slots a policy could go to.
template <class Policy>
inline constexpr std::size_t kSlotsOf = boost::hana::value(boost::hana::count_if(
    kSlots, [](auto slot) { return boost::hana::bool_c<decltype(slot)::type::template kFits<Policy>>; }));

template <class Slot, class... Policies>
inline constexpr std::size_t kGiven = (std::size_t{0} + ... + (Slot::template kFits<Policies> ? 1U : 0U));

/// Says of one argument of `compose` what is wrong with it. `Position` counts from 1.
template <std::size_t Position, class Policy> consteval bool check_argument() {
    constexpr bool nothing = kSlotsOf<Policy> == 0;
    if constexpr (nothing && slots::Plugin::kResembles<Policy>) {
        static_assert(plugin::PluginModel<Policy>,
                      "familiar::compose: this argument predicts as a plug-in does, but is no "
                      "PluginModel; the compiler's note names what is missing");
    } else if constexpr (nothing && slots::Selector::kResembles<Policy>) {
        static_assert(demonstration::DemonstrationSelector<Policy>,
                      "familiar::compose: this argument selects demonstrations, but is no DemonstrationSelector; the "
                      "compiler's note names what is missing");
    } else if constexpr (nothing && slots::Ranker::kResembles<Policy>) {
        static_assert(grimoire::GrimoireRanker<Policy>, "familiar::compose: this argument chooses grimoires, but is no "
                                                        "GrimoireRanker; the compiler's note names what is missing");
    } else if constexpr (nothing && slots::Format::kResembles<Policy>) {
        static_assert(prompt::PromptFormat<Policy>, "familiar::compose: this argument formats prompts, but is no "
                                                    "PromptFormat; the compiler's note names what is missing");
    } else if constexpr (nothing && slots::Transport::kResembles<Policy>) {
        static_assert(transport::LlmTransport<Policy>, "familiar::compose: this argument asks an LLM, but is no "
                                                       "LlmTransport; the compiler's note names what is missing");
    } else if constexpr (nothing && slots::Decision::kResembles<Policy>) {
        static_assert(decision::DecisionPolicy<Policy>, "familiar::compose: this argument decides, but is no "
                                                        "DecisionPolicy; the compiler's note names what is missing");
    } else {
        static_assert(!nothing, "familiar::compose: this argument models none of PluginModel, DemonstrationSelector, "
                                "GrimoireRanker, PromptFormat, LlmTransport, DecisionPolicy");
        static_assert(kSlotsOf<Policy> <= 1,
                      "familiar::compose: this argument models two concepts, so that its slot is "
                      "not known; construct Pipeline<...> with it directly");
    }
    return kSlotsOf<Policy> == 1;
}

template <class... Policies, std::size_t... Positions> consteval bool check_each(std::index_sequence<Positions...>) {
    bool all = true; // every argument is checked, so that every mistake is told
    ((all = check_argument<Positions + 1, Policies>() && all), ...);
    return all;
}

/// Says what is there twice and what is missing.
template <class... Policies> consteval bool check_together() {
    static_assert(kGiven<slots::Plugin, Policies...> <= 1, "familiar::compose: two plug-ins (PluginModel) are given");
    static_assert(kGiven<slots::Selector, Policies...> <= 1,
                  "familiar::compose: two selectors (DemonstrationSelector) are given");
    static_assert(kGiven<slots::Ranker, Policies...> <= 1,
                  "familiar::compose: two grimoire rankers (GrimoireRanker) are given");
    static_assert(kGiven<slots::Format, Policies...> <= 1,
                  "familiar::compose: two prompt formats (PromptFormat) are given");
    static_assert(kGiven<slots::Transport, Policies...> <= 1, "familiar::compose: two LLMs (LlmTransport) are given");
    static_assert(kGiven<slots::Decision, Policies...> <= 1,
                  "familiar::compose: two decisions (DecisionPolicy) are given");
    static_assert(kGiven<slots::Options, Policies...> <= 1, "familiar::compose: two PipelineOptions are given");
    constexpr bool answers = kGiven<slots::Plugin, Policies...> + kGiven<slots::Transport, Policies...> > 0;
    static_assert(answers, "familiar::compose: nothing answers: a plug-in (PluginModel) or an LLM (LlmTransport) is "
                           "missing");
    return answers && ((kGiven<slots::Plugin, Policies...> <= 1) && ... && (kSlotsOf<Policies> == 1));
}

template <class... Policies> consteval bool check_policies() {
    if constexpr (check_each<Policies...>(std::index_sequence_for<Policies...>{})) {
        return check_together<Policies...>();
    } else {
        return false;
    }
}

/// The policy given for a slot, moved out of the tuple, or the slot's null policy, made of `arguments`.
template <class Slot, class... Policies, class... Arguments>
auto take(boost::hana::tuple<Policies...>& policies, Arguments&&... arguments) {
    if constexpr (kGiven<Slot, Policies...> == 0) {
        return typename Slot::Null(std::forward<Arguments>(arguments)...);
    } else {
        constexpr auto types = boost::hana::tuple_t<Policies...>;
        constexpr auto index = decltype(boost::hana::size(boost::hana::take_while(types, [](auto type) {
            return boost::hana::bool_c<!Slot::template kFits<typename decltype(type)::type>>;
        }))){};
        return std::move(policies[index]);
    }
}

} // namespace detail

/// Makes a pipeline of policies given in any order: each goes to the slot whose concept it models, what is not given is
/// filled with a null policy (no plug-in, no demonstrations, no notes, nobody to ask) or the default (our format,
/// always ask). `PipelineOptions` may be among the arguments. Policies are moved in; pass a copy to keep one.
///
/// What is missing, there twice, or no policy at all is one readable error at compile time.
template <class... Policies> [[nodiscard]] auto compose(Policies... policies) {
    if constexpr (detail::check_policies<Policies...>()) {
        using detail::take;
        boost::hana::tuple<Policies...> given(std::move(policies)...);
        auto options = take<slots::Options>(given);
        return Pipeline(take<slots::Plugin>(given), take<slots::Selector>(given), take<slots::Ranker>(given),
                        take<slots::Format>(given, prompt::OurFormat::Parameters(), options.ablation),
                        take<slots::Transport>(given), take<slots::Decision>(given), std::move(options));
    }
}

/// A pipeline whose slots hold these types: what `compose` of them returns.
template <class... Policies> using Composed = decltype(compose(std::declval<Policies>()...));

/// SuperICL (arXiv 2305.08848): the LLM sees the plug-in's word on every demonstration and on the query.
template <class Plugin, class Selector, class Transport, class... More>
using SuperIcl = Composed<Plugin, Selector, Transport, More...>;

/// Grimoire / SLEICL (arXiv 2401.03385): notes that a strong LLM wrote help a weaker one; no plug-in.
template <class Ranker, class Transport, class... More> using Sleicl = Composed<Ranker, Transport, More...>;

/// Both systems in one prompt: plug-in lines, demonstrations and notes.
template <class Plugin, class Selector, class Ranker, class Transport, class... More>
using Joined = Composed<Plugin, Selector, Ranker, Transport, More...>;

/// In-context learning: demonstrations, no plug-in.
template <class Selector, class Transport, class... More> using FewShot = Composed<Selector, Transport, More...>;

/// The task's description alone.
template <class Transport, class... More> using ZeroShot = Composed<Transport, More...>;

/// No LLM at all.
template <class Plugin> using PluginAlone = Composed<Plugin>;

} // namespace familiar::pipeline

namespace familiar {
using pipeline::compose;
}
