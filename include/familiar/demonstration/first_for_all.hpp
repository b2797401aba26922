#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace familiar::demonstration {

/// A selection that does not depend on the query: the first `count` of the order (all, where there are fewer), for
/// every query.
[[nodiscard]] inline std::vector<std::vector<std::size_t>> first_for_all(std::span<const std::size_t> order,
                                                                         std::size_t count, std::size_t queries) {
    const auto shown = order.first(std::min(count, order.size()));
    return std::vector<std::vector<std::size_t>>(queries, {shown.begin(), shown.end()});
}

} // namespace familiar::demonstration
