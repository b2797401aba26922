#pragma once

#include <familiar/decoder/decoder_shape.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace familiar::decoder {

/// Keys (already turned to their positions) and values of the tokens of one sequence, or of a part of one, for all
/// layers: 2 · layers · key_value_size floats a token. Once filled it is only read, by any number of continuations.
class KeyValueStore {
  public:
    KeyValueStore() = default;
    KeyValueStore(const DecoderShape& shape, std::size_t capacity) { reset(shape, capacity); }

    /// Empties the store and makes room for `capacity` tokens; memory that is large enough is kept.
    void reset(const DecoderShape& shape, std::size_t capacity) {
        layers_ = shape.layers;
        width_ = shape.key_value_size();
        capacity_ = capacity;
        size_ = 0;
        values_.resize(2 * layers_ * capacity_ * width_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return values_.size() * sizeof(float); }

    /// Rows of one layer: [capacity, key_value_size], those from `size()` on not yet filled.
    [[nodiscard]] float* keys(std::size_t layer) noexcept { return block(2 * layer); }
    [[nodiscard]] float* values(std::size_t layer) noexcept { return block(2 * layer + 1); }
    [[nodiscard]] const float* keys(std::size_t layer) const noexcept { return block(2 * layer); }
    [[nodiscard]] const float* values(std::size_t layer) const noexcept { return block(2 * layer + 1); }

    /// Precondition: size() + tokens <= capacity().
    void append(std::size_t tokens) noexcept { size_ += tokens; }
    void shorten(std::size_t size) noexcept { size_ = std::min(size_, size); }

    /// Takes the first `tokens` of another store of the same model. Preconditions: tokens <= other.size() and capacity.
    void copy_from(const KeyValueStore& other, std::size_t tokens) noexcept {
        for (std::size_t i = 0; i < 2 * layers_ && tokens != 0; ++i) {
            std::memcpy(block(i), other.block(i), tokens * width_ * sizeof(float));
        }
        size_ = tokens;
    }

  private:
    [[nodiscard]] float* block(std::size_t i) noexcept { return values_.data() + i * capacity_ * width_; }
    [[nodiscard]] const float* block(std::size_t i) const noexcept { return values_.data() + i * capacity_ * width_; }

    std::size_t layers_ = 0, width_ = 0, capacity_ = 0, size_ = 0;
    tensor::AlignedBuffer<float> values_;
};

/// The first `count` tokens of a store. Does not own.
struct KeyValueView {
    const KeyValueStore* store = nullptr;
    std::size_t count = 0;
};

} // namespace familiar::decoder
