#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace familiar::retrieval {

/// A tree of merges: n points become one cluster in n − 1 steps.
struct MergeTree {
    struct Merge {
        std::uint32_t a = 0, b = 0; ///< a point of either cluster, a < b
        double height = 0.0;        ///< mean distance between the clusters' points
    };

    std::size_t points = 0;
    std::vector<Merge> merges; ///< by ascending height

    /// The cluster of every point when `clusters` are left (all points their own where there are fewer points), named
    /// 0, 1, … in the order of their first points. O(points).
    [[nodiscard]] std::vector<std::size_t> cut(std::size_t clusters) const {
        std::vector<std::size_t> leader(points);
        std::iota(leader.begin(), leader.end(), std::size_t{0});
        const auto find = [&](std::size_t p) {
            while (leader[p] != p) p = leader[p] = leader[leader[p]];
            return p;
        };
        const std::size_t done = points > clusters ? points - std::max<std::size_t>(clusters, 1) : 0;
        for (std::size_t m = 0; m < done && m < merges.size(); ++m) {
            const std::size_t a = find(merges[m].a), b = find(merges[m].b);
            leader[std::max(a, b)] = std::min(a, b);
        }
        std::vector<std::size_t> names(points, points), labels(points);
        std::size_t next = 0;
        for (std::size_t p = 0; p < points; ++p) {
            const std::size_t top = find(p);
            if (names[top] == points) names[top] = next++;
            labels[p] = names[top];
        }
        return labels;
    }
};

namespace detail {

/// The nearest-neighbour chain over a full matrix of mean similarities between clusters.
class NeighbourChain {
  public:
    NeighbourChain(tensor::MatrixView<float> similarities, std::size_t points)
        : similarities_(similarities), sizes_(points, 1), active_(points) {
        std::iota(active_.begin(), active_.end(), std::uint32_t{0});
    }

    template <class Merged> void run(const Merged& merged) {
        std::vector<std::uint32_t> chain;
        while (active_.size() > 1) {
            if (chain.empty()) chain.push_back(active_.front());
            const std::uint32_t top = chain.back();
            const std::uint32_t before = chain.size() > 1 ? chain[chain.size() - 2] : kNone;
            const std::uint32_t nearest = nearest_to(top, before);
            if (nearest != before) {
                chain.push_back(nearest);
                continue;
            }
            chain.resize(chain.size() - 2); // each is the other's nearest
            merged(std::min(top, before), std::max(top, before));
            join(std::min(top, before), std::max(top, before));
        }
    }

  private:
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

    /// The chain's last but one wins a tie, so that the chain ends; else the lowest number.
    [[nodiscard]] std::uint32_t nearest_to(std::uint32_t cluster, std::uint32_t before) const {
        const float* const row = similarities_.row(cluster);
        std::uint32_t best = before;
        float most = before != kNone ? row[before] : -std::numeric_limits<float>::infinity();
        for (const std::uint32_t other : active_) {
            if (other == cluster || !(row[other] > most || best == kNone)) continue;
            most = row[other];
            best = other;
        }
        return best;
    }

    /// Lance and Williams' rule for means: the new cluster's mean similarities are those of both, by their sizes. The
    /// cluster takes the number of `a`.
    void join(std::uint32_t a, std::uint32_t b) {
        float* const into = similarities_.row(a);
        const float* const from = similarities_.row(b);
        const auto size_a = static_cast<double>(sizes_[a]), size_b = static_cast<double>(sizes_[b]);
        const double share_a = size_a / (size_a + size_b), share_b = size_b / (size_a + size_b);
        active_.erase(std::lower_bound(active_.begin(), active_.end(), b));
        for (const std::uint32_t other : active_) {
            const auto mean = static_cast<float>(share_a * static_cast<double>(into[other]) +
                                                 share_b * static_cast<double>(from[other]));
            into[other] = mean;
            similarities_.row(other)[a] = mean;
        }
        sizes_[a] += sizes_[b];
    }

    tensor::MatrixView<float> similarities_;
    std::vector<std::size_t> sizes_;
    std::vector<std::uint32_t> active_; ///< ascending
};

} // namespace detail

