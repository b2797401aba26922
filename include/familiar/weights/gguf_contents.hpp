#pragma once

#include <familiar/core/error.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/weights/detail/gguf_cursor.hpp>
#include <familiar/weights/detail/printable.hpp>
#include <familiar/weights/gguf_metadata.hpp>
#include <familiar/weights/tensor_extent.hpp>
#include <familiar/weights/tensor_table.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::weights {

/// Metadata and tensors of a GGUF file: views into its bytes.
struct GgufContents {
    GgufMetadata metadata;
    TensorTable tensors;
};

namespace detail {

class GgufReader {
  public:
    GgufReader(std::span<const std::byte> file, const std::string& path) noexcept
        : file_(file), path_(path), cursor_(file, path) {}

    GgufContents read() {
        check_magic_and_version();
        const auto tensors = cursor_.number<std::uint64_t>("the number of tensors");
        const auto keys = cursor_.number<std::uint64_t>("the number of keys");
        GgufContents contents;
        contents.metadata = GgufMetadata(read_values(keys), path_);
        contents.tensors = TensorTable(place_tensors(read_records(tensors), contents.metadata), path_);
        return contents;
    }

  private:
    struct Record {
        TensorView view;
        std::uint64_t offset = 0;
        std::size_t bytes = 0;
        std::size_t place = 0; ///< byte of the file where the record stands
    };

    void check_magic_and_version() {
        constexpr std::uint32_t kMagic = 0x46554747; // "GGUF"
        if (cursor_.number<std::uint32_t>("the magic number") != kMagic) {
            cursor_.fail("the file does not begin with GGUF", 0);
        }
        const auto version = cursor_.number<std::uint32_t>("the version");
        if (version == 2 || version == 3) return;
        const bool other_order = version != 0 && (version & 0xffffU) == 0;
        cursor_.fail(other_order ? "the file is big-endian"
                                 : "version " + std::to_string(version) + " of GGUF is not known (2 and 3 are)",
                     4, version == 0 ? ErrorCode::malformed_model : ErrorCode::unsupported_model);
    }

    /// Refuses more records, of at least `smallest` bytes each, than fit into what is left.
    void check_count(std::uint64_t count, std::size_t smallest, std::string_view what) const {
        if (count > cursor_.left() / smallest) {
            cursor_.fail("the file announces " + std::to_string(count) + " " + std::string(what) + ", but only " +
                         std::to_string(cursor_.left()) + " bytes follow");
        }
    }

