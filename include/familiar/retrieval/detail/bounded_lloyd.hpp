#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/aligned_buffer.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace familiar::retrieval::detail {

inline double squared_distance(const float* a, const float* b, std::size_t n) noexcept {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return sum;
}

/// Mean over the columns of their variance.
inline double mean_variance(tensor::MatrixView<const float> rows) {
    std::vector<double> sums(rows.columns), squares(rows.columns);
    for (std::size_t i = 0; i < rows.rows; ++i) {
        for (std::size_t k = 0; k < rows.columns; ++k) {
            const auto x = static_cast<double>(rows.row(i)[k]);
            sums[k] += x;
            squares[k] += x * x;
        }
    }
    const auto n = static_cast<double>(rows.rows);
    double total = 0.0;
    for (std::size_t k = 0; k < rows.columns; ++k) total += squares[k] / n - (sums[k] / n) * (sums[k] / n);
    return rows.columns == 0 ? 0.0 : total / static_cast<double>(rows.columns);
}

/// The state of k-means between iterations.
///
/// upper[i] is no less than row i's distance to its centre; lower[i, g] no more than its distance to any other centre
/// of group g. Both are kept true under rounding by slack: a row is passed over only where the gap is beyond what f32
/// products may be wrong by, so that near ties are always decided by the same products.
template <kernels::KernelBackend Kernels> class BoundedLloyd {
  public:
    struct Step {
        std::size_t changed = 0; ///< rows whose cluster changed
        double moved = 0.0;      ///< sum of the centres' squared movements
    };

    BoundedLloyd(tensor::MatrixView<const float> rows, tensor::MatrixView<const float> start, ThreadPool* pool,
                 Kernels kernels)
        : rows_(rows), clusters_(start.rows), groups_(std::clamp<std::size_t>(rows.columns / 8, 1, start.rows)),
          pool_(pool), kernels_(std::move(kernels)), packed_(start.rows, rows.columns),
          centres_(start.rows * rows.columns), bias_(start.rows), own_group_(start.rows), squares_(rows.rows),
          upper_(rows.rows, std::numeric_limits<float>::infinity()), lower_(rows.rows * groups_, 0.0F),
          labels_(rows.rows, kNone), sums_(start.rows * rows.columns, 0.0), sizes_(start.rows, 0),
          moves_(groups_, 0.0F), scratch_(workers()) {
        for (std::size_t j = 0; j < clusters_; ++j) {
            std::copy_n(start.row(j), rows_.columns, centre(j));
            own_group_[j] = j * groups_ / clusters_;
        }
        run_tasks(pool_, chunks(), [&](std::size_t task, std::size_t) {
            for (std::size_t i = task * kChunk; i < std::min((task + 1) * kChunk, rows_.rows); ++i) {
                double sum = 0.0;
                for (const float x : rows_[i]) sum += static_cast<double>(x) * static_cast<double>(x);
                squares_[i] = static_cast<float>(sum);
            }
        });
        changed_.resize(chunks());
        for (std::size_t p = 0; p < packed_.panels(); ++p)
            std::fill_n(packed_.panel(p), rows_.columns * tensor::kPanelWidth, 0.0F);
        pack();
    }

    /// Assigns every row to its nearest centre; returns how many changed.
    std::size_t assign() {
        run_tasks(pool_, chunks(),
                  [this](std::size_t task, std::size_t worker) { assign_chunk(task, scratch_[worker]); });
        std::size_t changed = 0;
        for (const auto& chunk : changed_) changed += chunk.size();
        return changed;
    }

    /// Assigns, fills clusters that are empty, and moves the centres to their members' means.
    Step iterate() {
        Step step;
        step.changed = assign();
        take_changes();
        step.changed += fill_empty();
        step.moved = move_centres();
        return step;
    }

    [[nodiscard]] std::vector<std::size_t> labels() const { return {labels_.begin(), labels_.end()}; }
    [[nodiscard]] tensor::AlignedBuffer<float> take_centres() { return std::move(centres_); }

  private:
    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::size_t kChunk = 256; ///< rows of one task
    /// Relative to |x|² + |c|²: what a squared distance may be wrong by, hundreds of roundings of f32.
    static constexpr float kSlack = 4e-5F;

    struct Change {
        std::uint32_t row, from;
    };
    struct Scratch {
        tensor::AlignedBuffer<float> gathered, scores;
        std::vector<std::uint32_t> wanted;
    };

    [[nodiscard]] std::size_t workers() const { return pool_ != nullptr ? pool_->size() : 1; }
    [[nodiscard]] std::size_t chunks() const { return (rows_.rows + kChunk - 1) / kChunk; }
    [[nodiscard]] float* centre(std::size_t j) { return centres_.data() + j * rows_.columns; }

    /// Centres for the product, and −|c|²/2 as its bias: the nearest centre has the largest sum.
    void pack() {
        largest_square_ = 0.0F;
        for (std::size_t j = 0; j < clusters_; ++j) {
            float* const panel = packed_.panel(j / tensor::kPanelWidth) + j % tensor::kPanelWidth;
            double square = 0.0;
            for (std::size_t k = 0; k < rows_.columns; ++k) {
                const float x = centre(j)[k];
                panel[k * tensor::kPanelWidth] = x;
                square += static_cast<double>(x) * static_cast<double>(x);
            }
            bias_[j] = static_cast<float>(-0.5 * square);
            largest_square_ = std::max(largest_square_, static_cast<float>(square));
        }
    }

    /// Whether the bounds show that no other centre is nearer than `upper`.
    [[nodiscard]] bool is_settled(std::size_t i, float upper) const noexcept {
        const float slack = kSlack * (squares_[i] + largest_square_);
        const float* const lower = lower_.data() + i * groups_;
        float least = lower[0];
        for (std::size_t g = 1; g < groups_; ++g) least = std::min(least, lower[g]);
        return least > 0.0F && least * least - upper * upper > slack;
    }

    void assign_chunk(std::size_t task, Scratch& scratch) {
        changed_[task].clear();
        scratch.wanted.clear();
        const std::size_t end = std::min((task + 1) * kChunk, rows_.rows);
        for (std::size_t i = task * kChunk; i < end; ++i) {
            if (labels_[i] != kNone) {
                if (is_settled(i, upper_[i])) continue;
                const float score = kernels_.dot(rows_.row(i), centre(labels_[i]), rows_.columns) + bias_[labels_[i]];
                upper_[i] = distance(i, score);
                if (is_settled(i, upper_[i])) continue;
            }
            scratch.wanted.push_back(static_cast<std::uint32_t>(i));
        }
        if (scratch.wanted.empty()) return;
        const std::size_t count = scratch.wanted.size();
        tensor::MatrixView<const float> asked = rows_.rows_from(task * kChunk, end - task * kChunk);
        if (count != asked.rows) {
            scratch.gathered.resize(kChunk * rows_.columns);
            for (std::size_t r = 0; r < count; ++r)
                std::copy_n(rows_.row(scratch.wanted[r]), rows_.columns, scratch.gathered.data() + r * rows_.columns);
            asked = {scratch.gathered.data(), count, rows_.columns};
        }
        scratch.scores.resize(kChunk * clusters_);
        for (std::size_t p = 0; p < packed_.panels(); ++p) {
            const tensor::MatrixView<float> out(scratch.scores.data() + p * tensor::kPanelWidth, count,
                                                packed_.panel_outputs(p), clusters_);
            kernels::Epilogue epilogue;
            epilogue.bias = bias_.data() + p * tensor::kPanelWidth;
            kernels_.multiply_panel(asked, packed_.panel(p), packed_.panel_outputs(p), epilogue, out);
        }
        for (std::size_t r = 0; r < count; ++r)
            settle(scratch.wanted[r], scratch.scores.data() + r * clusters_, changed_[task]);
    }

    [[nodiscard]] float distance(std::size_t i, float score) const noexcept {
        return std::sqrt(std::max(squares_[i] - 2.0F * score, 0.0F));
    }

    /// The row's nearest centre and new bounds, of its scores.
    void settle(std::uint32_t i, const float* scores, std::vector<Change>& changed) {
        std::size_t best = 0;
        for (std::size_t j = 1; j < clusters_; ++j) {
            if (scores[j] > scores[best]) best = j;
        }
        float* const lower = lower_.data() + i * groups_;
        for (std::size_t g = 0, j = 0; g < groups_; ++g) {
            float most = -std::numeric_limits<float>::infinity();
            for (; j < clusters_ && own_group_[j] == g; ++j) {
                if (j != best) most = std::max(most, scores[j]);
            }
            lower[g] = distance(i, most);
        }
        upper_[i] = distance(i, scores[best]);
        if (labels_[i] == best) return;
        changed.push_back({i, labels_[i]});
        labels_[i] = static_cast<std::uint32_t>(best);
    }

    /// Sums and sizes of the clusters after the changes, in the order of the rows whatever the threads: each task has
    /// some columns.
    void take_changes() {
        constexpr std::size_t kColumns = 64;
        for (const auto& chunk : changed_) {
            for (const auto& [row, from] : chunk) {
                if (from != kNone) --sizes_[from];
                ++sizes_[labels_[row]];
            }
        }
        run_tasks(pool_, (rows_.columns + kColumns - 1) / kColumns, [&](std::size_t task, std::size_t) {
            const std::size_t first = task * kColumns, end = std::min(first + kColumns, rows_.columns);
            for (const auto& chunk : changed_) {
                for (const auto& [row, from] : chunk) {
                    const float* const x = rows_.row(row);
                    double* const to = sums_.data() + labels_[row] * rows_.columns;
                    for (std::size_t k = first; k < end; ++k) to[k] += static_cast<double>(x[k]);
                    if (from == kNone) continue;
                    double* const old = sums_.data() + from * rows_.columns;
                    for (std::size_t k = first; k < end; ++k) old[k] -= static_cast<double>(x[k]);
                }
            }
        });
    }

    /// Gives each empty cluster the row that is farthest from its own centre; of equally far ones the last.
    std::size_t fill_empty() {
        std::vector<std::size_t> empty;
        for (std::size_t j = 0; j < clusters_; ++j) {
            if (sizes_[j] == 0) empty.push_back(j);
        }
        if (empty.empty()) return 0;
        std::vector<std::pair<double, std::size_t>> far(rows_.rows);
        for (std::size_t i = 0; i < rows_.rows; ++i) {
            far[i] = {squared_distance(rows_.row(i), centre(labels_[i]), rows_.columns), i};
        }
        std::sort(far.rbegin(), far.rend());
        std::size_t filled = 0;
        auto next = far.begin();
        for (const std::size_t j : empty) {
            while (next != far.end() && sizes_[labels_[next->second]] < 2) ++next;
            if (next == far.end() || !(next->first > 0.0)) break; // every row is at its centre already
            const std::size_t i = next++->second, old = labels_[i];
            for (std::size_t k = 0; k < rows_.columns; ++k) {
                const auto x = static_cast<double>(rows_.row(i)[k]);
                sums_[old * rows_.columns + k] -= x;
                sums_[j * rows_.columns + k] = x;
            }
            --sizes_[old];
            sizes_[j] = 1;
            labels_[i] = static_cast<std::uint32_t>(j);
            upper_[i] = std::numeric_limits<float>::infinity();
            // It has left a centre that now counts among the others.
            std::fill_n(lower_.data() + i * groups_, groups_, 0.0F);
            ++filled;
        }
        return filled;
    }

    double move_centres() {
        double total = 0.0;
        std::fill(moves_.begin(), moves_.end(), 0.0F);
        std::vector<float> own(clusters_, 0.0F);
        for (std::size_t j = 0; j < clusters_; ++j) {
            if (sizes_[j] == 0) continue;
            const double share = 1.0 / static_cast<double>(sizes_[j]);
            double squares = 0.0;
            for (std::size_t k = 0; k < rows_.columns; ++k) {
                const auto mean = static_cast<float>(sums_[j * rows_.columns + k] * share);
                const double difference = static_cast<double>(mean) - static_cast<double>(centre(j)[k]);
                squares += difference * difference;
                centre(j)[k] = mean;
            }
            total += squares;
            own[j] = static_cast<float>(std::sqrt(squares)) * (1.0F + 1e-6F);
            moves_[own_group_[j]] = std::max(moves_[own_group_[j]], own[j]);
        }
        pack();
        // Bounds follow the centres, each rounded to the safe side.
        run_tasks(pool_, chunks(), [&](std::size_t task, std::size_t) {
            for (std::size_t i = task * kChunk; i < std::min((task + 1) * kChunk, rows_.rows); ++i) {
                upper_[i] = (upper_[i] + own[labels_[i]]) * (1.0F + 2e-7F);
                float* const lower = lower_.data() + i * groups_;
                for (std::size_t g = 0; g < groups_; ++g)
                    lower[g] = std::max((lower[g] - moves_[g]) * (1.0F - 2e-7F), 0.0F);
            }
        });
        return total;
    }

    tensor::MatrixView<const float> rows_;
    std::size_t clusters_, groups_;
    ThreadPool* pool_;
    Kernels kernels_;
    tensor::PackedMatrix packed_;
    tensor::AlignedBuffer<float> centres_;
    std::vector<float> bias_;
    std::vector<std::size_t> own_group_;
    float largest_square_ = 0.0F;
    std::vector<float> squares_, upper_, lower_;
    std::vector<std::uint32_t> labels_;
    std::vector<double> sums_;
    std::vector<std::size_t> sizes_;
    std::vector<float> moves_; ///< the largest of each group's
    std::vector<Scratch> scratch_;
    std::vector<std::vector<Change>> changed_;
};

} // namespace familiar::retrieval::detail
