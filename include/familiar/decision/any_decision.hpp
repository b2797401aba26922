#pragma once

#include <familiar/decision/decision_policy.hpp>
#include <familiar/decision/fits_decision.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace familiar::decision {

/// A decision whose type is known at run time only. One that is not fitted has `fit_rows` 0.
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
    [[nodiscard]] std::size_t fit_rows() const { return model_->fit_rows(); }
    [[nodiscard]] std::size_t top_logprobs() const { return model_->top_logprobs(); }
    FittedDecision fit(const Task& task, std::span<const DecisionTrial> trials) { return model_->fit(task, trials); }
    void use(FittedDecision fitted) { model_->use(std::move(fitted)); }
    [[nodiscard]] std::string identity() const { return model_->identity(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual bool asks(const std::optional<Prediction>&) const = 0;
        virtual Answer decide(const Task&, const std::optional<Prediction>&,
                              const std::optional<LlmVerdict>&) const = 0;
        virtual std::size_t fit_rows() const = 0;
        virtual std::size_t top_logprobs() const = 0;
        virtual FittedDecision fit(const Task&, std::span<const DecisionTrial>) = 0;
        virtual void use(FittedDecision) = 0;
        virtual std::string identity() const = 0;
    };

    template <DecisionPolicy D> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : decision(std::forward<Given>(given)) {}
        bool asks(const std::optional<Prediction>& prediction) const override { return decision.asks(prediction); }
        Answer decide(const Task& task, const std::optional<Prediction>& prediction,
                      const std::optional<LlmVerdict>& verdict) const override {
            return decision.decide(task, prediction, verdict);
        }
        std::size_t fit_rows() const override {
            if constexpr (FitsDecision<D>) {
                return decision.fit_rows();
            } else {
                return 0;
            }
        }
        std::size_t top_logprobs() const override {
            if constexpr (FitsDecision<D>) {
                return decision.top_logprobs();
            } else {
                return 0;
            }
        }
        FittedDecision fit([[maybe_unused]] const Task& task,
                           [[maybe_unused]] std::span<const DecisionTrial> trials) override {
            if constexpr (FitsDecision<D>) {
                return decision.fit(task, trials);
            } else {
                return {};
            }
        }
        void use([[maybe_unused]] FittedDecision fitted) override {
            if constexpr (FitsDecision<D>) decision.use(std::move(fitted));
        }
        std::string identity() const override { return decision.identity(); }
        D decision;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(FitsDecision<AnyDecision>);

} // namespace familiar::decision
