#pragma once

#include <familiar/text/encoding.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::text {

/// Where a segmenter puts its tokens, in order: the id and the bytes [begin, end) of the text that it stands for; where
/// the token is shown otherwise than the vocabulary spells it, that spelling too.
template <class S>
concept TokenSink = requires(S& sink, std::int32_t id, std::size_t begin, std::size_t end, std::string_view spelling) {
    { sink.put(id, begin, end) } -> std::same_as<void>;
    { sink.put_spelled(id, begin, end, spelling) } -> std::same_as<void>;
};

/// Ids and ranges, at the end of an `Encoding`; `type_ids` are set later.
struct EncodingSink {
    Encoding* out = nullptr;

    void put(std::int32_t id, std::size_t begin, std::size_t end) {
        out->ids.push_back(id);
        out->offsets.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    }
    void put_spelled(std::int32_t id, std::size_t begin, std::size_t end, std::string_view spelling) {
        out->spelled.push_back({out->ids.size(), std::string(spelling)});
        put(id, begin, end);
    }
};

/// Ids alone: what a model needs.
struct IdSink {
    std::vector<std::int32_t>* out = nullptr;

    void put(std::int32_t id, std::size_t, std::size_t) { out->push_back(id); }
    void put_spelled(std::int32_t id, std::size_t, std::size_t, std::string_view) { out->push_back(id); }
};

} // namespace familiar::text
