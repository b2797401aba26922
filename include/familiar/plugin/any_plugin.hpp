#pragma once

#include <familiar/plugin/plugin_model.hpp>

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::plugin {

/// A plug-in whose type is known at run time only. What the plug-in cannot do shows at run time too: `out_of_fold` is
/// empty, `is_absent` true.
class AnyPlugin {
  public:
    template <class P>
        requires(!std::same_as<std::remove_cvref_t<P>, AnyPlugin> && PluginModel<std::remove_cvref_t<P>>)
    AnyPlugin(P&& plugin) : model_(std::make_unique<Model<std::remove_cvref_t<P>>>(std::forward<P>(plugin))) {}

    /// Progress and cancellation are passed on where the plug-in knows them.
    void prepare(const Task& task, std::span<const Example> train, const ProgressSink& progress = {},
                 const Cancellation* cancellation = nullptr) {
        model_->prepare(task, train, progress, cancellation);
    }
    [[nodiscard]] std::vector<Prediction> predict(std::span<const Example> examples) {
        return model_->predict(examples);
    }
    [[nodiscard]] std::string identity() const { return model_->identity(); }

    /// One prediction for each example given to `prepare`; empty where the plug-in makes none.
    [[nodiscard]] std::span<const Prediction> out_of_fold() { return model_->out_of_fold(); }
    [[nodiscard]] bool is_absent() const noexcept { return model_->is_absent(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual void prepare(const Task&, std::span<const Example>, const ProgressSink&, const Cancellation*) = 0;
        virtual std::vector<Prediction> predict(std::span<const Example>) = 0;
        virtual std::string identity() const = 0;
        virtual std::span<const Prediction> out_of_fold() = 0;
        virtual bool is_absent() const noexcept = 0;
    };

    template <PluginModel P> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : plugin(std::forward<Given>(given)) {}
        void prepare(const Task& task, std::span<const Example> train, [[maybe_unused]] const ProgressSink& progress,
                     [[maybe_unused]] const Cancellation* cancellation) override {
            if constexpr (PreparesWithProgress<P>) {
                plugin.prepare(task, train, progress, cancellation);
            } else {
                plugin.prepare(task, train);
            }
        }
        std::vector<Prediction> predict(std::span<const Example> examples) override { return plugin.predict(examples); }
        std::string identity() const override { return plugin.identity(); }
        std::span<const Prediction> out_of_fold() override {
            if constexpr (PredictsOutOfFold<P>) {
                return plugin.out_of_fold();
            } else {
                return {};
            }
        }
        bool is_absent() const noexcept override { return IsAbsent<P>; }
        P plugin;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(PluginModel<AnyPlugin> && PredictsOutOfFold<AnyPlugin> && PreparesWithProgress<AnyPlugin>);

} // namespace familiar::plugin
