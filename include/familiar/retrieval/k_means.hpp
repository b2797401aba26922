#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
#include <familiar/retrieval/detail/bounded_lloyd.hpp>
#include <familiar/retrieval/unit_rows.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace familiar::retrieval {

struct KMeansOptions {
    std::size_t iterations = 300; ///< at most
    /// Ends when the centres' squared movement is no more than this share of the columns' mean variance; at 0 when no
    /// label changes. scikit-learn's default is 1e-4.
    double tolerance = 0.0;
};

/// What k-means finds.
struct KMeans {
    tensor::AlignedBuffer<float> centres; ///< [clusters, dimension]; of a cluster without members where it was left
    std::vector<std::size_t> labels;      ///< cluster of each row
    std::vector<std::size_t> sizes;       ///< members of each cluster; 0 is possible where rows are copies of few
    double inertia = 0.0;                 ///< sum of squared distances to the own centre, in double
    std::size_t iterations = 0;
    bool converged = false;
};

/// Lloyd's iterations from given centres, to the same labels as without any short cut: a row whose bounds show that its
/// centre is still the nearest is not looked at (Elkan, ICML 2003; Ding et al., "Yinyang K-Means", ICML 2015: a lower
/// bound for each group of centres, at most an eighth of the rows' memory). Of equally near centres the first is taken.
/// A cluster that loses its last member moves to the row that is farthest from its own centre, as in scikit-learn.
///
/// @param rows  [n, dimension], finite
/// @param start [clusters, dimension]
/// @param pool  may be null; results do not depend on the threads
/// Memory O(n · dimension / 8 + n + clusters · dimension). Throws Error (invalid_argument) without rows or centres.
template <kernels::KernelBackend Kernels = kernels::Reference>
[[nodiscard]] KMeans k_means_from(tensor::MatrixView<const float> rows, tensor::MatrixView<const float> start,
                                  KMeansOptions options = {}, ThreadPool* pool = nullptr, const Kernels& kernels = {}) {
    if (rows.rows == 0 || start.rows == 0 || rows.columns != start.columns) {
        throw Error(ErrorCode::invalid_argument,
                    "k-means of " + std::to_string(rows.rows) + " rows of " + std::to_string(rows.columns) + " from " +
                        std::to_string(start.rows) + " centres of " + std::to_string(start.columns),
                    "k-means", "Give at least one row and one centre, of the same dimension");
    }
    detail::BoundedLloyd<Kernels> lloyd(rows, start, pool, kernels);
    KMeans result;
    const double enough = options.tolerance > 0.0 ? options.tolerance * detail::mean_variance(rows) : -1.0;
    while (result.iterations < options.iterations && !result.converged) {
        ++result.iterations;
        const auto [changed, moved] = lloyd.iterate();
        result.converged = changed == 0 || moved <= enough;
    }
    lloyd.assign(); // to the centres as they now stand
    result.labels = lloyd.labels();
    result.centres = lloyd.take_centres();
    result.sizes.assign(start.rows, 0);
    for (std::size_t i = 0; i < rows.rows; ++i) {
        ++result.sizes[result.labels[i]];
        const float* const centre = result.centres.data() + result.labels[i] * rows.columns;
        result.inertia += detail::squared_distance(rows.row(i), centre, rows.columns);
    }
    return result;
}

