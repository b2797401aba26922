#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace familiar::tensor {

/// A large piece of memory, aligned to a page, whose pages exist once they are written and which reads as zero before.
/// On Linux it asks for huge pages: reading it as fast as memory allows needs few address translations then.
class PageMemory {
  public:
    PageMemory() = default;
    /// Throws std::bad_alloc.
    explicit PageMemory(std::size_t size) : size_(size) {
        if (size == 0) return;
#if defined(__linux__)
        void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED) throw std::bad_alloc();
        data_ = static_cast<std::byte*>(start);
        ::madvise(start, size, MADV_HUGEPAGE); // a wish: small pages are only slower
#else
        data_ = static_cast<std::byte*>(::operator new(size, std::align_val_t{kAlignment}));
        std::memset(data_, 0, size);
#endif
    }
    PageMemory(PageMemory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    PageMemory& operator=(PageMemory&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~PageMemory() {
        if (data_ == nullptr) return;
#if defined(__linux__)
        ::munmap(data_, size_);
#else
        ::operator delete(data_, std::align_val_t{kAlignment});
#endif
    }

    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] const std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    static constexpr std::size_t kAlignment = 4096;

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Lets the system take back the memory of the pages that lie wholly in `part` of a file's read-only mapping: they are
/// read from the file again should they be needed. Nothing happens for what is not in `mapping`, and where the system
/// has no such call. `mapping` must be of a file: other memory would lose its contents.
inline void give_back_pages(std::span<const std::byte> mapping, std::span<const std::byte> part) noexcept {
#if defined(__linux__)
    if (part.data() < mapping.data() || part.data() + part.size() > mapping.data() + mapping.size()) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto first = (reinterpret_cast<std::uintptr_t>(part.data()) + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / page * page;
    if (end > first) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
#else
    static_cast<void>(mapping), static_cast<void>(part);
#endif
}

} // namespace familiar::tensor
