#pragma once

#include <familiar/encoder/linear.hpp>
#include <familiar/kernels/kernel_backend.hpp>
#include <familiar/tensor/packed_matrix.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace familiar::encoder {

/// The scores between words and distances of one head, as a bias of the scores between words: to the score of query i
/// and key j it adds scale · (q_i · K[j − i] + k_j · Q[j − i]), K and Q the projected vectors of distances (He et al.,
/// arXiv 2006.03654, equation 4). A few queries at a time, so that memory grows with the length and not its square.
struct DisentangledHead {
    static constexpr std::size_t kTileQueries = 64;

    const Linear* distance_keys = nullptr;    ///< K, or none
    const Linear* distance_queries = nullptr; ///< Q, or none
    std::span<const std::uint32_t> columns;   ///< of each distance in K and Q, from -(columns.size() / 2) on

    /// Floats of scratch memory for `keys` keys.
    template <kernels::KernelBackend Kernels>
    [[nodiscard]] static std::size_t scratch(const Kernels& kernels, std::size_t keys, std::size_t head_size,
                                             std::size_t all_columns) noexcept {
        const std::size_t width = (all_columns + tensor::kPanelWidth - 1) / tensor::kPanelWidth * tensor::kPanelWidth;
        return kernels.attention_scratch(kTileQueries, keys, head_size) + kTileQueries * (width + keys) + keys * width;
    }

    /// `task` as the kernels take it, but for its bias; `first_query`: where its queries begin among the keys.
    template <kernels::KernelBackend Kernels>
    void attend(const Kernels& kernels, const kernels::AttentionTask& task, std::size_t first_query,
                float* scratch) const noexcept {
        const std::size_t keys = task.own.count, size = task.queries.columns, middle = columns.size() / 2;
        // Only the distances that occur here: for short texts a part of the panels.
        const std::size_t low = columns[middle - (keys - 1)] / tensor::kPanelWidth,
                          high = columns[middle + (keys - 1)] / tensor::kPanelWidth + 1,
                          width = (high - low) * tensor::kPanelWidth;
        float* const content = scratch + kernels.attention_scratch(kTileQueries, keys, size);
        float *const bias = content + kTileQueries * width, *const positions = bias + kTileQueries * keys;
        if (distance_queries != nullptr) {
            distance_queries->multiply(kernels, {}, {task.own.keys, keys, size, task.own.stride}, low, high,
                                       {positions, keys, width});
        }
        for (std::size_t first = 0; first < task.queries.rows; first += kTileQueries) {
            kernels::AttentionTask tile = task;
            const std::size_t rows = std::min(kTileQueries, task.queries.rows - first);
            tile.queries = task.queries.rows_from(first, rows);
            tile.out = task.out.rows_from(first, rows);
            tile.own_offset = first_query + first;
            tile.bias = bias;
            tile.bias_stride = static_cast<std::ptrdiff_t>(keys);
            if (distance_keys != nullptr) {
                distance_keys->multiply(kernels, {}, tile.queries, low, high, {content, rows, width});
            }
            const auto* const column = columns.data() + middle - (first_query + first); // of query 0 and key 0
            gather(column, low * tensor::kPanelWidth, {content, rows, width}, {positions, keys, width}, task.scale,
                   {bias, rows, keys});
            kernels.attention(tile, scratch);
        }
    }

  private:
    void gather(const std::uint32_t* column, std::size_t offset, tensor::MatrixView<const float> content,
                tensor::MatrixView<const float> positions, float scale, tensor::MatrixView<float> bias) const noexcept {
        for (std::size_t i = 0; i < bias.rows; ++i) {
            float* const out = bias.row(i);
            const auto* const at = column - i;
            if (distance_keys == nullptr) {
                std::fill(out, out + bias.columns, 0.0F);
                continue;
            }
            const float* const row = content.row(i);
            for (std::size_t j = 0; j < bias.columns; ++j) out[j] = row[at[j] - offset] * scale;
        }
        if (distance_queries == nullptr) return;
        // Key by key: what the tile's queries read of a key's row stands side by side.
        for (std::size_t j = 0; j < bias.columns; ++j) {
            const float* const row = positions.row(j);
            const auto* const at = column + j;
            for (std::size_t i = 0; i < bias.rows; ++i) {
                bias.data[i * bias.stride + j] += row[*(at - i) - offset] * scale;
            }
        }
    }
};

} // namespace familiar::encoder
