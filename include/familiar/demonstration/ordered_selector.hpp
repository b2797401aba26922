#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/reflection.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/demonstration/asks_llm.hpp>
#include <familiar/demonstration/order_entropy.hpp>
#include <familiar/demonstration/ranks_demonstrations.hpp>
#include <familiar/demonstration/selector_capabilities.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::demonstration {

/// Shows what another selector chooses, in another order:
/// - `similar-last`, `similar-first`: by the cosine of the embeddings with the query's, so that the most similar
///   example stands next to it, or first. A selection that is the same for all queries is no longer so in its order.
/// - `random`: a seeded shuffle.
/// - `confident-last`, `confident-first`: by what the plug-in is sure of, out of fold.
/// - `entropy-last`, `entropy-first`: by the entropy of the plug-in's distribution.
/// - `global-entropy`, `local-entropy`: the LLM is asked about `probes` examples of the pool with each of `orders`
/// orders
///   of a selection that is the same for all queries; the order stands that leads it least astray
///   (demonstration/order_entropy.hpp). Their labels are not looked at. Until it is asked the order is that of the
///   selection.
/// Equals keep the order that they came in.
template <DemonstrationSelector Inner, encoder::TextEncoder Encoder> class OrderedSelector {
  public:
    static constexpr std::string_view kName = "ordered";
    static constexpr bool depends_on_query = true; ///< `varies` tells

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (std::string, select), // SPEC of the selector that chooses
                                 (std::string, order), (std::size_t, orders), (std::size_t, probes));
        Parameters() : select("balanced"), order("similar-last"), orders(8), probes(16) {}
        static constexpr std::string_view kArgument = "order";
    };

    /// @param make_encoder makes the encoder, where the order needs one
    /// Throws Error (unknown_name), with the nearest name, for an unknown order; invalid_argument for nothing to try.
    OrderedSelector(Parameters parameters, Inner inner, const std::function<Encoder()>& make_encoder)
        : parameters_(std::move(parameters)), inner_(std::move(inner)) {
        static constexpr std::array<std::string_view, 9> kOrders = {
            "similar-last", "similar-first", "random",         "confident-last", "confident-first",
            "entropy-last", "entropy-first", "global-entropy", "local-entropy"};
        if (std::find(kOrders.begin(), kOrders.end(), parameters_.order) == kOrders.end()) {
            throw Error(ErrorCode::unknown_name, "unknown order " + parameters_.order, "ordered.order",
                        suggestion(parameters_.order, kOrders));
        }
        if (by_trial() && (parameters_.orders == 0 || parameters_.probes == 0)) {
            throw Error(ErrorCode::invalid_argument, "there is nothing to try", "ordered",
                        "Give at least 1 of orders and probes");
        }
        if (by_similarity()) encoder_.emplace(make_encoder());
    }

    [[nodiscard]] bool wants_predictions() const { return by_plugin() || demonstration::wants_predictions(inner_); }

    void learn(std::span<const Prediction> predictions) {
        predictions_.assign(predictions.begin(), predictions.end());
        if (demonstration::wants_predictions(inner_)) tell_predictions(inner_, predictions);
    }

    [[nodiscard]] std::vector<std::size_t> asks_about(const Task& task, std::span<const Example> pool,
                                                      std::uint64_t seed) {
        return demonstration::asks_about(inner_, task, pool, seed);
    }
    void learn_words(std::span<const std::size_t> positions, std::span<const LlmWord> words) {
        tell_words(inner_, positions, words);
    }

    /// Throws Error (invalid_argument) where the order needs a plug-in and none has told anything, where orders are to
    /// be tried of a selection that varies, and what the selector throws.
    void prepare(const Task& task, std::span<const Example> pool, std::uint64_t seed) {
        pool_ = pool;
        seed_ = seed;
        vectors_.clear();
        known_ = std::exchange(predictions_, {});
        if (by_plugin() && known_.size() != pool.size()) {
            throw Error(ErrorCode::invalid_argument, "the order " + parameters_.order + " needs a plug-in",
                        "ordered.order", "Choose a method with a plug-in, or another order");
        }
        if (by_trial() && varies()) {
            throw Error(ErrorCode::invalid_argument,
                        "an order is tried for all queries, and " + parameters_.select + " chooses for each",
                        "ordered.select", "Wrap a selector that does not depend on the query");
        }
        order_ = 0;
        inner_.prepare(task, pool, seed);
    }

    /// Which orders to try; none for an order that needs no trial. The probes stand in the pool's order.
    [[nodiscard]] OrderTrials trials(std::size_t count) {
        OrderTrials trials;
        if (!by_trial() || pool_.empty()) return trials;
        const auto shown = inner_.select(pool_.first(1), count).front();
        for (const std::size_t position : Random(seed_, "demonstration/order probes").permutation(pool_.size())) {
            if (trials.probes.size() == parameters_.probes) break;
            if (std::find(shown.begin(), shown.end(), position) == shown.end()) trials.probes.push_back(position);
        }
        std::sort(trials.probes.begin(), trials.probes.end());
        if (!trials.probes.empty()) trials.orders = some_orders(shown.size(), parameters_.orders, seed_).size();
        return trials;
    }

    /// From now on; below the `orders` of `trials`.
    void show_order(std::size_t order) { order_ = order; }

    /// That of the largest entropy, of equals the first. Throws Error (invalid_argument) for `local-entropy` of an LLM
    /// that gives no probabilities.
    [[nodiscard]] std::size_t best_order(std::span<const std::vector<LlmWord>> words) const {
        std::size_t best = 0;
        double most = -1.0;
        for (std::size_t order = 0; order < words.size(); ++order) {
            const auto local = local_entropy(words[order]);
            if (parameters_.order == "local-entropy" && !local) {
                throw Error(ErrorCode::invalid_argument, "the LLM gives no probabilities of the labels",
                            "ordered.order", "Choose global-entropy, or an LLM in this process");
            }
            const double value = parameters_.order == "local-entropy" ? *local : global_entropy(words[order]);
            if (value > most) {
                most = value;
                best = order;
            }
        }
        return best;
    }

    [[nodiscard]] std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t count) {
        auto selection = inner_.select(queries, count);
        if (by_similarity()) {
            order_by_similarity(queries, selection);
            return selection;
        }
        for (auto& positions : selection) {
            if (parameters_.order == "random") {
                Random(seed_, "demonstration/order").shuffle(std::span(positions));
                continue;
            }
            if (by_trial()) {
                if (order_ > 0) reorder(positions);
                continue;
            }
            const bool by_entropy = parameters_.order.starts_with("entropy");
            order_by(positions, [&](std::size_t position) {
                return by_entropy ? entropy(known_[position].distribution) : known_[position].confidence;
            });
        }
        return selection;
    }

    /// Whether selections differ from query to query.
    [[nodiscard]] bool varies() const { return by_similarity() || demonstration::varies(inner_); }

    [[nodiscard]] std::string identity() const {
        const std::string tried =
            by_trial() ? "=" + std::to_string(parameters_.orders) + "x" + std::to_string(parameters_.probes) : "";
        return std::string(kName) + "(" + parameters_.order + tried + "," + std::string(inner_.identity()) +
               (encoder_ ? "," + std::string(encoder_->identity()) + ")" : ")");
    }

  private:
    [[nodiscard]] bool by_similarity() const { return parameters_.order.starts_with("similar"); }
    [[nodiscard]] bool by_plugin() const {
        return parameters_.order.starts_with("confident") || parameters_.order.starts_with("entropy");
    }
    [[nodiscard]] bool by_trial() const { return parameters_.order.ends_with("-entropy"); }

    /// To the order that is shown, if the selection is long enough to have it.
    void reorder(std::vector<std::size_t>& positions) const {
        const auto orders = some_orders(positions.size(), parameters_.orders, seed_);
        if (order_ >= orders.size()) return;
        const auto before = positions;
        for (std::size_t i = 0; i < before.size(); ++i) positions[i] = before[orders[order_][i]];
    }

    /// Ascending, or descending where the order is one of `-first`.
    template <class Key> void order_by(std::vector<std::size_t>& positions, const Key& key) const {
        const bool first = parameters_.order.ends_with("first");
        std::stable_sort(positions.begin(), positions.end(),
                         [&](auto a, auto b) { return first ? key(a) > key(b) : key(a) < key(b); });
    }

    void order_by_similarity(std::span<const Example> queries, std::vector<std::vector<std::size_t>>& selection) {
        const std::size_t dimension = encoder_->dimension();
        std::vector<Example> fresh;
        std::vector<std::size_t> places;
        for (const auto& positions : selection) {
            for (const std::size_t position : positions) {
                if (!vectors_.emplace(position, std::vector<float>()).second) continue;
                places.push_back(position);
                fresh.push_back(pool_[position]);
            }
        }
        const auto values = embed(fresh);
        for (std::size_t i = 0; i < places.size(); ++i)
            vectors_[places[i]].assign(values.data() + i * dimension, values.data() + (i + 1) * dimension);
        const auto asked = embed(queries);
        for (std::size_t q = 0; q < queries.size(); ++q) {
            std::map<std::size_t, double> similarity;
            for (const std::size_t position : selection[q]) {
                similarity[position] =
                    retrieval::dot(vectors_[position].data(), asked.data() + q * dimension, dimension);
            }
            order_by(selection[q], [&](std::size_t position) { return similarity[position]; });
        }
    }

    [[nodiscard]] tensor::AlignedBuffer<float> embed(std::span<const Example> examples) {
        const std::size_t dimension = encoder_->dimension();
        tensor::AlignedBuffer<float> values(examples.size() * dimension);
        if (examples.empty()) return values;
        const tensor::MatrixView<float> rows(values.data(), examples.size(), dimension);
        encoder_->embed(examples, rows);
        retrieval::normalise_rows(rows);
        return values;
    }

    Parameters parameters_;
    Inner inner_;
    std::optional<Encoder> encoder_;
    std::span<const Example> pool_;
    std::uint64_t seed_ = 0;
    std::size_t order_ = 0; ///< of those that are tried
    std::vector<Prediction> predictions_, known_;
    std::map<std::size_t, std::vector<float>> vectors_; ///< of examples that were shown, by position
};

} // namespace familiar::demonstration
