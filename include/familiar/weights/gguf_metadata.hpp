#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/detail/gguf_cursor.hpp>
#include <familiar/weights/detail/printable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::weights {

/// Types of values in a GGUF file's metadata, numbered as the format does.
enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

constexpr std::string_view to_string(GgufType type) noexcept {
    constexpr std::string_view names[] = {"u8",      "i8",     "u16",   "i16", "u32", "i32", "f32",
                                          "boolean", "string", "array", "u64", "i64", "f64"};
    return names[static_cast<std::size_t>(type)];
}

/// One value of the metadata where it stands in the mapped file; checked to lie inside it.
struct GgufValue {
    std::string_view key;
    GgufType type = GgufType::u8; ///< of the value, or of the elements of an array
    bool is_array = false;
    std::uint64_t count = 1;          ///< elements of an array
    std::span<const std::byte> bytes; ///< the value, or all elements one after the other
};

/// Keys and values of a GGUF file. Nothing is copied when opening; strings are views into the mapping. Each `find_…`
/// gives nothing for an unknown key and throws Error (malformed_model) naming file and key for a value of another type.
/// Give an array a name before looping over it: `for (auto x : *file.find_strings(key))` outlives its array.
class GgufMetadata {
  public:
    GgufMetadata() = default;

    /// Throws Error (malformed_model) where two values have one key. O(n log n).
    GgufMetadata(std::vector<GgufValue> values, std::string path) : values_(std::move(values)), path_(std::move(path)) {
        std::ranges::sort(values_, {}, &GgufValue::key);
        const auto twice = std::ranges::adjacent_find(values_, {}, &GgufValue::key);
        if (twice != values_.end()) {
            throw Error(ErrorCode::malformed_model, "two values have the key " + detail::printable(twice->key), path_,
                        "The file is damaged: fetch it again");
        }
    }

    /// All values, sorted by key.
    [[nodiscard]] std::span<const GgufValue> values() const noexcept { return values_; }
    [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }

    [[nodiscard]] std::optional<std::string> find_string(std::string_view key) const {
        const auto* value = find_scalar(key, "a string");
        if (value == nullptr) return std::nullopt;
        if (value->type != GgufType::string) wrong(*value, "a string");
        return std::string(string_at(value->bytes));
    }

    /// Of any integer type that holds no negative number.
    [[nodiscard]] std::optional<std::uint64_t> find_unsigned(std::string_view key) const {
        const auto* value = find_scalar(key, "an unsigned integer");
        if (value == nullptr) return std::nullopt;
        if (value->type == GgufType::u64) return detail::load_little<std::uint64_t>(value->bytes.data());
        const auto number = integer(*value, value->bytes.data(), "an unsigned integer");
        if (number < 0) wrong(*value, "an unsigned integer");
        return static_cast<std::uint64_t>(number);
    }

    /// Of f32 or f64, the latter rounded.
    [[nodiscard]] std::optional<float> find_float(std::string_view key) const {
        const auto* value = find_scalar(key, "a floating-point number");
        if (value == nullptr) return std::nullopt;
        return floating(*value, value->bytes.data());
    }

    [[nodiscard]] std::optional<bool> find_bool(std::string_view key) const {
        const auto* value = find_scalar(key, "a boolean");
        if (value == nullptr) return std::nullopt;
        if (value->type != GgufType::boolean) wrong(*value, "a boolean");
        return value->bytes[0] != std::byte{0};
    }

