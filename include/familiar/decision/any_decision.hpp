#pragma once

#include <familiar/decision/decision_policy.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace familiar::decision {

/// A decision whose type is known at run time only.
class AnyDecision {
  public:
    template <class D>
        requires(!std::same_as<std::remove_cvref_t<D>, AnyDecision> && DecisionPolicy<std::remove_cvref_t<D>>)
    AnyDecision(D&& decision) : model_(std::make_unique<Model<std::remove_cvref_t<D>>>(std::forward<D>(decision))) {}

    [[nodiscard]] bool asks(const std::optional<Prediction>& prediction) const { return model_->asks(prediction); }
    [[nodiscard]] Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                                const std::optional<LlmVerdict>& verdict) const {
        return model_->decide(task, prediction, verdict);
    }
    [[nodiscard]] std::string identity() const { return model_->identity(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual bool asks(const std::optional<Prediction>&) const = 0;
        virtual Answer decide(const Task&, const std::optional<Prediction>&,
                              const std::optional<LlmVerdict>&) const = 0;
        virtual std::string identity() const = 0;
    };

    template <DecisionPolicy D> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : decision(std::forward<Given>(given)) {}
        bool asks(const std::optional<Prediction>& prediction) const override { return decision.asks(prediction); }
        Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                      const std::optional<LlmVerdict>& verdict) const override {
            return decision.decide(task, prediction, verdict);
        }
        std::string identity() const override { return decision.identity(); }
        D decision;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(DecisionPolicy<AnyDecision>);

} // namespace familiar::decision
