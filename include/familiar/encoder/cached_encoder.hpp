#pragma once

#include <familiar/core/error.hpp>
#include <familiar/encoder/text_encoder.hpp>
#include <familiar/store/embedding_store.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace familiar::encoder {

/// An encoder that embeds a text once: what it has made is kept on disk and found again by the texts and the encoder's
/// identity, to the bit. A text that occurs twice is embedded once. Models TextEncoder; copies share the store.
///
/// A cache must not fail the work: where the store cannot be opened or written (no space, no permission), texts are
/// embedded as without it. `cause()` tells why.
template <TextEncoder Encoder> class CachedEncoder {
  public:
    CachedEncoder(Encoder encoder, const std::filesystem::path& folder) : encoder_(std::move(encoder)) {
        try {
            store_ = std::make_shared<store::EmbeddingStore>(folder, encoder_.identity(), encoder_.dimension());
        } catch (const Error& error) {
            cause_ = error.what();
        }
    }

    [[nodiscard]] std::size_t dimension() { return encoder_.dimension(); }
    [[nodiscard]] std::string identity() { return encoder_.identity(); }
    /// Why nothing is kept; nothing where all is well.
    [[nodiscard]] const std::optional<std::string>& cause() const noexcept { return cause_; }

    /// As the encoder's own. Rows that are new are kept every `kChunk`, so that a killed process loses no more.
    void embed(std::span<const Example> examples, tensor::MatrixView<float> out) {
        if (!store_ || out.rows != examples.size() || out.columns != dimension()) {
            return encoder_.embed(examples, out); // which complains where the shape is wrong
        }
        for (std::size_t first = 0; first < examples.size(); first += kChunk) {
            const std::size_t count = std::min(kChunk, examples.size() - first);
            embed_chunk(examples.subspan(first, count), out.rows_from(first, count));
        }
    }

  private:
    static constexpr std::size_t kChunk = 4096;

    using Key = store::EmbeddingStore::Key;
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept { return static_cast<std::size_t>(key[0]); }
    };

    void embed_chunk(std::span<const Example> examples, tensor::MatrixView<float> out) {
        constexpr std::size_t kKept = static_cast<std::size_t>(-1);
        const std::size_t size = out.columns;
        std::vector<std::size_t> from(examples.size(), kKept); // which of the fresh ones
        std::vector<Example> fresh;
        std::vector<Key> keys;
        std::unordered_map<Key, std::size_t, KeyHash> seen;
        for (std::size_t i = 0; i < examples.size(); ++i) {
            const Key key = store::EmbeddingStore::key_of(examples[i]);
            if (const float* const kept = store_->find(key); kept != nullptr) {
                std::copy(kept, kept + size, out.row(i));
                continue;
            }
            const auto [place, is_new] = seen.try_emplace(key, fresh.size());
            if (is_new) {
                fresh.push_back(examples[i]);
                keys.push_back(key);
            }
            from[i] = place->second;
        }
        if (fresh.empty()) return;
        tensor::AlignedBuffer<float> values(fresh.size() * size);
        const tensor::MatrixView<float> rows(values.data(), fresh.size(), size);
        encoder_.embed(fresh, rows);
        for (std::size_t i = 0; i < examples.size(); ++i) {
            if (from[i] != kKept) std::copy(rows.row(from[i]), rows.row(from[i]) + size, out.row(i));
        }
        try {
            store_->append(keys, rows);
        } catch (const Error& error) {
            cause_ = error.what();
            store_.reset();
        }
    }

    Encoder encoder_;
    std::shared_ptr<store::EmbeddingStore> store_;
    std::optional<std::string> cause_;
};

} // namespace familiar::encoder
