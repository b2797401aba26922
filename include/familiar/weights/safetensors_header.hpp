#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/tensor_extent.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace familiar::weights {

/// One tensor of a safetensors header, its place counted from the end of the header.
struct SafetensorsEntry {
    std::string name;
    tensor::ElementType type = tensor::ElementType::f32;
    std::array<std::size_t, 4> shape{};
    std::size_t dimensions = 0;
    std::size_t begin = 0, end = 0;

    [[nodiscard]] std::span<const std::size_t> sizes() const noexcept { return {shape.data(), dimensions}; }
};

/// What stands before the data of a safetensors file.
struct SafetensorsHeader {
    std::vector<SafetensorsEntry> tensors; ///< in the order of their data
    std::map<std::string, std::string> metadata;
    std::size_t data_begin = 0; ///< offset of the data in the file
};

namespace detail {

/// Receives the events of the JSON parser and accepts nothing but a header: no document is built, nesting is bounded by
/// the grammar itself (the parser keeps its own stack on the heap and stops at the first event that returns false).
class SafetensorsHeaderEvents {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    SafetensorsHeader header;
    std::string problem; ///< why an event was refused
    ErrorCode code = ErrorCode::malformed_model;
    std::optional<std::size_t> problem_offset; ///< byte of the header, where the JSON itself is broken

    bool null() { return refuse("a null"); }
    bool boolean(bool) { return refuse("a boolean"); }
    bool number_integer(number_integer_t) { return refuse("a negative number"); }
    bool number_float(number_float_t, const string_t&) { return refuse("a fraction or a number that is too large"); }
    bool binary(binary_t&) { return refuse("binary data"); }

    bool number_unsigned(number_unsigned_t value) {
        if (place_ == Place::shape) {
            if (entry_.dimensions == entry_.shape.size()) {
                return report("tensor " + printable(entry_.name) + " has more than four dimensions",
                              ErrorCode::unsupported_model);
            }
            entry_.shape[entry_.dimensions++] = static_cast<std::size_t>(value);
            return true;
        }
        if (place_ == Place::offsets && offsets_ < 2) {
            (offsets_++ == 0 ? entry_.begin : entry_.end) = static_cast<std::size_t>(value);
            return true;
        }
        return refuse("a number");
    }

    bool string(string_t& value) {
        if (place_ == Place::metadata) {
            header.metadata.emplace(key_, value);
            return true;
        }
        if (place_ == Place::tensor && field_ == Field::type) {
            const auto type = parse_type(value);
            if (!type)
                return report("tensor " + printable(entry_.name) + " has the unknown type " + printable(value),
                              ErrorCode::unsupported_model);
            entry_.type = *type;
            return true;
        }
        return refuse("a string");
    }

    bool start_object(std::size_t) {
        if (place_ == Place::before) {
            place_ = Place::top;
            return true;
        }
        if (place_ == Place::top && key_ == "__metadata__") {
            place_ = Place::metadata;
            names_in_metadata_.clear();
            return true;
        }
        if (place_ == Place::top) {
            place_ = Place::tensor;
            entry_ = {};
            entry_.name = key_;
            field_ = Field::none;
            seen_ = 0;
            offsets_ = 0;
            return true;
        }
        return refuse("an object");
    }

    bool key(string_t& name) {
        if (place_ == Place::top) {
            if (!names_.insert(name).second) return report("the name " + printable(name) + " stands there twice");
            key_ = name;
            return true;
        }
        if (place_ == Place::metadata) {
            if (!names_in_metadata_.insert(name).second) {
                return report("the metadata key " + printable(name) + " stands there twice");
            }
            key_ = name;
            return true;
        }
        field_ = name == "dtype"          ? Field::type
                 : name == "shape"        ? Field::shape
                 : name == "data_offsets" ? Field::offsets
                                          : Field::none;
        if (field_ == Field::none)
            return report("tensor " + printable(entry_.name) + " has the unknown key " + printable(name));
        const unsigned bit = 1U << static_cast<unsigned>(field_);
        if ((seen_ & bit) != 0) return report("tensor " + printable(entry_.name) + " has " + name + " twice");
        seen_ |= bit;
        return true;
    }

    bool end_object() {
        if (place_ == Place::tensor) {
            if (seen_ != 0b1110U) {
                return report("tensor " + printable(entry_.name) + " lacks dtype, shape or data_offsets");
            }
            header.tensors.push_back(std::move(entry_));
        }
        place_ = place_ == Place::top ? Place::after : Place::top;
        return true;
    }

    bool start_array(std::size_t) {
        if (place_ == Place::tensor && field_ == Field::shape) {
            place_ = Place::shape;
            return true;
        }
        if (place_ == Place::tensor && field_ == Field::offsets) {
            place_ = Place::offsets;
            return true;
        }
        return refuse("an array");
    }

    bool end_array() {
        if (place_ == Place::offsets && offsets_ != 2) {
            return report("tensor " + printable(entry_.name) + " has data_offsets that are not two numbers");
        }
        place_ = Place::tensor;
        return true;
    }

    template <class Exception> bool parse_error(std::size_t position, const std::string&, const Exception&) {
        problem_offset = position;
        return report("the header is no well-formed JSON");
    }

