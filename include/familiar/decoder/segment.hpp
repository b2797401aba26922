#pragma once

#include <familiar/decoder/key_value_store.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace familiar::decoder {

/// Consecutive tokens of one sequence in a pass, and what they see: all of `visible` (the sequence's beginning, kept
/// from earlier), all of the segment `parent` of the same pass and what that one sees of the pass, what `store` held
/// before, and each other up to
/// themselves. Does not own.
///
/// A pass over several segments is how a shared prefix has many continuations, and a query many candidate answers: the
/// weights are read once for all of them.
struct Segment {
    static constexpr std::size_t kNone = ~std::size_t{0};
    static constexpr std::size_t kMostVisible = 2; ///< views that `visible` may hold

    std::span<const std::int32_t> tokens;  ///< at least one
    std::size_t position = 0;              ///< of the first token in its sequence
    std::span<const KeyValueView> visible; ///< may be empty
    std::size_t parent = kNone;            ///< an earlier segment of the pass
    KeyValueStore* store = nullptr;        ///< the tokens are appended to it; none: they are forgotten
    std::size_t length = 0; ///< tokens of the sequence that angles which go by it are for; 0: up to the last one here

    [[nodiscard]] std::size_t angle_length() const noexcept { return length != 0 ? length : position + tokens.size(); }
};

} // namespace familiar::decoder
