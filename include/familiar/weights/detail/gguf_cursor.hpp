#pragma once

#include <familiar/core/error.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace familiar::weights::detail {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

template <class T> T load_little(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// Reads a file from front to back and never beyond its end: every length is compared with what is left before use.
class GgufCursor {
  public:
    GgufCursor(std::span<const std::byte> bytes, const std::string& path) noexcept : bytes_(bytes), path_(&path) {}

    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - position_; }

    template <class T> T number(std::string_view what) {
        const T value = load_little<T>(need(sizeof(T), what));
        position_ += sizeof(T);
        return value;
    }

    /// A length of 64 bits, then so many bytes.
    std::string_view string(std::string_view what) {
        const auto length = number<std::uint64_t>(what);
        const auto* const text = reinterpret_cast<const char*>(need(length, what));
        position_ += static_cast<std::size_t>(length);
        return {text, static_cast<std::size_t>(length)};
    }

    /// `count` elements of `width` bytes.
    void skip(std::uint64_t count, std::size_t width, std::string_view what) {
        if (count > left() / width) too_short(what);
        position_ += static_cast<std::size_t>(count) * width;
    }

    /// Bytes from `begin` to here.
    [[nodiscard]] std::span<const std::byte> since(std::size_t begin) const noexcept {
        return bytes_.subspan(begin, position_ - begin);
    }

    [[noreturn]] void fail(const std::string& what, std::size_t byte,
                           ErrorCode code = ErrorCode::malformed_model) const {
        throw Error(code, what, *path_ + ", byte " + std::to_string(byte),
                    code == ErrorCode::unsupported_model ? "Convert the model to a supported type or version"
                                                         : "The file is damaged or no GGUF file: fetch it again");
    }
    [[noreturn]] void fail(const std::string& what) const { fail(what, position_); }

  private:
    const std::byte* need(std::uint64_t count, std::string_view what) const {
        if (count > left()) too_short(what);
        return bytes_.data() + position_;
    }

    [[noreturn]] void too_short(std::string_view what) const {
        fail("the file ends within " + std::string(what) + ", or a length in it is wrong");
    }

    std::span<const std::byte> bytes_;
    const std::string* path_;
    std::size_t position_ = 0;
};

} // namespace familiar::weights::detail
