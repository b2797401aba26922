#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace familiar::text {

/// A set of byte strings with a number each, for longest-match search: one hash probe a byte, no allocation in a
/// search.
class ByteTrie {
  public:
    using Node = std::uint32_t;
    static constexpr Node kRoot = 0;
    static constexpr Node kNone = 0; ///< what `step` gives where there is no edge; never a child
    static constexpr std::int32_t kNoValue = -1;

    ByteTrie() : edges_(16), values_(1, kNoValue) {}

    /// @param value at least 0; the first one given for a key stays
    void insert(std::string_view key, std::int32_t value) {
        Node node = kRoot;
        for (const char c : key) {
            const auto byte = static_cast<unsigned char>(c);
            Node child = step(node, byte);
            if (child == kNone) {
                child = static_cast<Node>(values_.size());
                values_.push_back(kNoValue);
                add_edge(node, byte, child);
            }
            node = child;
        }
        if (values_[node] == kNoValue) values_[node] = value;
    }

    [[nodiscard]] Node step(Node node, unsigned char byte) const noexcept {
        const std::uint64_t key = edge_key(node, byte);
        for (std::size_t at = slot(key);; at = (at + 1) & (edges_.size() - 1)) {
            const std::uint64_t edge = edges_[at];
            if (edge == 0) return kNone;
            if ((edge >> 32) == key) return static_cast<Node>(edge);
        }
    }

    [[nodiscard]] std::int32_t value(Node node) const noexcept { return values_[node]; }

    struct Match {
        std::int32_t value = kNoValue;
        std::size_t length = 0;
    };

    /// The longest key that `text` starts with. O(length of the longest key).
    [[nodiscard]] Match longest(std::string_view text) const noexcept {
        Match best;
        Node node = kRoot;
        for (std::size_t i = 0; i < text.size(); ++i) {
            node = step(node, static_cast<unsigned char>(text[i]));
            if (node == kNone) break;
            if (values_[node] != kNoValue) best = {values_[node], i + 1};
        }
        return best;
    }

    [[nodiscard]] std::size_t nodes() const noexcept { return values_.size(); }

  private:
    static std::uint64_t edge_key(Node node, unsigned char byte) noexcept { return (std::uint64_t{node} << 8) | byte; }

    [[nodiscard]] std::size_t slot(std::uint64_t key) const noexcept {
        return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 32) & (edges_.size() - 1);
    }

    void add_edge(Node node, unsigned char byte, Node child) {
        if (++count_ * 2 > edges_.size()) {
            std::vector<std::uint64_t> old(edges_.size() * 2);
            old.swap(edges_);
            for (const std::uint64_t edge : old) {
                if (edge != 0) place(edge);
            }
        }
        place((edge_key(node, byte) << 32) | child);
    }

    void place(std::uint64_t edge) noexcept {
        std::size_t at = slot(edge >> 32);
        while (edges_[at] != 0) at = (at + 1) & (edges_.size() - 1);
        edges_[at] = edge;
    }

    std::vector<std::uint64_t> edges_; // (node, byte) in the high half, child in the low one; 0 = free
    std::vector<std::int32_t> values_;
    std::size_t count_ = 0;
};

} // namespace familiar::text
