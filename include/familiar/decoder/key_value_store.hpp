#pragma once

#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/decoder/key_value_type.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace familiar::decoder {

/// Keys (already turned to their positions) and values of the tokens of one sequence, or of a part of one, for all
/// layers: 2 · layers · key_value_size values a token, of the store's type. Once filled it is only read, by any number
/// of continuations.
class KeyValueStore {
  public:
    KeyValueStore() = default;
    KeyValueStore(const DecoderShape& shape, std::size_t capacity, KeyValueType type = KeyValueType::f32) {
        reset(shape, capacity, type);
    }

    /// Empties the store and makes room for `capacity` tokens; memory that is large enough is kept.
    void reset(const DecoderShape& shape, std::size_t capacity, KeyValueType type = KeyValueType::f32) {
        type_ = type;
        layers_ = shape.layers;
        heads_ = shape.key_value_heads;
        head_size_ = shape.head_size;
        row_bytes_ = heads_ * head_bytes(type, head_size_);
        capacity_ = capacity;
        size_ = 0;
        memory_.resize(2 * layers_ * capacity_ * row_bytes_);
    }

    [[nodiscard]] KeyValueType type() const noexcept { return type_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return memory_.size(); }
    /// Bytes of a token's keys, and of its values, in one layer.
    [[nodiscard]] std::size_t row_bytes() const noexcept { return row_bytes_; }

    /// Rows of one layer as they are kept: [capacity, row_bytes()], those from `size()` on not yet filled.
    [[nodiscard]] std::byte* key_rows(std::size_t layer) noexcept { return block(2 * layer); }
    [[nodiscard]] std::byte* value_rows(std::size_t layer) noexcept { return block(2 * layer + 1); }
    [[nodiscard]] const std::byte* key_rows(std::size_t layer) const noexcept { return block(2 * layer); }
    [[nodiscard]] const std::byte* value_rows(std::size_t layer) const noexcept { return block(2 * layer + 1); }

    /// Rows of one layer: [capacity, key_value_size]. Precondition: type() is f32.
    [[nodiscard]] float* keys(std::size_t layer) noexcept { return reinterpret_cast<float*>(key_rows(layer)); }
    [[nodiscard]] float* values(std::size_t layer) noexcept { return reinterpret_cast<float*>(value_rows(layer)); }
    [[nodiscard]] const float* keys(std::size_t layer) const noexcept {
        return reinterpret_cast<const float*>(key_rows(layer));
    }
    [[nodiscard]] const float* values(std::size_t layer) const noexcept {
        return reinterpret_cast<const float*>(value_rows(layer));
    }

    /// Puts one head's key and value of token `row`.
    void put(std::size_t layer, std::size_t row, std::size_t head, const float* key, const float* value) noexcept {
        const std::size_t width = head_bytes(type_, head_size_), at = row * row_bytes_ + head * width;
        narrow_head(type_, key, head_size_, key_rows(layer) + at);
        narrow_head(type_, value, head_size_, value_rows(layer) + at);
    }

    /// Tokens [first, first + count) as f32: keys and values [count, key_value_size].
    void read(std::size_t layer, std::size_t first, std::size_t count, float* keys_out,
              float* values_out) const noexcept {
        const std::size_t width = head_bytes(type_, head_size_);
        const std::byte *key = key_rows(layer) + first * row_bytes_, *value = value_rows(layer) + first * row_bytes_;
        for (std::size_t head = 0; head < count * heads_; ++head, key += width, value += width) {
            widen_head(type_, key, head_size_, keys_out + head * head_size_);
            widen_head(type_, value, head_size_, values_out + head * head_size_);
        }
    }

    /// Precondition: size() + tokens <= capacity().
    void append(std::size_t tokens) noexcept { size_ += tokens; }
    void shorten(std::size_t size) noexcept { size_ = std::min(size_, size); }

    /// Takes the first `tokens` of another store of the same model and type. Preconditions: tokens <= other.size() and
    /// capacity.
    void copy_from(const KeyValueStore& other, std::size_t tokens) noexcept {
        for (std::size_t i = 0; i < 2 * layers_ && tokens != 0; ++i) {
            std::memcpy(block(i), other.block(i), tokens * row_bytes_);
        }
        size_ = tokens;
    }

  private:
    [[nodiscard]] std::byte* block(std::size_t i) noexcept { return memory_.data() + i * capacity_ * row_bytes_; }
    [[nodiscard]] const std::byte* block(std::size_t i) const noexcept {
        return memory_.data() + i * capacity_ * row_bytes_;
    }

    KeyValueType type_ = KeyValueType::f32;
    std::size_t layers_ = 0, heads_ = 0, head_size_ = 0, row_bytes_ = 0, capacity_ = 0, size_ = 0;
    tensor::AlignedBuffer<std::byte> memory_;
};

/// The first `count` tokens of a store. Does not own.
struct KeyValueView {
    const KeyValueStore* store = nullptr;
    std::size_t count = 0;
};

} // namespace familiar::decoder