    /// An array of strings, as views into the file (valid as long as it is mapped); O(count).
    [[nodiscard]] std::optional<std::vector<std::string_view>> find_strings(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_array || value->type != GgufType::string) wrong(*value, "an array of strings");
        std::vector<std::string_view> strings;
        strings.reserve(static_cast<std::size_t>(value->count));
        auto rest = value->bytes;
        for (std::uint64_t i = 0; i < value->count; ++i) {
            strings.push_back(string_at(rest));
            rest = rest.subspan(sizeof(std::uint64_t) + strings.back().size());
        }
        return strings;
    }

    /// An array of integers, or one integer as an array of one (some keys are either).
    [[nodiscard]] std::optional<std::vector<std::int64_t>> find_integers(std::string_view key) const {
        return find_numbers<std::int64_t>(key, [this](const GgufValue& value, const std::byte* at) {
            return integer(value, at, "an array of integers");
        });
    }

    /// An array of f32 or f64, or one such number as an array of one.
    [[nodiscard]] std::optional<std::vector<float>> find_floats(std::string_view key) const {
        return find_numbers<float>(key,
                                   [this](const GgufValue& value, const std::byte* at) { return floating(value, at); });
    }

  private:
    [[nodiscard]] const GgufValue* find(std::string_view key) const noexcept {
        const auto place = std::ranges::lower_bound(values_, key, {}, &GgufValue::key);
        return place == values_.end() || place->key != key ? nullptr : &*place;
    }

    [[nodiscard]] const GgufValue* find_scalar(std::string_view key, std::string_view wanted) const {
        const auto* value = find(key);
        if (value != nullptr && value->is_array) wrong(*value, wanted);
        return value;
    }

    [[nodiscard]] static std::string_view string_at(std::span<const std::byte> bytes) noexcept {
        const auto length = detail::load_little<std::uint64_t>(bytes.data());
        return {reinterpret_cast<const char*>(bytes.data()) + sizeof length, static_cast<std::size_t>(length)};
    }

    template <class Number, class Read>
    std::optional<std::vector<Number>> find_numbers(std::string_view key, Read read) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        std::vector<Number> numbers;
        numbers.reserve(value->type == GgufType::string ? 0 : static_cast<std::size_t>(value->count));
        const std::size_t width = value->count == 0 ? 0 : value->bytes.size() / static_cast<std::size_t>(value->count);
        for (std::size_t i = 0; i < value->count; ++i) numbers.push_back(read(*value, value->bytes.data() + i * width));
        return numbers;
    }

    [[nodiscard]] std::int64_t integer(const GgufValue& value, const std::byte* at, std::string_view wanted) const {
        switch (value.type) {
        case GgufType::u8:
            return detail::load_little<std::uint8_t>(at);
        case GgufType::i8:
            return detail::load_little<std::int8_t>(at);
        case GgufType::u16:
            return detail::load_little<std::uint16_t>(at);
        case GgufType::i16:
            return detail::load_little<std::int16_t>(at);
        case GgufType::u32:
            return detail::load_little<std::uint32_t>(at);
        case GgufType::i32:
            return detail::load_little<std::int32_t>(at);
        case GgufType::i64:
            return detail::load_little<std::int64_t>(at);
        case GgufType::u64: {
            const auto number = detail::load_little<std::uint64_t>(at);
            if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) wrong(value, wanted);
            return static_cast<std::int64_t>(number);
        }
        default:
            wrong(value, wanted);
        }
    }

    [[nodiscard]] float floating(const GgufValue& value, const std::byte* at) const {
        if (value.type == GgufType::f32) return detail::load_little<float>(at);
        if (value.type == GgufType::f64) return static_cast<float>(detail::load_little<double>(at));
        wrong(value, "a floating-point number");
    }

    [[noreturn]] void wrong(const GgufValue& value, std::string_view wanted) const {
        throw Error(ErrorCode::malformed_model,
                    "the value of " + detail::printable(value.key) + " should be " + std::string(wanted) +
                        ", but its type is " + (value.is_array ? "array of " : "") +
                        std::string(to_string(value.type)) + (value.is_array ? "" : ", or it is out of range"),
                    path_, "The file is damaged or made by a converter that is not known");
    }

    std::vector<GgufValue> values_;
    std::string path_;
};

} // namespace familiar::weights
