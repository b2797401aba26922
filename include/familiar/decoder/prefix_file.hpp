#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/prefix_cache.hpp>
#include <familiar/weights/detail/printable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::decoder {

namespace detail {

inline constexpr std::string_view kPrefixMagic = "familiar prefixes 1\n";

/// FNV-1a over words of eight bytes: damage shows, and it keeps pace with the disk.
class PrefixSum {
  public:
    void add(const char* data, std::size_t size) noexcept {
        for (; size >= 8; data += 8, size -= 8) {
            std::uint64_t word;
            std::memcpy(&word, data, 8);
            sum_ = (sum_ ^ word) * 0x100000001b3;
            sum_ ^= sum_ >> 32;
        }
        for (; size > 0; ++data, --size) sum_ = (sum_ ^ static_cast<unsigned char>(*data)) * 0x100000001b3;
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

  private:
    std::uint64_t sum_ = 0xcbf29ce484222325;
};

} // namespace detail

/// Writes a cache's beginnings with their keys and values: 2 · layers rows of `KeyValueStore::row_bytes` a token. The
/// file is written beside its place and renamed.
///
/// @param identity of model, kernels and type of the keys: those of others are other keys
/// Throws `Error` (file_unwritable).
inline void save_prefixes(const PrefixCache& cache, const DecoderShape& shape, std::string_view identity,
                          const std::filesystem::path& path) {
    const std::filesystem::path beside = path.string() + ".part";
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    detail::PrefixSum sum;
    const auto put = [&](const void* data, std::size_t size) {
        const auto* const bytes = static_cast<const char*>(data);
        sum.add(bytes, size);
        file.write(bytes, static_cast<std::streamsize>(size));
    };
    const auto put_number = [&](std::uint64_t number) { put(&number, sizeof number); };
    put(detail::kPrefixMagic.data(), detail::kPrefixMagic.size());
    put_number(identity.size());
    put(identity.data(), identity.size());
    put_number(shape.layers);
    put_number(shape.key_value_size());
    put_number(cache.size());
    cache.visit([&](const PrefixCache::Entry& entry) {
        put_number(entry.regime);
        put_number(entry.tokens.size());
        put(entry.tokens.data(), entry.tokens.size() * sizeof(std::int32_t));
        const std::size_t bytes = entry.tokens.size() * entry.store->row_bytes();
        for (std::size_t layer = 0; layer < shape.layers; ++layer) {
            put(entry.store->key_rows(layer), bytes);
            put(entry.store->value_rows(layer), bytes);
        }
    });
    const std::uint64_t total = sum.value();
    file.write(reinterpret_cast<const char*>(&total), sizeof total);
    file.close();
    std::error_code failure;
    if (file) std::filesystem::rename(beside, path, failure);
    if (!file || failure) {
        std::filesystem::remove(beside, failure);
        throw Error(ErrorCode::file_unwritable, "the kept beginnings cannot be written", path.string(),
                    "Is there room, and may the folder be written to?");
    }
}

/// Reads what `save_prefixes` wrote into a cache, the longest unused first, so that the cache drops the same ones.
///
/// @param type of the keys and values, which `identity` tells apart
/// Throws `Error`: file_not_found, file_unreadable, invalid_argument for a file of another model or of other kernels,
/// malformed_model for a damaged one; the cache is then as it was.
inline void load_prefixes(PrefixCache& cache, const DecoderShape& shape, std::string_view identity,
                          const std::filesystem::path& path, KeyValueType type = KeyValueType::f32) {
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) throw Error(ErrorCode::file_not_found, "no such file", path.string());
    const auto size = std::filesystem::file_size(path, failure);
    std::ifstream file(path, std::ios::binary);
    if (failure || !file) throw Error(ErrorCode::file_unreadable, "cannot be read", path.string());
    detail::PrefixSum sum;
    std::uint64_t left = size;
    const auto fail = [&](const std::string& what) {
        return Error(ErrorCode::malformed_model, what, path.string(), "Remove the file: it is made again");
    };
    const auto take = [&](void* data, std::uint64_t bytes) {
        if (bytes > left || !file.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes))) {
            throw fail("the file of kept beginnings is cut short");
        }
        left -= bytes;
        sum.add(static_cast<const char*>(data), static_cast<std::size_t>(bytes));
    };
    const auto take_number = [&] {
        std::uint64_t number = 0;
        take(&number, sizeof number);
        return number;
    };
    std::string magic(detail::kPrefixMagic.size(), '\0');
    take(magic.data(), magic.size());
    if (magic != detail::kPrefixMagic) throw fail("this is no file of kept beginnings");
    const std::uint64_t name = take_number();
    if (name > left) throw fail("the file of kept beginnings is cut short");
    std::string of(static_cast<std::size_t>(name), '\0');
    take(of.data(), name);
    const std::uint64_t layers = take_number(), width = take_number();
    if (of != identity || layers != shape.layers || width != shape.key_value_size()) {
        throw Error(ErrorCode::invalid_argument,
                    "the kept beginnings are those of " + weights::detail::printable(of) + ", not of " +
                        std::string(identity),
                    path.string(), "Keep a file for each model and instruction set");
    }
    struct Read {
        std::vector<std::int32_t> tokens;
        std::shared_ptr<KeyValueStore> store;
        std::size_t regime;
    };
    std::vector<Read> entries;
    const std::uint64_t row = shape.key_value_heads * head_bytes(type, shape.head_size);
    const std::uint64_t a_token = 2 * layers * row + sizeof(std::int32_t);
    for (std::uint64_t count = take_number(); count != 0; --count) {
        Read entry;
        entry.regime = static_cast<std::size_t>(take_number());
        const std::uint64_t tokens = take_number();
        if (tokens == 0 || tokens > left / a_token) throw fail("the file of kept beginnings is cut short");
        entry.tokens.resize(static_cast<std::size_t>(tokens));
        take(entry.tokens.data(), tokens * sizeof(std::int32_t));
        entry.store = std::make_shared<KeyValueStore>(shape, entry.tokens.size(), type);
        for (std::size_t layer = 0; layer < shape.layers; ++layer) {
            take(entry.store->key_rows(layer), tokens * row);
            take(entry.store->value_rows(layer), tokens * row);
        }
        entry.store->append(entry.tokens.size());
        entries.push_back(std::move(entry));
    }
    const std::uint64_t wanted = sum.value();
    if (take_number() != wanted || left != 0) throw fail("the file of kept beginnings is damaged");
    for (auto& entry : entries) cache.insert(std::move(entry.tokens), std::move(entry.store), entry.regime);
}

} // namespace familiar::decoder
