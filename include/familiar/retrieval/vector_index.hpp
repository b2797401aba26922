#pragma once

#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/kernels/reference.hpp>
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

namespace familiar::retrieval {

/// A row found for a query, and how near it is.
struct Neighbour {
    std::size_t index = 0;
    float similarity = 0.0F;
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

namespace detail {

/// The `count` best of the rows that one thread has seen for one query. Rows come in ascending order, so a later row
/// must be strictly better than the worst that is kept: among equals the lower index wins.
class BestRows {
  public:
    struct Entry {
        float similarity;
        std::uint32_t index;
    };

    void begin(std::size_t count) {
        count_ = count;
        entries_.clear();
        entries_.reserve(2 * count + tensor::kPanelWidth);
        threshold_ = std::numeric_limits<float>::quiet_NaN();
    }

    /// What a similarity must exceed to be kept; NaN as long as everything is.
    [[nodiscard]] float threshold() const noexcept { return threshold_; }

    /// A NaN is as far as can be.
    void add(std::size_t index, float similarity) {
        if (std::isnan(similarity)) similarity = -std::numeric_limits<float>::infinity();
        if (similarity <= threshold_) return;
        entries_.push_back({similarity, static_cast<std::uint32_t>(index)});
        if (entries_.size() >= 2 * count_ + tensor::kPanelWidth) shrink();
    }

    /// Raises the threshold where more than twice as many as are wanted wait.
    void settle() {
        if (entries_.size() >= 2 * count_) shrink();
    }

    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

    static bool better(const Entry& a, const Entry& b) noexcept {
        return a.similarity > b.similarity || (a.similarity == b.similarity && a.index < b.index);
    }

  private:
    void shrink() {
        const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(count_ - 1);
        std::nth_element(entries_.begin(), last, entries_.end(), better);
        threshold_ = last->similarity;
        entries_.resize(count_);
    }

