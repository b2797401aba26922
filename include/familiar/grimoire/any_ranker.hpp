#pragma once

#include <familiar/grimoire/grimoire_ranker.hpp>

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// A ranker whose type is known at run time only. `depends_on_query` is the careful answer; a ranker inside that
/// chooses the same for all is asked once, and a pipeline shares the prefix of equal notes anyway.
class AnyRanker {
  public:
    static constexpr bool depends_on_query = true;

    template <class R>
        requires(!std::same_as<std::remove_cvref_t<R>, AnyRanker> && GrimoireRanker<std::remove_cvref_t<R>>)
    AnyRanker(R&& ranker) : model_(std::make_unique<Model<std::remove_cvref_t<R>>>(std::forward<R>(ranker))) {}

    void prepare(const Task& task) { model_->prepare(task); }

    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) {
        if (model_->varies() || queries.size() < 2) return model_->choose(queries);
        return std::vector<const Grimoire*>(queries.size(), model_->choose(queries.first(1)).front());
    }

    [[nodiscard]] std::string identity() const { return model_->identity(); }
    [[nodiscard]] bool varies() const noexcept { return model_->varies(); }
    [[nodiscard]] bool is_absent() const noexcept { return model_->is_absent(); }

  private:
    struct Interface {
        virtual ~Interface() = default;
        virtual void prepare(const Task&) = 0;
        virtual std::vector<const Grimoire*> choose(std::span<const Example>) = 0;
        virtual std::string identity() const = 0;
        virtual bool varies() const noexcept = 0;
        virtual bool is_absent() const noexcept = 0;
    };

    template <GrimoireRanker R> struct Model final : Interface {
        template <class Given> explicit Model(Given&& given) : ranker(std::forward<Given>(given)) {}
        void prepare(const Task& task) override { ranker.prepare(task); }
        std::vector<const Grimoire*> choose(std::span<const Example> queries) override {
            return ranker.choose(queries);
        }
        std::string identity() const override { return ranker.identity(); }
        bool varies() const noexcept override { return R::depends_on_query; }
        bool is_absent() const noexcept override {
            return requires { requires R::kAbsent; };
        }
        R ranker;
    };

    std::unique_ptr<Interface> model_;
};

static_assert(GrimoireRanker<AnyRanker>);

} // namespace familiar::grimoire
