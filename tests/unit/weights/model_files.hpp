#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

/// Model files made byte by byte, so that tests can lie in any field.
namespace familiar::tests {

/// The bytes of a number, lowest first.
template <class T> std::string little(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

inline std::string floats(const std::vector<float>& values) {
    std::string bytes;
    for (const float value : values) bytes += little(value);
    return bytes;
}

inline std::string safetensors_file(std::string_view header, std::string_view data) {
    return little(std::uint64_t{header.size()}) + std::string(header) + std::string(data);
}

/// `a` F32 [2, 3] = 0 … 5, `b` F16 [2] = 1, -2, `empty` F32 [0, 4], `scalar` I64 [] = 7, with metadata.
inline std::string small_safetensors() {
    return safetensors_file(
        R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
        R"("b":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},)"
        R"("empty":{"dtype":"F32","shape":[0,4],"data_offsets":[28,28]},)"
        R"("scalar":{"dtype":"I64","shape":[],"data_offsets":[28,36]}}   )",
        floats({0, 1, 2, 3, 4, 5}) + little(std::uint16_t{0x3c00}) + little(std::uint16_t{0xc000}) +
            little(std::int64_t{7}));
}

/// Writes a GGUF file field by field. Fields can be set to lies before `bytes` is called.
struct GgufFile {
    std::string magic = "GGUF";
    std::uint32_t version = 3;
    std::uint64_t tensor_count = 0, key_count = 0; ///< counted along; change them afterwards to lie
    std::string keys, tensors, data;
    std::size_t alignment = 32;

    static std::string string(std::string_view text) { return little(std::uint64_t{text.size()}) + std::string(text); }

    GgufFile& key(std::string_view name, std::uint32_t type, const std::string& value) {
        keys += string(name) + little(type) + value;
        ++key_count;
        return *this;
    }
    GgufFile& text(std::string_view name, std::string_view value) { return key(name, 8, string(value)); }
    GgufFile& texts(std::string_view name, const std::vector<std::string>& values) {
        std::string all = little(std::uint32_t{8}) + little(std::uint64_t{values.size()});
        for (const auto& value : values) all += string(value);
        return key(name, 9, all);
    }
    /// `shape` as the file has it, fastest dimension first.
    GgufFile& tensor_at(std::string_view name, const std::vector<std::uint64_t>& shape, std::uint32_t type,
                        std::uint64_t offset) {
        tensors += string(name) + little(static_cast<std::uint32_t>(shape.size()));
        for (const auto size : shape) tensors += little(size);
        tensors += little(type) + little(offset);
        ++tensor_count;
        return *this;
    }
    GgufFile& tensor(std::string_view name, const std::vector<std::uint64_t>& shape, std::uint32_t type,
                     const std::string& bytes) {
        data.resize((data.size() + alignment - 1) / alignment * alignment);
        tensor_at(name, shape, type, data.size());
        data += bytes;
        return *this;
    }

    [[nodiscard]] std::string bytes() const {
        std::string all = magic + little(version) + little(tensor_count) + little(key_count) + keys + tensors;
        all.resize((all.size() + alignment - 1) / alignment * alignment);
        return all + data;
    }
};

/// Values of every type, `matrix` F32 [2, 3] = 0 … 5 (rows of three) and `blocks` Q8_0 [1, 32] of scale 1: 0 … 31.
inline GgufFile small_gguf() {
    std::string block = little(std::uint16_t{0x3c00});
    for (char i = 0; i < 32; ++i) block += i;
    GgufFile file;
    file.text("general.architecture", "llama")
        .key("u8", 0, little(std::uint8_t{200}))
        .key("i8", 1, little(std::int8_t{-5}))
        .key("u16", 2, little(std::uint16_t{60000}))
        .key("i16", 3, little(std::int16_t{-300}))
        .key("u32", 4, little(std::uint32_t{4000000000}))
        .key("i32", 5, little(std::int32_t{-7}))
        .key("f32", 6, little(0.25F))
        .key("yes", 7, little(std::uint8_t{1}))
        .key("u64", 10, little(~std::uint64_t{0}))
        .key("i64", 11, little(std::int64_t{-1}))
        .key("f64", 12, little(0.1))
        .texts("tokens", {"a", "", std::string("\xff\0z", 3)})
        .key("types", 9, little(std::uint32_t{5}) + little(std::uint64_t{3}) + little(1) + little(-2) + little(3))
        .key("scores", 9, little(std::uint32_t{6}) + little(std::uint64_t{2}) + floats({0.5F, -1.0F}))
        .key("nothing", 9, little(std::uint32_t{4}) + little(std::uint64_t{0}))
        .tensor("matrix", {3, 2}, 0, floats({0, 1, 2, 3, 4, 5}))
        .tensor("blocks", {32, 1}, 8, block);
    return file;
}

} // namespace familiar::tests
