#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/random.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/decoder/causal_model.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/decoder/prefix_keeper.hpp>
#include <familiar/kernels/dispatched.hpp>
#include <familiar/profile/recorder.hpp>
#include <familiar/tensor/aligned_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace program {

enum class DecoderPhase { prefill, decode };

/// Equal work of a language model, again and again: prompts of random tokens taken through it until the logits of what
/// follows each are there, or texts with so many tokens before them that go on by one token each.
class DecoderPasses {
  public:
    using Model = familiar::decoder::CausalModel<familiar::kernels::Dispatched>;

    /// Throws `Error` for models that cannot be used and for sizes that they have no room for.
    DecoderPasses(const std::filesystem::path& path, familiar::ThreadPool& pool, familiar::kernels::Dispatched kernels,
                  familiar::decoder::Activations activations, DecoderPhase phase, std::size_t sequences,
                  std::size_t tokens)
        : files_(familiar::decoder::ModelFiles::open(path)), model_(read(files_, pool, kernels, activations)),
          phase_(phase), sequences_(sequences), tokens_(tokens) {
        constexpr std::size_t kMostKept = std::size_t{1} << 16; // tokens, so that their keys have room
        const auto& shape = model_.shape();
        const bool decodes = phase == DecoderPhase::decode;
        if (tokens + (decodes ? 1 : 0) > shape.context) {
            throw familiar::Error(familiar::ErrorCode::text_too_long,
                                  std::to_string(tokens) + " tokens, a context of " + std::to_string(shape.context),
                                  path.string());
        }
        if (decodes && (sequences > Model::kMostRows || sequences * tokens > kMostKept)) {
            throw familiar::Error(familiar::ErrorCode::invalid_argument,
                                  std::to_string(sequences) + " texts of " + std::to_string(tokens) + " tokens",
                                  "--shape",
                                  "At most " + std::to_string(Model::kMostRows) + " texts and " +
                                      std::to_string(kMostKept) + " tokens in all are decoded together");
        }
        together_ = decodes ? sequences : std::clamp<std::size_t>(Model::kMostRows / tokens, 1, sequences);
        stores_.resize(together_);
        for (auto& store : stores_) store.reset(shape, tokens + 1);
        familiar::Random random(0, "profile");
        ids_.resize(tokens + 1);
        for (auto& id : ids_) id = static_cast<std::int32_t>(random.below(shape.vocabulary));
        logits_.resize(together_ * shape.vocabulary);
        if (!decodes) return;
        for (auto& store : stores_) familiar::decoder::run_in_passes(model_, prompt(), 0, {}, store);
    }

    void record_to(familiar::profile::Recorder* recorder) noexcept { model_.record_to(recorder); }

    void pass() {
        if (phase_ == DecoderPhase::decode) {
            for (auto& store : stores_) store.shorten(tokens_);
            run(std::span(ids_).last(1), tokens_, sequences_);
            return;
        }
        for (std::size_t done = 0; done < sequences_; done += together_) {
            const std::size_t count = std::min(together_, sequences_ - done);
            for (auto& store : stores_) store.shorten(0);
            if (together_ > 1 || tokens_ <= Model::kMostRows) {
                run(prompt(), 0, count);
            } else {
                const std::size_t last = familiar::decoder::run_in_passes(model_, prompt(), 0, {}, stores_.front()) - 1;
                model_.logits(std::span(&last, 1), {logits_.data(), 1, model_.shape().vocabulary});
            }
        }
    }

  private:
    static Model read(const familiar::decoder::ModelFiles& files, familiar::ThreadPool& pool,
                      familiar::kernels::Dispatched kernels, familiar::decoder::Activations activations) {
        auto [shape, weights] = files.read();
        return {std::move(shape), std::move(weights), files.path().string(), pool,
                kernels,          activations,        files.mapping()};
    }

    [[nodiscard]] std::span<const std::int32_t> prompt() const noexcept { return std::span(ids_).first(tokens_); }

    /// The same tokens for `count` sequences, and the logits after each.
    void run(std::span<const std::int32_t> tokens, std::size_t position, std::size_t count) {
        segments_.clear();
        rows_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            familiar::decoder::Segment segment;
            segment.tokens = tokens;
            segment.position = position;
            segment.store = &stores_[i];
            segments_.push_back(segment);
            rows_.push_back((i + 1) * tokens.size() - 1);
        }
        model_.run(segments_);
        model_.logits(rows_, {logits_.data(), count, model_.shape().vocabulary});
    }

    familiar::decoder::ModelFiles files_;
    Model model_;
    DecoderPhase phase_;
    std::size_t sequences_, tokens_, together_ = 1;
    std::vector<std::int32_t> ids_;
    std::vector<familiar::decoder::KeyValueStore> stores_;
    std::vector<familiar::decoder::Segment> segments_;
    std::vector<std::size_t> rows_;
    familiar::tensor::AlignedBuffer<float> logits_;
};

} // namespace program
