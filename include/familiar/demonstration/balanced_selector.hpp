#pragma once

#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/task.hpp>
#include <familiar/demonstration/demonstration_selector.hpp>
#include <familiar/demonstration/first_for_all.hpp>
#include <familiar/demonstration/labelled_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::demonstration {

/// A random draw in which every label has as many examples as any other, or one more or less where `count` is no
/// multiple of the labels; the same for every query. Labels take turns in a new random order each round, so that no
/// label always comes last. A label that runs out of examples is passed over. Without labels (generation) the draw is
/// plainly random. A smaller `count` gives the first ones of a larger draw.
class BalancedSelector {
  public:
    static constexpr std::string_view kName = "balanced";
    static constexpr bool depends_on_query = false;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    BalancedSelector() = default;
    explicit BalancedSelector(Parameters) {}

    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        Random random(seed, "demonstration/balanced");
        auto positions = labelled_positions(pool);
        random.shuffle(std::span(positions));
        order_.clear();
        if (task.is_generation()) {
            order_ = std::move(positions);
            return;
        }
        std::vector<std::vector<std::size_t>> of_label(task.labels.size());
        for (const std::size_t position : positions) {
            if (const auto label = task.label_index(*pool[position].label)) of_label[*label].push_back(position);
        }
        std::vector<std::size_t> turns;
        for (std::size_t label = 0; label < of_label.size(); ++label) {
            if (!of_label[label].empty()) turns.push_back(label);
        }
        for (std::size_t round = 0; !turns.empty(); ++round) {
            random.shuffle(std::span(turns));
            for (const std::size_t label : turns) order_.push_back(of_label[label][round]);
            std::erase_if(turns, [&](std::size_t label) { return of_label[label].size() <= round + 1; });
        }
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return first_for_all(order_, count, queries.size());
    }

    [[nodiscard]] std::string identity() const { return std::string(kName); }

  private:
    std::vector<std::size_t> order_;
};

static_assert(DemonstrationSelector<BalancedSelector>);

} // namespace familiar::demonstration