namespace detail {

/// k-means++ with several candidates a step, the best of which is kept (Arthur, Vassilvitskii, SODA 2007, section 5.3).
/// Returns the rows chosen; fewer where the rows have fewer distinct places than clusters are wanted.
template <kernels::KernelBackend Kernels>
std::vector<std::size_t> seed_rows(tensor::MatrixView<const float> rows, std::size_t clusters, Random& random,
                                   ThreadPool* pool, const Kernels& kernels) {
    const std::size_t n = rows.rows, dimension = rows.columns;
    const auto trials = std::min<std::size_t>(2 + static_cast<std::size_t>(std::log(static_cast<double>(clusters))),
                                              tensor::kPanelWidth);
    std::vector<float> squares(n), nearest(n, std::numeric_limits<float>::infinity());
    for (std::size_t i = 0; i < n; ++i) squares[i] = static_cast<float>(dot(rows.row(i), rows.row(i), dimension));
    std::vector<float> distances(n * trials);
    tensor::AlignedBuffer<float> panel(dimension * tensor::kPanelWidth);
    std::fill(panel.begin(), panel.end(), 0.0F);
    const auto measure = [&](const std::vector<std::size_t>& candidates) {
        for (std::size_t j = 0; j < candidates.size(); ++j) {
            const float* const row = rows.row(candidates[j]);
            for (std::size_t k = 0; k < dimension; ++k) panel[k * tensor::kPanelWidth + j] = row[k];
        }
        constexpr std::size_t kChunk = 512;
        const auto body = [&](std::size_t task, std::size_t) {
            const std::size_t first = task * kChunk, count = std::min(kChunk, n - first);
            const tensor::MatrixView<float> out(distances.data() + first * trials, count, candidates.size(), trials);
            kernels.multiply_panel(rows.rows_from(first, count), panel.data(), candidates.size(), {}, out);
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t j = 0; j < candidates.size(); ++j) {
                    const float d = squares[first + i] + squares[candidates[j]] - 2.0F * out.row(i)[j];
                    out.row(i)[j] = first + i == candidates[j] ? 0.0F : std::max(d, 0.0F);
                }
            }
        };
        const std::size_t tasks = (n + kChunk - 1) / kChunk;
        run_tasks(pool, tasks, body);
    };
    const auto keep = [&](std::size_t j) {
        double total = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            nearest[i] = std::min(nearest[i], distances[i * trials + j]);
            total += static_cast<double>(nearest[i]);
        }
        return total;
    };
    std::vector<std::size_t> chosen{static_cast<std::size_t>(random.below(n))};
    measure(chosen);
    double total = keep(0);
    std::vector<std::size_t> candidates(trials);
    std::vector<double> cumulated(n);
    while (chosen.size() < clusters && total > 0.0) {
        double sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) cumulated[i] = sum += static_cast<double>(nearest[i]);
        for (auto& candidate : candidates) {
            const auto found = std::upper_bound(cumulated.begin(), cumulated.end(), random.uniform() * sum);
            candidate = std::min(static_cast<std::size_t>(found - cumulated.begin()), n - 1);
        }
        measure(candidates);
        std::size_t best = 0;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t j = 0; j < trials; ++j) {
            double left = 0.0;
            for (std::size_t i = 0; i < n; ++i)
                left += static_cast<double>(std::min(nearest[i], distances[i * trials + j]));
            if (left < least) {
                least = left;
                best = j;
            }
        }
        chosen.push_back(candidates[best]);
        total = keep(best);
    }
    return chosen;
}

} // namespace detail

/// k-means from seeds of its own: k-means++ and a few iterations on a random sample of the rows, then Lloyd's
/// iterations over all of them. Where the rows have fewer distinct places than `clusters`, there are fewer clusters.
/// Throws Error (invalid_argument) without rows or for 0 clusters.
template <kernels::KernelBackend Kernels = kernels::Reference>
[[nodiscard]] KMeans k_means(tensor::MatrixView<const float> rows, std::size_t clusters, std::uint64_t seed,
                             KMeansOptions options = {}, ThreadPool* pool = nullptr, const Kernels& kernels = {}) {
    if (rows.rows == 0 || clusters == 0) {
        throw Error(ErrorCode::invalid_argument,
                    "k-means of " + std::to_string(rows.rows) + " rows into " + std::to_string(clusters) + " clusters",
                    "k-means", "Give at least one row, and at least one cluster");
    }
    clusters = std::min(clusters, rows.rows);
    Random random(seed, "retrieval/k-means");
    // Seeds need to see each cluster some hundreds of times, not every row.
    const std::size_t sample = std::min(rows.rows, std::max<std::size_t>(4096, 256 * clusters));
    tensor::AlignedBuffer<float> drawn;
    tensor::MatrixView<const float> part = rows;
    if (sample < rows.rows) {
        auto order = random.permutation(rows.rows);
        std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(sample)); // in order: a friendly walk
        drawn.resize(sample * rows.columns);
        for (std::size_t i = 0; i < sample; ++i)
            std::copy_n(rows.row(order[i]), rows.columns, drawn.data() + i * rows.columns);
        part = {drawn.data(), sample, rows.columns};
    }
    const auto chosen = detail::seed_rows(part, clusters, random, pool, kernels);
    tensor::AlignedBuffer<float> start(chosen.size() * rows.columns);
    for (std::size_t j = 0; j < chosen.size(); ++j)
        std::copy_n(part.row(chosen[j]), rows.columns, start.data() + j * rows.columns);
    const auto view = [&](tensor::AlignedBuffer<float>& centres) {
        return tensor::MatrixView<const float>(centres.data(), chosen.size(), rows.columns);
    };
    if (sample < rows.rows) {
        constexpr std::size_t kFirst = 20;
        start = k_means_from(part, view(start), {kFirst, options.tolerance}, pool, kernels).centres;
    }
    return k_means_from(rows, view(start), options, pool, kernels);
}

} // namespace familiar::retrieval