  private:
    enum class Place { before, top, metadata, tensor, shape, offsets, after };
    enum class Field : unsigned { none, type, shape, offsets };

    static std::optional<tensor::ElementType> parse_type(std::string_view name) {
        using enum tensor::ElementType;
        for (const auto type : {f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean}) {
            if (name == to_string(type)) return type;
        }
        return std::nullopt;
    }

    bool report(std::string what, ErrorCode kind = ErrorCode::malformed_model) {
        problem = std::move(what);
        code = kind;
        return false;
    }

    bool refuse(std::string_view found) {
        const std::string what(found);
        switch (place_) {
        case Place::before:
        case Place::after:
            return report("the header is " + what + " and no JSON object");
        case Place::top:
            return report("the entry " + printable(key_) + " is " + what + " and no object");
        case Place::metadata:
            return report("the metadata value of " + printable(key_) + " is " + what + " and no string");
        default:
            return report("tensor " + printable(entry_.name) + " has " + what +
                          " where its type, shape or offsets should be");
        }
    }

    Place place_ = Place::before;
    Field field_ = Field::none;
    std::string key_;
    SafetensorsEntry entry_;
    unsigned seen_ = 0;
    int offsets_ = 0;
    std::unordered_set<std::string> names_, names_in_metadata_;
};

} // namespace detail

/// Reads and checks the header of a whole safetensors file: its length against the file, well-formed JSON without
/// duplicate keys, known types, at most four dimensions, sizes that multiply without overflow to just the bytes between
/// the offsets, and data that is covered exactly: no overlap, no hole, nothing behind the last tensor.
///
/// Throws Error (malformed_model; unsupported_model for more than four dimensions or an unknown type) naming `path` and
/// the tensor or byte. O(n log n) in the number of tensors; memory in proportion to the header (at most 100 MB, the
/// format's own limit). Source: the safetensors format, version 0.
inline SafetensorsHeader read_safetensors_header(std::span<const std::byte> file, const std::string& path) {
    static_assert(std::endian::native == std::endian::little, "model files are little-endian");
    constexpr std::uint64_t kLongest = 100'000'000;
    const auto fail = [&](const std::string& what, std::optional<std::size_t> byte = std::nullopt) {
        throw Error(ErrorCode::malformed_model, what, byte ? path + ", byte " + std::to_string(*byte) : path,
                    "The file is damaged or no safetensors file: fetch it again");
    };
    std::uint64_t length = 0;
    if (file.size() < sizeof length) fail("the file ends within the length of its header", file.size());
    std::memcpy(&length, file.data(), sizeof length);
    const auto rest = file.subspan(sizeof length);
    if (length > rest.size()) {
        fail("a header of " + std::to_string(length) + " bytes is announced, but " + std::to_string(rest.size()) +
                 " follow",
             0);
    }
    if (length > kLongest) fail("a header of " + std::to_string(length) + " bytes is longer than the format allows", 0);
    if (length < 2 || rest[0] != std::byte{'{'}) fail("the header does not begin with {", sizeof length);

    detail::SafetensorsHeaderEvents events;
    const auto* const text = reinterpret_cast<const char*>(rest.data());
    if (!nlohmann::json::sax_parse(text, text + length, &events)) {
        if (events.problem_offset) fail(events.problem, sizeof length + *events.problem_offset);
        if (events.code == ErrorCode::unsupported_model) {
            throw Error(events.code, events.problem, path, "Convert the model to a supported type");
        }
        fail(events.problem);
    }
    SafetensorsHeader header = std::move(events.header);
    header.data_begin = sizeof length + static_cast<std::size_t>(length);
    const std::size_t data_size = file.size() - header.data_begin;

    for (const auto& entry : header.tensors) {
        const auto bytes = tensor_bytes(entry.type, entry.sizes());
        if (!bytes) fail("tensor " + detail::printable(entry.name) + " has a shape whose size overflows");
        if (entry.begin > entry.end || entry.end > data_size) {
            fail("tensor " + detail::printable(entry.name) + " has the offsets " + std::to_string(entry.begin) +
                 " to " + std::to_string(entry.end) + ", but the file holds " + std::to_string(data_size) +
                 " bytes of data");
        }
        if (entry.end - entry.begin != *bytes) {
            fail("tensor " + detail::printable(entry.name) + " needs " + std::to_string(*bytes) +
                 " bytes for its type and shape, but has " + std::to_string(entry.end - entry.begin));
        }
    }
    std::ranges::sort(header.tensors, {}, [](const SafetensorsEntry& e) { return std::pair(e.begin, e.end); });
    std::size_t covered = 0;
    for (const auto& entry : header.tensors) {
        if (entry.begin != covered) {
            fail("the data of tensor " + detail::printable(entry.name) +
                     (entry.begin < covered ? " overlaps another tensor's" : " begins after a hole"),
                 header.data_begin + entry.begin);
        }
        covered = entry.end;
    }
    if (covered != data_size) {
        fail(std::to_string(data_size - covered) + " bytes follow the last tensor", header.data_begin + covered);
    }
    return header;
}

} // namespace familiar::weights
