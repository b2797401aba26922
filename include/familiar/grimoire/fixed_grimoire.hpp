#pragma once

#include <familiar/grimoire/grimoire_ranker.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// One grimoire for every query, so that the prompt's prefix is shared.
class FixedGrimoire {
  public:
    static constexpr bool depends_on_query = false;

    explicit FixedGrimoire(Grimoire grimoire) : grimoire_(std::make_unique<const Grimoire>(std::move(grimoire))) {}

    void prepare(const Task&) noexcept {}
    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) const {
        return std::vector<const Grimoire*>(queries.size(), grimoire_.get());
    }
    [[nodiscard]] std::string identity() const { return "fixed:" + grimoire_->name; }

  private:
    std::unique_ptr<const Grimoire> grimoire_; ///< stays where it is when the ranker is moved
};

static_assert(GrimoireRanker<FixedGrimoire>);

} // namespace familiar::grimoire
