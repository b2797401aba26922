#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace familiar::encoder {

/// Token sequences packed end to end, no padding: sequence i is [offsets[i], offsets[i + 1]) of `ids`. `clear` keeps
/// the memory for the next batch.
struct RaggedBatch {
    std::vector<std::int32_t> ids;
    std::vector<std::uint8_t> type_ids; ///< as long as `ids`
    std::vector<std::size_t> offsets{0};

    void clear() noexcept {
        ids.clear();
        type_ids.clear();
        offsets.resize(1);
    }
    /// Precondition: both have one length.
    void add(std::span<const std::int32_t> sequence, std::span<const std::uint8_t> types) {
        ids.insert(ids.end(), sequence.begin(), sequence.end());
        type_ids.insert(type_ids.end(), types.begin(), types.end());
        offsets.push_back(ids.size());
    }
    [[nodiscard]] std::size_t sequences() const noexcept { return offsets.size() - 1; }
    [[nodiscard]] std::size_t tokens() const noexcept { return ids.size(); }
    [[nodiscard]] std::size_t length(std::size_t sequence) const noexcept {
        return offsets[sequence + 1] - offsets[sequence];
    }
};

} // namespace familiar::encoder
