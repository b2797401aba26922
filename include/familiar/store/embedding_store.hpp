#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/example.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/tensor/views.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace familiar::store {

/// The embeddings that one encoder has made, on disk: `NAME.keys` (of each its text's hash and a checksum) and
/// `NAME.vectors` (the numbers, in the machine's order of bytes), NAME from the encoder's identity.
///
/// Both are mapped: opening reads the keys only, 24 bytes a vector, and looking one up touches its page. Several
/// processes may read and append at once: who appends holds a lock, takes in what others have appended, writes vectors
/// and then their keys. A vector whose write was cut short does not match its checksum and counts as not there.
/// One object serves one thread at a time.
class EmbeddingStore {
  public:
    /// 128 bits of the SHA-256 of the texts.
    using Key = std::array<std::uint64_t, 2>;

    /// Opens or makes the files in `folder`. Throws `Error` (store_failed) where they cannot be made, or hold vectors
    /// of another encoder or size.
    EmbeddingStore(const std::filesystem::path& folder, std::string_view identity, std::size_t dimension)
        : dimension_(dimension) {
        std::error_code problem;
        std::filesystem::create_directories(folder, problem);
        if (problem) fail("the folder cannot be made (" + problem.message() + ")", folder.string());
        ContentHash hash;
        const auto digest = hash.part("embeddings").part(identity).part(std::to_string(dimension)).digest();
        std::memcpy(header_.identity.data(), digest.data(), digest.size());
        header_.dimension = dimension;
        const std::string stem = (folder / sha256(identity).substr(0, 32)).string();
        keys_ = File(stem + ".keys");
        vectors_ = File(stem + ".vectors");
        const Lock lock(keys_);
        if (keys_.size() < sizeof(Header)) keys_.write(0, &header_, sizeof(Header)); // new, or cut short while made
        Header found;
        keys_.read(0, &found, sizeof found);
        if (std::memcmp(&found, &header_, sizeof(Header)) != 0) {
            fail("holds no embeddings of this encoder", keys_.path());
        }
        take_in();
    }

    [[nodiscard]] static Key key_of(const Example& example) {
        ContentHash hash;
        hash.part(example.text);
        if (example.text_b) hash.part(*example.text_b);
        const auto digest = hash.digest();
        Key key;
        std::memcpy(key.data(), digest.data(), sizeof key);
        return key;
    }

    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    /// Entries, those that were cut short among them.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// The `dimension()` values kept for a key; null where there are none. Valid until the next `append`.
    [[nodiscard]] const float* find(const Key& key) const noexcept {
        if (slots_.empty()) return nullptr;
        for (std::size_t slot = first_slot(key); slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
            const std::size_t row = slots_[slot] - 1;
            if (entry(row).key != key) continue;
            const float* const vector = vectors_.template mapped<float>() + row * dimension_;
            return checksum(vector, dimension_) == entry(row).checksum ? vector : nullptr;
        }
        return nullptr;
    }

    /// Keeps row i of `rows` [keys, dimension()] for key i; a key that is there is kept anew. Throws `Error`
    /// (store_failed) where it cannot be written; what was there before stays whole.
    void append(std::span<const Key> keys, tensor::MatrixView<const float> rows) {
        if (rows.rows != keys.size() || rows.columns != dimension_) {
            throw Error(ErrorCode::invalid_argument, "as many keys as vectors of the store's dimension are asked for",
                        keys_.path());
        }
        if (keys.empty()) return;
        const Lock lock(keys_);
        take_in();
        std::vector<Entry> entries(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            entries[i] = {keys[i], checksum(rows.row(i), dimension_)};
            vectors_.write((count_ + i) * dimension_ * sizeof(float), rows.row(i), dimension_ * sizeof(float));
        }
        keys_.write(sizeof(Header) + count_ * sizeof(Entry), entries.data(), entries.size() * sizeof(Entry));
        take_in();
    }

  private:
    struct Header {
        std::array<char, 24> magic{"familiar embeddings 1\n"};
        std::uint64_t dimension = 0;
        std::array<unsigned char, 32> identity{};
    };
    struct Entry {
        Key key{};
        std::uint64_t checksum = 0;
    };
    static_assert(sizeof(Header) == 64 && sizeof(Entry) == 24);

    [[noreturn]] static void fail(const std::string& what, const std::string& where) {
        throw Error(ErrorCode::store_failed, "the cache of embeddings: " + what, where,
                    "Delete it, or set FAMILIAR_CACHE to another folder");
    }

    /// A file that is appended to and mapped for reading.
    class File {
      public:
        File() = default;
        explicit File(std::string path) : path_(std::move(path)) {
            descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
            if (descriptor_ < 0) complain("opened");
        }
        File(const File&) = delete;
        File& operator=(const File&) = delete;
        File& operator=(File&& other) noexcept {
            std::swap(path_, other.path_);
            std::swap(descriptor_, other.descriptor_);
            std::swap(data_, other.data_);
            std::swap(length_, other.length_);
            return *this;
        }
        File(File&& other) noexcept { *this = std::move(other); }
        ~File() {
            if (data_ != nullptr) ::munmap(data_, length_);
            if (descriptor_ >= 0) ::close(descriptor_);
        }

