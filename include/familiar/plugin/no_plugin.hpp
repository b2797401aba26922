#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/plugin/plugin_model.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::plugin {

/// The null policy of the plug-in slot: no line in any prompt, no word in any decision. The pipeline sees `kAbsent` and
/// asks nothing; whoever asks all the same gets predictions without any confidence.
struct NoPlugin {
    static constexpr std::string_view kName = "none";
    static constexpr bool kAbsent = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    NoPlugin() = default;
    explicit NoPlugin(const Parameters&) noexcept {}

    void prepare(const Task&, std::span<const Example>) noexcept {}
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) const {
        return std::vector<Prediction>(examples.size());
    }
    [[nodiscard]] std::string identity() const { return "none"; }
};

static_assert(PluginModel<NoPlugin> && IsAbsent<NoPlugin>);

} // namespace familiar::plugin
