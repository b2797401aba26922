#pragma once

#include <familiar/grimoire/any_ranker.hpp>
#include <familiar/grimoire/outcome.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace familiar::grimoire {

/// For each query the choice that was made for it beforehand, by its id and text: an oracle's, say. A query that is not
/// known gets the first candidate.
class LookedUpRanker {
  public:
    static constexpr bool depends_on_query = true;

    /// @param candidates at least one
    /// @param name       for the identity
    LookedUpRanker(std::vector<AnyRanker> candidates, std::string name)
        : candidates_(std::move(candidates)), name_(std::move(name)) {}

    /// `candidate` is a position among the candidates.
    void decide(const Example& query, std::size_t candidate) {
        choices_[key(query)] = std::min(candidate, candidates_.size() - 1);
    }

    void prepare(const Task& task) {
        for (auto& candidate : candidates_) candidate.prepare(task);
    }

    [[nodiscard]] std::vector<const Grimoire*> choose(std::span<const Example> queries) {
        std::vector<const Grimoire*> chosen;
        chosen.reserve(queries.size());
        for (std::size_t q = 0; q < queries.size(); ++q) {
            const auto known = choices_.find(key(queries[q]));
            chosen.push_back(
                candidates_[known == choices_.end() ? 0 : known->second].choose(queries.subspan(q, 1)).front());
        }
        return chosen;
    }

    [[nodiscard]] std::string identity() const { return name_; }

  private:
    using Key = std::pair<std::string, std::string>;
    static Key key(const Example& example) { return {example.id, question_key(example)}; }

    std::vector<AnyRanker> candidates_;
    std::map<Key, std::size_t> choices_;
    std::string name_;
};

static_assert(GrimoireRanker<LookedUpRanker>);

} // namespace familiar::grimoire
