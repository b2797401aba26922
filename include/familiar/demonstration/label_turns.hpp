#pragma once

#include <familiar/core/example.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/task.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// The examples of each label, and how many of each make a selection in which labels take turns.
struct LabelGroups {
    std::vector<std::vector<std::size_t>> members; ///< of each label that has any; for generation all in one group

    /// @param rows positions in the pool of examples that have a label
    static LabelGroups of(const Task& task, std::span<const Example> pool, std::span<const std::size_t> rows,
                          std::uint64_t seed, std::string_view purpose) {
        LabelGroups groups;
        groups.members.resize(std::max<std::size_t>(task.labels.size(), 1));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto label = task.is_generation() ? 0 : task.label_index(*pool[rows[row]].label);
            if (label) groups.members[*label].push_back(row);
        }
        std::erase_if(groups.members, [](const auto& group) { return group.empty(); });
        // No label always comes first, or has one more than the others.
        Random(seed, purpose).shuffle(std::span(groups.members));
        return groups;
    }

    /// How many of each group a selection of `count` has: equally many, until a group is used up.
    [[nodiscard]] std::vector<std::size_t> shares(std::size_t count) const {
        std::vector<std::size_t> shares(members.size(), 0);
        for (bool more = true; more && count > 0;) {
            more = false;
            for (std::size_t g = 0; g < members.size() && count > 0; ++g) {
                if (shares[g] == members[g].size()) continue;
                ++shares[g];
                --count;
                more = true;
            }
        }
        return shares;
    }
};

/// One of each list after another, as long as any has more.
inline std::vector<std::size_t> in_turns(const std::vector<std::vector<std::size_t>>& lists) {
    std::vector<std::size_t> out;
    for (std::size_t round = 0;; ++round) {
        bool any = false;
        for (const auto& list : lists) {
            if (round >= list.size()) continue;
            out.push_back(list[round]);
            any = true;
        }
        if (!any) return out;
    }
}

} // namespace familiar::demonstration
