#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/demonstration/labelled_pool.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/demonstration/selector_capabilities.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Shows what another selector ranks highest, with a given distribution of labels:
/// - `uniform`: as many of every label, or one more or less;
/// - `train`: the labels' shares in the pool, rounded by largest remainders;
/// - `one-per-label`: one of each label, fewer than `count` where there are fewer labels.
/// The selector is asked for more until each label has its number; a label that has too few examples leaves its places
/// to the highest ranked of the others. Without labels (generation) nothing changes.
template <DemonstrationSelector Inner> class DistributedSelector {
  public:
    static constexpr std::string_view kName = "distributed";
    static constexpr bool depends_on_query = true; ///< `varies` tells

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, select), // SPEC of the selector that ranks
                                 (std::string, distribution));
        Parameters() : select("nearest"), distribution("uniform") {}
        static constexpr std::string_view kArgument = "distribution";
    };

    /// Throws Error (unknown_name), with the nearest name, for an unknown distribution.
    DistributedSelector(Parameters parameters, Inner inner)
        : parameters_(std::move(parameters)), inner_(std::move(inner)) {
        static constexpr std::array<std::string_view, 3> kKnown = {"uniform", "train", "one-per-label"};
        if (std::find(kKnown.begin(), kKnown.end(), parameters_.distribution) == kKnown.end()) {
            throw Error(ErrorCode::unknown_name, "unknown distribution " + parameters_.distribution,
                        "distributed.distribution", suggestion(parameters_.distribution, kKnown));
        }
    }

    [[nodiscard]] bool wants_predictions() const { return demonstration::wants_predictions(inner_); }
    void learn(std::span<const Prediction> predictions) { tell_predictions(inner_, predictions); }

    [[nodiscard]] std::vector<std::size_t> asks_about(const Task& task, std::span<const Example> pool,
                                                      std::uint64_t seed) {
        return demonstration::asks_about(inner_, task, pool, seed);
    }
    void learn_words(std::span<const std::size_t> positions, std::span<const LlmWord> words) {
        tell_words(inner_, positions, words);
    }

    /// Throws Error (invalid_argument) where it wraps orders that are to be tried (`TriesOrders`), and what the
    /// selector that it wraps throws.
    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        inner_.prepare(task, pool, seed);
        if constexpr (TriesOrders<Inner>) {
            if (inner_.trials(2).orders > 0) {
                throw Error(
                    ErrorCode::invalid_argument,
                    "an order that the LLM is asked about would be lost: what a distribution chooses has another",
                    "distributed.select", "Wrap the other way round: ordered, with select distributed");
            }
        }
        label_of_.assign(pool.size(), kNone);
        sizes_.assign(task.labels.size(), 0);
        for (const std::size_t position : labelled_positions(pool)) {
            const auto label = task.label_index(*pool[position].label);
            if (!label) continue;
            label_of_[position] = *label;
            ++sizes_[*label];
        }
        labelled_ = labelled_positions(pool).size();
        order_.resize(sizes_.size()); // who has one more where they cannot be equal
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        Random(seed, "demonstration/distribution").shuffle(std::span(order_));
    }

    /// Best first; not in the order of `select`.
    [[nodiscard]] std::vector<std::vector<std::size_t>> rank(std::span<const Example> queries, std::size_t count) {
        if (sizes_.empty() || queries.empty()) return ranked_by(inner_, queries, count);
        const auto wanted = numbers(std::min(count, labelled_));
        const std::size_t total = std::accumulate(wanted.begin(), wanted.end(), std::size_t{0});
        std::vector<std::vector<std::size_t>> selection(queries.size());
        if (!varies()) {
            selection.assign(queries.size(), one(queries.first(1), wanted, total));
            return selection;
        }
        for (std::size_t q = 0; q < queries.size(); ++q) selection[q] = one(queries.subspan(q, 1), wanted, total);
        return selection;
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        return in_order_shown(rank(queries, count), best_last());
    }

    [[nodiscard]] bool best_last() const { return shows_best_last(inner_); }

    /// Whether selections differ from query to query.
    [[nodiscard]] bool varies() const { return demonstration::varies(inner_); }

    [[nodiscard]] std::string identity() const {
        return std::string(kName) + "(" + parameters_.distribution + "," + std::string(inner_.identity()) + ")";
    }

  private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    /// How many of each label `count` examples have.
    [[nodiscard]] std::vector<std::size_t> numbers(std::size_t count) const {
        std::vector<std::size_t> out(sizes_.size(), 0);
        if (parameters_.distribution == "train") {
            const double all = static_cast<double>(std::accumulate(sizes_.begin(), sizes_.end(), std::size_t{0}));
            std::vector<double> rest(sizes_.size());
            std::size_t given = 0;
            for (std::size_t l = 0; l < sizes_.size(); ++l) {
                const double exact =
                    all > 0.0 ? static_cast<double>(count) * static_cast<double>(sizes_[l]) / all : 0.0;
                out[l] = static_cast<std::size_t>(std::floor(exact));
                rest[l] = exact - std::floor(exact);
                given += out[l];
            }
            auto order = order_;
            std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return rest[a] > rest[b]; });
            for (std::size_t i = 0; given < count && i < order.size(); ++i, ++given) ++out[order[i]];
            return out;
        }
        const std::size_t most = parameters_.distribution == "one-per-label" ? 1 : count;
        for (std::size_t round = 0, given = 0; round < most; ++round) {
            bool any = false;
            for (const std::size_t label : order_) {
                if (given == count || out[label] == sizes_[label]) continue;
                ++out[label];
                ++given;
                any = true;
            }
            if (!any) break;
        }
        return out;
    }

    [[nodiscard]] std::vector<std::size_t> one(std::span<const Example> query, const std::vector<std::size_t>& wanted,
                                               std::size_t total) {
        for (std::size_t asked = 2 * total + 8;; asked *= 4) {
            asked = std::min(asked, labelled_);
            const auto best = ranked_by(inner_, query, asked).front();
            auto left = wanted;
            std::vector<std::size_t> taken, over;
            for (const std::size_t position : best) {
                const std::size_t label = label_of_[position];
                if (label != kNone && left[label] > 0) {
                    --left[label];
                    taken.push_back(position);
                } else {
                    over.push_back(position);
                }
            }
            if (taken.size() == total) return taken;
            if (asked < labelled_) continue;
            for (const std::size_t position : over) { // fewer than counted: the query itself was among them
                if (taken.size() == total || parameters_.distribution == "one-per-label") break;
                taken.push_back(position);
            }
            return taken;
        }
    }

    Parameters parameters_;
    Inner inner_;
    std::vector<std::size_t> label_of_, sizes_, order_;
    std::size_t labelled_ = 0;
};

} // namespace familiar::demonstration
