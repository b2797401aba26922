#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace familiar::text {

/// What stands around the texts: special tokens before, between and after them.
struct PostProcessor {
    enum class Part : std::uint8_t { special, first_text, second_text };
    struct Piece {
        Part part = Part::special;
        std::int32_t id = 0; ///< of a special token
        std::uint8_t type_id = 0;
    };

    std::vector<Piece> single{{Part::first_text, 0, 0}};                          ///< the first text once
    std::vector<Piece> pair{{Part::first_text, 0, 0}, {Part::second_text, 0, 1}}; ///< the first, later the second text
    bool trim_offsets = false;     ///< a token's range leaves out the white space that the token starts or ends with
    bool add_prefix_space = false; ///< a space was put before the text: the first token's leading space is not trimmed

    [[nodiscard]] static std::size_t special_tokens(const std::vector<Piece>& pieces) noexcept {
        std::size_t count = 0;
        for (const Piece& piece : pieces) count += piece.part == Part::special ? 1 : 0;
        return count;
    }
};

} // namespace familiar::text