    /// No more than honest files need: memory grows with what is read, not with what is announced.
    template <class T> static void reserve(std::vector<T>& records, std::uint64_t count) {
        records.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, 4096)));
    }

    std::vector<GgufValue> read_values(std::uint64_t count) {
        check_count(count, 13, "keys"); // length, type and a value of one byte
        std::vector<GgufValue> values;
        reserve(values, count);
        for (std::uint64_t i = 0; i < count; ++i) {
            GgufValue value;
            value.key = cursor_.string("a key");
            const std::string what = "the value of " + printable(value.key);
            value.type = read_type(what);
            if (value.type == GgufType::array) {
                value.is_array = true;
                value.type = read_type(what);
                if (value.type == GgufType::array) {
                    cursor_.fail(what + " is an array of arrays", cursor_.position(), ErrorCode::unsupported_model);
                }
                value.count = cursor_.number<std::uint64_t>(what);
            }
            const std::size_t begin = cursor_.position();
            if (value.type == GgufType::string) {
                check_count(value.count, sizeof(std::uint64_t), "strings as " + what);
                for (std::uint64_t j = 0; j < value.count; ++j) cursor_.string(what);
            } else {
                cursor_.skip(value.count, width(value.type), what);
            }
            value.bytes = cursor_.since(begin);
            if (value.type == GgufType::boolean &&
                std::ranges::any_of(value.bytes, [](std::byte b) { return std::to_integer<unsigned>(b) > 1; })) {
                cursor_.fail(what + " is neither true nor false", begin);
            }
            values.push_back(value);
        }
        return values;
    }

    GgufType read_type(const std::string& what) {
        const auto number = cursor_.number<std::uint32_t>(what);
        if (number > static_cast<std::uint32_t>(GgufType::f64)) {
            cursor_.fail(what + " has the unknown type " + std::to_string(number), cursor_.position() - sizeof number);
        }
        return static_cast<GgufType>(number);
    }

    static constexpr std::size_t width(GgufType type) noexcept {
        switch (type) {
        case GgufType::u8:
        case GgufType::i8:
        case GgufType::boolean:
            return 1;
        case GgufType::u16:
        case GgufType::i16:
            return 2;
        case GgufType::u32:
        case GgufType::i32:
        case GgufType::f32:
            return 4;
        default:
            return 8;
        }
    }

    static std::optional<tensor::ElementType> element_type(std::uint32_t number) noexcept {
        using enum tensor::ElementType;
        switch (number) {
        case 0:
            return f32;
        case 1:
            return f16;
        case 2:
            return q4_0;
        case 3:
            return q4_1;
        case 6:
            return q5_0;
        case 7:
            return q5_1;
        case 8:
            return q8_0;
        case 10:
            return q2_k;
        case 11:
            return q3_k;
        case 12:
            return q4_k;
        case 13:
            return q5_k;
        case 14:
            return q6_k;
        case 20:
            return iq4_nl;
        case 23:
            return iq4_xs;
        case 24:
            return i8;
        case 25:
            return i16;
        case 26:
            return i32;
        case 27:
            return i64;
        case 28:
            return f64;
        case 30:
            return bf16;
        default:
            return std::nullopt;
        }
    }

    std::vector<Record> read_records(std::uint64_t count) {
        check_count(count, 32, "tensors"); // length, dimensions, one size, type, offset
        std::vector<Record> records;
        reserve(records, count);
        for (std::uint64_t i = 0; i < count; ++i) {
            Record record;
            record.place = cursor_.position();
            record.view.name = cursor_.string("a tensor's name");
            const std::string what = "tensor " + printable(record.view.name);
            const auto dimensions = cursor_.number<std::uint32_t>(what);
            if (dimensions < 1 || dimensions > record.view.shape.size()) {
                cursor_.fail(what + " has " + std::to_string(dimensions) + " dimensions (1 to 4 are possible)",
                             record.place);
            }
            record.view.dimensions = dimensions;
            for (std::size_t d = dimensions; d-- > 0;) { // the file has the fastest dimension first
                const auto size = cursor_.number<std::uint64_t>(what);
                if (size == 0) cursor_.fail(what + " has a dimension of size 0", record.place);
                record.view.shape[d] = static_cast<std::size_t>(size);
            }
            const auto type = cursor_.number<std::uint32_t>(what);
            const auto known = element_type(type);
            if (!known) {
                cursor_.fail(what + " has the type " + std::to_string(type) + ", which is not known", record.place,
                             ErrorCode::unsupported_model);
            }
            record.view.type = *known;
            record.offset = cursor_.number<std::uint64_t>(what);
            const auto bytes = tensor_bytes(*known, {record.view.shape.data(), record.view.dimensions});
            if (!bytes) {
                cursor_.fail(what + " has a shape whose size overflows, or rows that are no whole blocks of " +
                                 std::string(to_string(*known)),
                             record.place);
            }
            record.bytes = *bytes;
            records.push_back(record);
        }
        return records;
    }

    [[nodiscard]] std::uint64_t alignment(const GgufMetadata& metadata) const {
        const auto given = metadata.find_unsigned("general.alignment").value_or(32);
        if (given < 8 || !std::has_single_bit(given) || given > (std::uint64_t{1} << 30)) {
            cursor_.fail("general.alignment is " + std::to_string(given) + ", which is no power of two from 8 on", 0);
        }
        return given;
    }

    std::vector<TensorView> place_tensors(std::vector<Record> records, const GgufMetadata& metadata) const {
        if (records.empty()) return {}; // a vocabulary alone; nothing need follow it
        const std::uint64_t step = alignment(metadata);
        const std::uint64_t begin = (cursor_.position() + step - 1) / step * step;
        if (begin > file_.size()) cursor_.fail("the file ends before its tensors");
        const auto data = file_.subspan(static_cast<std::size_t>(begin));
        for (auto& record : records) {
            const std::string what = "tensor " + printable(record.view.name);
            if (record.offset % step != 0) {
                cursor_.fail(what + " has the offset " + std::to_string(record.offset) + ", no multiple of " +
                                 std::to_string(step),
                             record.place);
            }
            if (record.offset > data.size() || record.bytes > data.size() - record.offset) {
                cursor_.fail(what + " needs " + std::to_string(record.bytes) + " bytes from " +
                                 std::to_string(record.offset) + " on, but the file holds " +
                                 std::to_string(data.size()) + " bytes of data",
                             record.place);
            }
            record.view.bytes = data.subspan(static_cast<std::size_t>(record.offset), record.bytes);
        }
        std::ranges::sort(records, {}, &Record::offset);
        for (std::size_t i = 1; i < records.size(); ++i) {
            const auto& before = records[i - 1];
            if (before.offset + before.bytes > records[i].offset) {
                cursor_.fail("tensor " + printable(records[i].view.name) + " overlaps tensor " +
                                 printable(before.view.name),
                             records[i].place);
            }
        }
        std::vector<TensorView> views;
        views.reserve(records.size());
        for (const auto& record : records) views.push_back(record.view);
        return views;
    }

    std::span<const std::byte> file_;
    const std::string& path_;
    GgufCursor cursor_;
};

} // namespace detail

/// Reads and checks a whole GGUF file (version 2 or 3, little-endian) in memory: every count and length against the
/// bytes that are left, types, alignment, shapes that multiply without overflow, rows of whole blocks, aligned offsets
/// inside the file, no overlap, no name twice. Tensor data is not touched.
///
/// Throws Error naming `path` and byte or tensor: malformed_model; unsupported_model for another version, a big-endian
/// file, arrays of arrays and tensor types that are not read. O(n log n) in the number of keys and tensors, linear in
/// strings; memory in proportion to keys and tensors. Source: the GGUF format, version 3.
inline GgufContents read_gguf(std::span<const std::byte> file, const std::string& path) {
    return detail::GgufReader(file, path).read();
}

} // namespace familiar::weights
