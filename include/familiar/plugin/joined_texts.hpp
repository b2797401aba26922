#pragma once

#include <familiar/plugin/plugin_model.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// A plug-in that is given a pair as one text with ` <s> ` between, as SuperICL's scripts do (run_glue.py), and not as
/// its tokenizer encodes pairs: what a checkpoint sees then is not what it was trained on, and the predictions are the
/// published ones.
template <PluginModel Plugin> class JoinedTexts {
  public:
    explicit JoinedTexts(Plugin plugin) : plugin_(std::move(plugin)) {}

    void prepare(const Task& task, std::span<const Example> train) {
        const auto joined = join(train);
        plugin_.prepare(task, std::span<const Example>(joined));
    }

    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        const auto joined = join(examples);
        return plugin_.predict(std::span<const Example>(joined));
    }

    [[nodiscard]] std::string identity() const { return "joined(" + std::string(plugin_.identity()) + ")"; }

  private:
    static std::vector<Example> join(std::span<const Example> examples) {
        std::vector<Example> joined(examples.begin(), examples.end());
        for (auto& example : joined) {
            if (!example.text_b) continue;
            example.text += " <s> " + *example.text_b;
            example.text_b.reset();
        }
        return joined;
    }

    Plugin plugin_;
};

} // namespace familiar::plugin
