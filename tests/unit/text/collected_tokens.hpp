#pragma once

#include <familiar/text/token_sink.hpp>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <vector>

namespace familiar::tests {

/// A token and the bytes that it stands for, as a segmenter puts it.
struct PutToken {
    std::int32_t id = 0;
    std::size_t begin = 0, end = 0;
    friend bool operator==(const PutToken&, const PutToken&) = default;
    friend std::ostream& operator<<(std::ostream& out, const PutToken& token) {
        return out << token.id << "[" << token.begin << "," << token.end << ")";
    }
};

struct CollectingSink {
    std::vector<PutToken> tokens;
    void put(std::int32_t id, std::size_t begin, std::size_t end) { tokens.push_back({id, begin, end}); }
    void put_spelled(std::int32_t id, std::size_t begin, std::size_t end, std::string_view) { put(id, begin, end); }
};
static_assert(text::TokenSink<CollectingSink>);

template <class Segmenter>
std::vector<PutToken> tokens_of(const Segmenter& segmenter, std::string_view text, std::size_t origin = 0) {
    CollectingSink sink;
    segmenter.segment(text, origin, sink);
    return sink.tokens;
}

} // namespace familiar::tests
