#pragma once

#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::text::jinja {

/// A text that remembers, for every byte, whether it comes from the template (trusted: may spell special tokens) or
/// from a message (never). All operations of the interpreter keep the marks.
class MarkedText {
  public:
    MarkedText() = default;
    MarkedText(std::string bytes, bool trusted)
        : bytes_(std::move(bytes)), marks_(bytes_.size(), trusted ? kTrusted : kGiven) {}

    static MarkedText of_template(std::string bytes) { return {std::move(bytes), true}; }
    static MarkedText of_message(std::string bytes) { return {std::move(bytes), false}; }

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    /// One character a byte: '1' trusted, '0' not.
    [[nodiscard]] const std::string& marks() const noexcept { return marks_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] bool is_trusted() const noexcept { return marks_.find(kGiven) == std::string::npos; }

    MarkedText& operator+=(const MarkedText& other) {
        bytes_ += other.bytes_;
        marks_ += other.marks_;
        return *this;
    }

    [[nodiscard]] MarkedText part(std::size_t begin, std::size_t end) const {
        MarkedText out;
        out.bytes_ = bytes_.substr(begin, end - begin);
        out.marks_ = marks_.substr(begin, end - begin);
        return out;
    }

    /// Without the characters of `set` (white space where it is empty) at the start, the end, or both.
    [[nodiscard]] MarkedText stripped(std::string_view set, bool left, bool right) const {
        const auto characters = starts();
        const auto is_in = [&](std::size_t i) {
            const std::string_view c =
                std::string_view(bytes_).substr(characters[i], characters[i + 1] - characters[i]);
            return set.empty() ? is_python_space(decode_utf8(c, 0).character) : set.find(c) != std::string_view::npos;
        };
        std::size_t begin = 0, end = characters.size() - 1;
        while (left && begin < end && is_in(begin)) ++begin;
        while (right && end > begin && is_in(end - 1)) --end;
        return part(characters[begin], characters[end]);
    }

    /// Every character through `change`, which may need another number of bytes.
    template <class Change> [[nodiscard]] MarkedText mapped(Change&& change) const {
        MarkedText out;
        for (std::size_t at = 0; at < bytes_.size();) {
            const Decoded next = decode_utf8(bytes_, at);
            append_utf8(out.bytes_, change(next.character));
            out.marks_.resize(out.bytes_.size(), marks_[at]);
            at += next.length;
        }
        return out;
    }

    /// Where the characters start, and the size behind the last one.
    [[nodiscard]] std::vector<std::size_t> starts() const {
        std::vector<std::size_t> out;
        for (std::size_t at = 0; at < bytes_.size(); at += decode_utf8(bytes_, at).length) out.push_back(at);
        out.push_back(bytes_.size());
        return out;
    }

  private:
    static constexpr char kTrusted = '1', kGiven = '0';
    std::string bytes_, marks_;
};

} // namespace familiar::text::jinja
