#pragma once

#include <familiar/grimoire/grimoire_ranker.hpp>

namespace familiar::grimoire {

/// The null policy of the grimoire slot: no notes in any prompt.
struct NoGrimoire {
    static constexpr bool kAbsent = true;
    static constexpr bool depends_on_query = false;

    void prepare(const Task&) noexcept {}
    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) const {
        return std::vector<const Grimoire*>(queries.size(), nullptr);
    }
    [[nodiscard]] std::string identity() const { return "none"; }
};

static_assert(GrimoireRanker<NoGrimoire>);

} // namespace familiar::grimoire