    std::vector<Entry> entries_;
    std::size_t count_ = 0;
    float threshold_ = 0.0F;
};

} // namespace detail

/// Exact search for the rows with the largest dot product, for many queries at once: one product of the queries with
/// the rows, cut into panels that stay in the cache, and of each panel only what beats a query's worst kept row is
/// looked at again. Scores are never written to memory. A query's result depends neither on the other queries nor on
/// the threads, to the bit.
///
/// Memory: the rows once, packed. `search`: 2 · queries · rows · dimension FLOP.
template <kernels::KernelBackend Kernels = kernels::Reference> class VectorIndex {
  public:
    VectorIndex() = default;

    /// @param rows [rows, dimension], copied; fewer than 2^32
    /// @param pool may be null: the calling thread does the work
    explicit VectorIndex(tensor::MatrixView<const float> rows, ThreadPool* pool = nullptr, Kernels kernels = {})
        : pool_(pool), kernels_(std::move(kernels)), packed_(rows.rows, rows.columns) {
        run_tasks(pool_, packed_.panels(), [&](std::size_t p, std::size_t) {
            float* const panel = packed_.panel(p);
            const std::size_t first = p * tensor::kPanelWidth, count = packed_.panel_outputs(p);
            if (count < tensor::kPanelWidth) std::fill_n(panel, rows.columns * tensor::kPanelWidth, 0.0F);
            for (std::size_t j = 0; j < count; ++j) {
                const float* const row = rows.row(first + j);
                for (std::size_t k = 0; k < rows.columns; ++k) panel[k * tensor::kPanelWidth + j] = row[k];
            }
        });
    }

    [[nodiscard]] std::size_t size() const noexcept { return packed_.outputs(); }
    [[nodiscard]] std::size_t dimension() const noexcept { return packed_.inputs(); }

    /// For each query the `count` rows (or all, where there are fewer) with the largest dot product, best first, the
    /// lower index first among equals. A product that is NaN comes last.
    /// @param queries [queries, dimension]
    [[nodiscard]] std::vector<std::vector<Neighbour>> search(tensor::MatrixView<const float> queries,
                                                             std::size_t count) const {
        std::vector<std::vector<Neighbour>> found(queries.rows);
        count = std::min(count, size());
        if (count == 0 || queries.rows == 0) return found;
        const std::size_t workers = pool_ != nullptr ? pool_->size() : 1;
        // Queries at once: enough to make a panel worth reading, and no more than waiting rows find room for.
        const std::size_t block =
            std::clamp<std::size_t>(kWaiting / (workers * (2 * count + tensor::kPanelWidth)), 1, kQueries);
        std::vector<detail::BestRows> best(workers * std::min(block, queries.rows));
        tensor::AlignedBuffer<float> scores(workers * std::min(block, queries.rows) * tensor::kPanelWidth);
        for (std::size_t begin = 0; begin < queries.rows; begin += block) {
            const auto part = queries.rows_from(begin, std::min(block, queries.rows - begin));
            for (auto& rows : best) rows.begin(count);
            const std::size_t tasks = (packed_.panels() + kPanels - 1) / kPanels;
            run_tasks(pool_, tasks, [&](std::size_t task, std::size_t worker) {
                detail::BestRows* const own = best.data() + worker * part.rows;
                const tensor::MatrixView<float> out(scores.data() + worker * part.rows * tensor::kPanelWidth, part.rows,
                                                    tensor::kPanelWidth);
                const std::size_t end = std::min((task + 1) * kPanels, packed_.panels());
                for (std::size_t p = task * kPanels; p < end; ++p) take_panel(part, p, out, own);
            });
            for (std::size_t q = 0; q < part.rows; ++q) {
                found[begin + q] = merged(best.data() + q, part.rows, workers, count);
            }
        }
        return found;
    }

  private:
    static constexpr std::size_t kQueries = 256;     ///< scores of a panel: 64 KiB, a part of the second-level cache
    static constexpr std::size_t kPanels = 8;        ///< of one task: 512 rows
    static constexpr std::size_t kWaiting = 1 << 22; ///< rows that wait to be looked at again: 32 MiB

    void take_panel(tensor::MatrixView<const float> queries, std::size_t p, tensor::MatrixView<float> out,
                    detail::BestRows* best) const {
        const std::size_t outputs = packed_.panel_outputs(p), first = p * tensor::kPanelWidth;
        kernels_.multiply_panel(queries, packed_.panel(p), outputs, {}, out);
        for (std::size_t q = 0; q < queries.rows; ++q) {
            const float threshold = best[q].threshold();
            const float* const row = out.row(q);
            if (outputs == tensor::kPanelWidth) { // nearly always none of a panel: one look at all of it, as vectors
                int any = 0;
                for (std::size_t j = 0; j < tensor::kPanelWidth; ++j) any |= !(row[j] <= threshold);
                if (any == 0) continue;
            }
            for (std::size_t j = 0; j < outputs; ++j) {
                if (!(row[j] <= threshold)) best[q].add(first + j, row[j]);
            }
            best[q].settle();
        }
    }

    /// Of all workers' rows for one query, `stride` apart.
    static std::vector<Neighbour> merged(const detail::BestRows* best, std::size_t stride, std::size_t workers,
                                         std::size_t count) {
        std::vector<detail::BestRows::Entry> all;
        for (std::size_t w = 0; w < workers; ++w) {
            const auto& entries = best[w * stride].entries();
            all.insert(all.end(), entries.begin(), entries.end());
        }
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
        std::partial_sort(all.begin(), end, all.end(), detail::BestRows::better);
        std::vector<Neighbour> neighbours;
        neighbours.reserve(count);
        for (auto entry = all.begin(); entry != end; ++entry) neighbours.push_back({entry->index, entry->similarity});
        return neighbours;
    }

    ThreadPool* pool_ = nullptr;
    Kernels kernels_{};
    tensor::PackedMatrix packed_;
};

} // namespace familiar::retrieval
