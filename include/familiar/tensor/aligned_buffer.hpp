#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace familiar::tensor {

/// Memory for `size` values of a trivial type, 64-byte aligned (one cache line, one 512-bit register), not initialised.
/// `resize` keeps the memory where it is large enough and the contents nowhere; so a scratch buffer stops allocating
/// once it has seen its largest size.
template <class T> class AlignedBuffer {
  public:
    static constexpr std::size_t kAlignment = 64;

    AlignedBuffer() = default;
    explicit AlignedBuffer(std::size_t size) { resize(size); }
    AlignedBuffer(AlignedBuffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
        AlignedBuffer moved(std::move(other));
        std::swap(data_, moved.data_);
        std::swap(size_, moved.size_);
        std::swap(capacity_, moved.capacity_);
        return *this;
    }
    ~AlignedBuffer() { release(); }

    void resize(std::size_t size) {
        if (size > capacity_) {
            release();
            data_ = static_cast<T*>(::operator new(size * sizeof(T), std::align_val_t{kAlignment}));
            capacity_ = size;
        }
        size_ = size;
    }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }

  private:
    void release() noexcept {
        if (data_ != nullptr) ::operator delete(data_, std::align_val_t{kAlignment});
        data_ = nullptr;
        size_ = capacity_ = 0;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

} // namespace familiar::tensor
