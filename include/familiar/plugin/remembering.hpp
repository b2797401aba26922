#pragma once

#include <familiar/plugin/plugin_model.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// A plug-in that is not asked twice about the same texts while the labels stay the same: for one that serves several
/// methods over the same rows. Not for one that learns from train, whose predictions change with it.
template <PluginModel Plugin> class Remembering {
  public:
    explicit Remembering(Plugin plugin) : plugin_(std::move(plugin)) {}

    void prepare(const Task& task, std::span<const Example> train) {
        plugin_.prepare(task, train);
        if (task.labels != labels_) known_.clear();
        labels_ = task.labels;
    }

    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        std::vector<Example> fresh;
        for (const Example& example : examples) {
            if (known_.emplace(key(example), std::nullopt).second) fresh.push_back(example);
        }
        try {
            const auto predictions =
                fresh.empty() ? std::vector<Prediction>() : plugin_.predict(std::span<const Example>(fresh));
            for (std::size_t i = 0; i < fresh.size(); ++i) known_[key(fresh[i])] = predictions[i];
        } catch (...) {
            for (const Example& example : fresh) known_.erase(key(example));
            throw;
        }
        std::vector<Prediction> out;
        out.reserve(examples.size());
        for (const Example& example : examples) out.push_back(*known_[key(example)]);
        return out;
    }

    [[nodiscard]] std::string identity() const { return std::string(plugin_.identity()); }

  private:
    using Key = std::pair<std::string, std::optional<std::string>>;
    static Key key(const Example& example) { return {example.text, example.text_b}; }

    Plugin plugin_;
    std::vector<std::string> labels_;
    std::map<Key, std::optional<Prediction>> known_;
};

} // namespace familiar::plugin
