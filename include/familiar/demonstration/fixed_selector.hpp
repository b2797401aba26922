#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/first_for_all.hpp>
#include <familiar/demonstration/labelled_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Always the same demonstrations: those at given positions of the pool, else its first ones that have a label.
class FixedSelector {
  public:
    static constexpr std::string_view kName = "fixed";
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::vector<std::size_t>, positions)); // from 0; empty: the first ones
        Parameters() = default;
    };

    FixedSelector() = default;

    /// Throws Error (invalid_argument) for a position that is given twice.
    explicit FixedSelector(Parameters parameters) : parameters_(std::move(parameters)) {
        auto sorted = parameters_.positions;
        std::sort(sorted.begin(), sorted.end());
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end()) {
            throw Error(ErrorCode::invalid_argument, "position " + std::to_string(*twice) + " is given twice", "fixed");
        }
    }

    /// Throws Error (invalid_argument) for a position beyond the pool, or of an example without a label.
    void prepare(const Task&, std::span<const Example> pool, std::uint64_t) {
        for (const std::size_t position : parameters_.positions) {
            if (position >= pool.size()) {
                throw Error(ErrorCode::invalid_argument,
                            "position " + std::to_string(position) + " lies beyond the " + std::to_string(pool.size()) +
                                " examples of the pool",
                            "fixed");
            }
            if (!pool[position].label) {
                throw Error(ErrorCode::invalid_argument,
                            "the example at position " + std::to_string(position) + " has no label", "fixed");
            }
        }
        order_ = parameters_.positions.empty() ? labelled_positions(pool) : parameters_.positions;
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return first_for_all(order_, count, queries.size());
    }

    [[nodiscard]] std::string identity() const {
        std::string text(kName);
        for (std::size_t i = 0; i < parameters_.positions.size(); ++i) {
            text += (i == 0 ? ":" : ",") + std::to_string(parameters_.positions[i]);
        }
        return text;
    }

  private:
    Parameters parameters_;
    std::vector<std::size_t> order_;
};

static_assert(DemonstrationSelector<FixedSelector>);

} // namespace familiar::demonstration
