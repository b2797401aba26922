#pragma once

#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/demonstration/selector_capabilities.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace familiar::demonstration {

/// A selector whose type is known at run time only. `depends_on_query` is the careful answer; `varies` tells for the
/// selector inside, and a pipeline shares the prefix of equal selections anyway. What the selector inside cannot do
/// shows at run time too: `rank` is then `select`, and `wants_predictions` false.
class AnySelector {
  public:
    static constexpr bool depends_on_query = true;

    template <class S>
        requires(!std::same_as<std::remove_cvref_t<S>, AnySelector> && DemonstrationSelector<std::remove_cvref_t<S>>)
    AnySelector(S&& selector) : model_(std::make_unique<Model<std::remove_cvref_t<S>>>(std::forward<S>(selector))) {}

    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        model_->prepare(task, pool, seed);
    }

    /// Where the selection does not vary the selector is asked once.
    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        if (varies() || queries.size() < 2) return model_->select(queries, count);
        return std::vector<std::vector<std::size_t>>(queries.size(), model_->select(queries.first(1), count).front());
    }

    /// Best first, where the selector ranks; else in the order shown.
    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        return model_->rank(queries, count);
    }
    [[nodiscard]] bool best_last() const { return model_->best_last(); }

    [[nodiscard]] bool wants_predictions() const { return model_->wants_predictions(); }
    void learn(std::span<const Prediction> predictions) { model_->learn(predictions); }

    /// Empty where the selector does not ask.
    [[nodiscard]] std::vector<std::size_t> asks_about(const Task& task, std::span<const Example> pool,
                                                      std::uint64_t seed) {
        return model_->asks_about(task, pool, seed);
    }
    void learn_words(std::span<const std::size_t> positions, std::span<const LlmWord> words) {
        model_->learn_words(positions, words);
    }

    /// No orders where the selector tries none.
    [[nodiscard]] OrderTrials trials(std::size_t count) { return model_->trials(count); }
    void show_order(std::size_t order) { model_->show_order(order); }
    [[nodiscard]] std::size_t best_order(std::span<const std::vector<LlmWord>> words) {
        return model_->best_order(words);
    }

    [[nodiscard]] std::string identity() const { return model_->identity(); }
    [[nodiscard]] bool varies() const { return model_->varies(); }
    [[nodiscard]] bool is_absent() const noexcept { return model_->is_absent(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual void prepare(const Task&, std::span<const Example>, std::uint64_t) = 0;
        virtual std::vector<std::vector<std::size_t>> select(std::span<const Example>, std::size_t) = 0;
        virtual std::vector<std::vector<std::size_t>> rank(std::span<const Example>, std::size_t) = 0;
        virtual bool best_last() const = 0;
        virtual bool wants_predictions() const = 0;
        virtual void learn(std::span<const Prediction>) = 0;
        virtual std::vector<std::size_t> asks_about(const Task&, std::span<const Example>, std::uint64_t) = 0;
        virtual void learn_words(std::span<const std::size_t>, std::span<const LlmWord>) = 0;
        virtual OrderTrials trials(std::size_t) = 0;
        virtual void show_order(std::size_t) = 0;
        virtual std::size_t best_order(std::span<const std::vector<LlmWord>>) = 0;
        virtual std::string identity() const = 0;
        virtual bool varies() const = 0;
        virtual bool is_absent() const noexcept = 0;
    };

    template <DemonstrationSelector S> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : selector(std::forward<Given>(given)) {}
        void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) override {
            selector.prepare(task, pool, seed);
        }
        std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) override {
            return selector.select(queries, count);
        }
        std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) override {
            return ranked_by(selector, queries, count);
        }
        bool best_last() const override { return shows_best_last(selector); }
        bool wants_predictions() const override { return demonstration::wants_predictions(selector); }
        void learn(std::span<const Prediction> predictions) override { tell_predictions(selector, predictions); }
        std::vector<std::size_t> asks_about(const Task& task, std::span<const Example> pool,
                                            std::uint64_t seed) override {
            return demonstration::asks_about(selector, task, pool, seed);
        }
        void learn_words(std::span<const std::size_t> positions, std::span<const LlmWord> words) override {
            tell_words(selector, positions, words);
        }
        OrderTrials trials([[maybe_unused]] std::size_t count) override {
            if constexpr (TriesOrders<S>) {
                return selector.trials(count);
            } else {
                return {};
            }
        }
        void show_order([[maybe_unused]] std::size_t order) override {
            if constexpr (TriesOrders<S>) selector.show_order(order);
        }
        std::size_t best_order([[maybe_unused]] std::span<const std::vector<LlmWord>> words) override {
            if constexpr (TriesOrders<S>) {
                return selector.best_order(words);
            } else {
                return 0;
            }
        }
        std::string identity() const override { return selector.identity(); }
        bool varies() const override { return demonstration::varies(selector); }
        bool is_absent() const noexcept override {
            return requires { requires S::kAbsent; };
        }
        S selector;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(RanksDemonstrations<AnySelector> && LearnsPredictions<AnySelector>);
static_assert(AsksAboutPool<AnySelector> && TriesOrders<AnySelector>);

} // namespace familiar::demonstration
