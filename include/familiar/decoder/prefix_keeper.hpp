#pragma once

#include <familiar/core/cancellation.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/prefix_cache.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// Takes tokens through a model in passes of at most `kMostRows`, appending them to `store`; the last pass can then be
/// asked for what follows its last token. Returns the rows of that pass. Precondition: `tokens` is not empty.
/// @param length tokens of the sequence for which keys are turned; 0: up to the last one here
template <class Model>
std::size_t run_in_passes(Model& model, std::span<const std::int32_t> tokens, std::size_t position,
                          std::span<const KeyValueView> visible, KeyValueStore& store,
                          const Cancellation* cancellation = nullptr, std::size_t length = 0) {
    std::size_t rows = 0;
    if (length == 0) length = position + tokens.size();
    for (std::size_t done = 0; done < tokens.size(); done += rows) {
        if (cancellation != nullptr) cancellation->throw_if_requested();
        rows = std::min(Model::kMostRows, tokens.size() - done);
        Segment segment;
        segment.tokens = tokens.subspan(done, rows);
        segment.position = position + done;
        segment.visible = visible;
        segment.store = &store;
        segment.length = length;
        model.run(std::span<const Segment>(&segment, 1));
    }
    return rows;
}

/// The beginning of a prompt for which keys and values are at hand. Keeps them alive.
struct KeptPrefix {
    std::shared_ptr<const KeyValueStore> store; ///< null where nothing is kept
    std::size_t tokens = 0;                     ///< how many of the prompt's tokens it stands for
    std::size_t reused = 0;                     ///< how many of those were there before

    [[nodiscard]] KeyValueView view() const noexcept { return {store.get(), tokens}; }
};

/// Computes what prompts share once, and finds it again.
template <class Model> class PrefixKeeper {
  public:
    explicit PrefixKeeper(Model& model, PrefixCache cache = PrefixCache{}) : model_(&model), cache_(std::move(cache)) {}

    /// Sees to it that the first `shared` tokens of a prompt are kept, at most all but its last one, and returns them.
    /// Never more, though more may be kept: so a result depends on its own request only, to the last bit, and not on
    /// what was asked before. Cost: the tokens that no kept beginning has. Throws what `run` throws, and `Error`
    /// (cancelled).
    KeptPrefix keep(std::span<const std::int32_t> prompt, std::size_t shared,
                    const Cancellation* cancellation = nullptr) {
        shared = prompt.empty() ? 0 : std::min(shared, prompt.size() - 1);
        if (shared == 0) return {};
        const auto tokens = prompt.first(shared);
        const std::size_t regime = model_->regime(prompt.size());
        auto [known, reused] = cache_.find(tokens, regime);
        if (reused == shared) return {std::move(known), shared, shared};
        auto store = std::make_shared<KeyValueStore>(model_->shape(), shared, model_->key_values());
        if (known) store->copy_from(*known, reused);
        run_in_passes(*model_, tokens.subspan(reused), reused, {}, *store, cancellation, prompt.size());
        cache_.insert({tokens.begin(), tokens.end()}, store, regime);
        return {std::move(store), shared, reused};
    }

    [[nodiscard]] PrefixCache& cache() noexcept { return cache_; }

  private:
    Model* model_;
    PrefixCache cache_;
};

} // namespace familiar::decoder
