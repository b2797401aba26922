#pragma once

#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/first_for_all.hpp>
#include <familiar/demonstration/labelled_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::demonstration {

/// A random draw without replacement, the same for every query, as SuperICL has it. A smaller `count` gives the first
/// ones of a larger draw.
class RandomSelector {
  public:
    static constexpr std::string_view kName = "random";
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    RandomSelector() = default;
    explicit RandomSelector(Parameters) {}

    void prepare(const Task&, std::span<const Example> pool, std::uint64_t seed) {
        order_ = labelled_positions(pool);
        Random(seed, "demonstration/random").shuffle(std::span(order_));
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return first_for_all(order_, count, queries.size());
    }

    [[nodiscard]] std::string identity() const { return std::string(kName); }

  private:
    std::vector<std::size_t> order_;
};

static_assert(DemonstrationSelector<RandomSelector>);

} // namespace familiar::demonstration