/// Points that `average_linkage` takes at most: its matrix has their square.
inline constexpr std::size_t kMostLinked = 32768;

/// Agglomerative clustering by the mean cosine distance between two clusters' points (UPGMA), with the
/// nearest-neighbour chain (Murtagh, "A survey of recent advances in hierarchical clustering algorithms", 1983).
///
/// Which clusters are merged is decided on similarities that are known to about 1e-6 (f32, updated in double); among
/// distances closer than that either may come first. The heights are computed afterwards, in double: for rows of length
/// 1, which they are scaled to, the mean similarity of two clusters is the product of their sums over the product of
/// their sizes.
///
/// @param rows [n, dimension], of any length; a row of zeros is at distance 1 from all others
/// @param pool may be null
/// Memory 4 n² bytes and 12 n · dimension; time O(n² · dimension) for the similarities, O(n²) for the tree.
/// Throws Error (invalid_argument) for more than kMostLinked rows.
template <kernels::KernelBackend Kernels = kernels::Reference>
[[nodiscard]] MergeTree average_linkage(tensor::MatrixView<const float> rows, ThreadPool* pool = nullptr,
                                        const Kernels& kernels = {}) {
    const std::size_t n = rows.rows, dimension = rows.columns;
    if (n > kMostLinked) {
        throw Error(ErrorCode::invalid_argument,
                    std::to_string(n) + " points, at most " + std::to_string(kMostLinked) + " can be linked",
                    "average linkage", "Take a sample of them");
    }
    MergeTree tree;
    tree.points = n;
    if (n < 2) return tree;
    std::vector<double> sums(n * dimension), sizes(n, 1.0); // of the clusters, by the number that they go by
    tensor::AlignedBuffer<float> unit(n * dimension), values(n * n);
    for (std::size_t i = 0; i < n; ++i) {
        const double squares = dot(rows.row(i), rows.row(i), dimension);
        const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
        for (std::size_t k = 0; k < dimension; ++k) {
            sums[i * dimension + k] = scale * static_cast<double>(rows.row(i)[k]);
            unit[i * dimension + k] = static_cast<float>(sums[i * dimension + k]);
        }
    }
    const tensor::MatrixView<const float> scaled(unit.data(), n, dimension);
    const tensor::MatrixView<float> similarities(values.data(), n, n);
    const std::size_t panels = (n + tensor::kPanelWidth - 1) / tensor::kPanelWidth;
    const auto fill = [&](std::size_t p, std::size_t) {
        const std::size_t first = p * tensor::kPanelWidth, count = std::min(tensor::kPanelWidth, n - first);
        tensor::PackedMatrix packed(count, dimension);
        if (count < tensor::kPanelWidth) std::fill_n(packed.panel(0), dimension * tensor::kPanelWidth, 0.0F);
        for (std::size_t j = 0; j < count; ++j) {
            const float* const row = scaled.row(first + j);
            for (std::size_t k = 0; k < dimension; ++k) packed.panel(0)[k * tensor::kPanelWidth + j] = row[k];
        }
        kernels.multiply_panel(scaled, packed.panel(0), count, {},
                               tensor::MatrixView<float>(values.data() + first, n, count, n));
    };
    run_tasks(pool, panels, fill);
    for (std::size_t i = 0; i < n * n; ++i) {
        if (!(values[i] == values[i])) values[i] = -1.0F; // NaN: as far as can be
    }

    detail::NeighbourChain chain(similarities, n);
    chain.run([&](std::uint32_t a, std::uint32_t b) {
        double product = 0.0;
        double* const into = sums.data() + a * dimension;
        const double* const from = sums.data() + b * dimension;
        for (std::size_t k = 0; k < dimension; ++k) {
            product += into[k] * from[k];
            into[k] += from[k];
        }
        tree.merges.push_back({a, b, 1.0 - product / (sizes[a] * sizes[b])});
        sizes[a] += sizes[b];
    });
    std::stable_sort(tree.merges.begin(), tree.merges.end(),
                     [](const auto& x, const auto& y) { return x.height < y.height; });
    return tree;
}

} // namespace familiar::retrieval