        [[nodiscard]] const std::string& path() const noexcept { return path_; }
        [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

        [[nodiscard]] std::size_t size() const {
            struct stat status {};
            if (::fstat(descriptor_, &status) != 0) complain("read");
            return static_cast<std::size_t>(status.st_size);
        }

        void read(std::size_t offset, void* out, std::size_t bytes) const {
            for (auto* to = static_cast<char*>(out); bytes != 0;) {
                const auto done = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
                if (done < 0 && errno == EINTR) continue;
                if (done <= 0) complain("read");
                to += done;
                offset += static_cast<std::size_t>(done);
                bytes -= static_cast<std::size_t>(done);
            }
        }

        void write(std::size_t offset, const void* data, std::size_t bytes) {
            for (const auto* from = static_cast<const char*>(data); bytes != 0;) {
                const auto done = ::pwrite(descriptor_, from, bytes, static_cast<off_t>(offset));
                if (done < 0 && errno == EINTR) continue;
                if (done <= 0) complain("written");
                from += done;
                offset += static_cast<std::size_t>(done);
                bytes -= static_cast<std::size_t>(done);
            }
        }

        /// Maps the first `length` bytes, which must be there.
        void map(std::size_t length) {
            if (length <= length_) return;
            void* const data = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor_, 0);
            if (data == MAP_FAILED) complain("mapped");
            if (data_ != nullptr) ::munmap(data_, length_);
            data_ = data;
            length_ = length;
        }

        template <class T> [[nodiscard]] const T* mapped() const noexcept { return static_cast<const T*>(data_); }

      private:
        [[noreturn]] void complain(const std::string& verb) const {
            fail("the file cannot be " + verb + " (" + std::generic_category().message(errno) + ")", path_);
        }

        std::string path_;
        int descriptor_ = -1;
        void* data_ = nullptr;
        std::size_t length_ = 0;
    };

    /// Others that append wait until it ends; also where their process is killed.
    struct Lock {
        int descriptor;
        explicit Lock(const File& file) : descriptor(file.descriptor()) {
            while (::flock(descriptor, LOCK_EX) != 0) {
                if (errno != EINTR) fail("the file cannot be locked", file.path());
            }
        }
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        ~Lock() { ::flock(descriptor, LOCK_UN); }
    };

    [[nodiscard]] const Entry& entry(std::size_t row) const noexcept {
        return reinterpret_cast<const Entry*>(keys_.mapped<std::byte>() + sizeof(Header))[row];
    }

    [[nodiscard]] std::size_t first_slot(const Key& key) const noexcept {
        return static_cast<std::size_t>(key[1]) & (slots_.size() - 1);
    }

    static std::uint64_t checksum(const float* values, std::size_t count) noexcept {
        std::uint64_t sum = count;
        for (std::size_t i = 0; i < count; ++i) {
            std::uint32_t bits = 0;
            std::memcpy(&bits, values + i, sizeof bits);
            sum = (sum ^ bits) * 0x9e3779b97f4a7c15;
            sum ^= sum >> 32;
        }
        return sum;
    }

    /// Maps and indexes the whole entries that are not known yet. Keys beyond the vectors' end are of a broken file.
    void take_in() {
        const std::size_t bytes = keys_.size(), row_bytes = dimension_ * sizeof(float);
        std::size_t count = bytes < sizeof(Header) ? 0 : (bytes - sizeof(Header)) / sizeof(Entry);
        count = std::min(count, row_bytes != 0 ? vectors_.size() / row_bytes : 0);
        count = std::min<std::size_t>(count, std::numeric_limits<std::uint32_t>::max() - 1);
        if (count <= count_) return;
        keys_.map(sizeof(Header) + count * sizeof(Entry));
        vectors_.map(count * row_bytes);
        if (2 * count > slots_.size()) {
            std::size_t size = 64;
            while (size < 4 * count) size *= 2;
            slots_.assign(size, 0);
            count_ = 0;
        }
        for (; count_ < count; ++count_) {
            std::size_t slot = first_slot(entry(count_).key);
            while (slots_[slot] != 0 && entry(slots_[slot] - 1).key != entry(count_).key) {
                slot = (slot + 1) & (slots_.size() - 1);
            }
            slots_[slot] = static_cast<std::uint32_t>(count_ + 1);
        }
    }

    std::size_t dimension_, count_ = 0;
    Header header_;
    File keys_, vectors_;
    std::vector<std::uint32_t> slots_; ///< open addressing, a power of two; row + 1, or 0 for none
};

} // namespace familiar::store
