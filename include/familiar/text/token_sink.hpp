#pragma once

#include <familiar/text/encoding.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

/// Ids alone: what a model needs. They come to the end of a vector in batches, the last ones by `finish`: putting one
/// is two stores.
class IdSink {
  public:
    explicit IdSink(std::vector<std::int32_t>& out) noexcept : out_(&out) {}

    void put(std::int32_t id, std::size_t, std::size_t) {
        kept_[count_++] = id;
        if (count_ >= kMostKept) finish();
    }
    void put_spelled(std::int32_t id, std::size_t begin, std::size_t end, std::string_view) { put(id, begin, end); }

    /// The first `count` of `ids`, without a branch for each.
    template <std::size_t kMost> void put_first(const std::array<std::int32_t, kMost>& ids, std::size_t count) {
        static_assert(kMost <= kRoom);
        std::memcpy(kept_.data() + count_, ids.data(), sizeof ids);
        count_ += count;
        if (count_ >= kMostKept) finish();
    }

    void finish() {
        out_->insert(out_->end(), kept_.data(), kept_.data() + count_);
        count_ = 0;
    }

  private:
    static constexpr std::size_t kMostKept = 128, kRoom = 8;

    std::vector<std::int32_t>* out_;
    std::size_t count_ = 0;
    std::array<std::int32_t, kMostKept + kRoom> kept_;
};

} // namespace familiar::text
