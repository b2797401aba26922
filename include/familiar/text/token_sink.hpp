#pragma once

#include <familiar/text/encoding.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace familiar::text {

/// Where a segmenter puts its tokens, in order: the id and the bytes [begin, end) of the text that it stands for.
template <class S>
concept TokenSink = requires(S& sink, std::int32_t id, std::size_t begin, std::size_t end) {
    { sink.put(id, begin, end) } -> std::same_as<void>;
};

/// Ids and ranges, at the end of an `Encoding`; `type_ids` are set later.
struct EncodingSink {
    Encoding* out = nullptr;

    void put(std::int32_t id, std::size_t begin, std::size_t end) {
        out->ids.push_back(id);
        out->offsets.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }
};

/// Ids alone: what a model needs.
struct IdSink {
    std::vector<std::int32_t>* out = nullptr;

    void put(std::int32_t id, std::size_t, std::size_t) { out->push_back(id); }
};

} // namespace familiar::text
