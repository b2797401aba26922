#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/encoder_weight_loader.hpp>
#include <familiar/encoder/encoder_weights.hpp>
#include <familiar/encoder/precision.hpp>
#include <familiar/encoder/read_encoder_config.hpp>
#include <familiar/encoder/sentence_settings.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/safetensors.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace familiar::encoder {

/// A directory of an encoder, loaded: configuration, tokenizer, checked and packed weights. Not changed afterwards, so
/// that any number of encoders and threads share one.
class EncoderModel {
  public:
    /// Loads `folder` (config.json, tokenizer.json, model.safetensors or its shards; what SentenceTransformers adds
    /// where present). Throws `Error` that names the file. Time and memory are those of the weights.
    static std::shared_ptr<const EncoderModel> load(const std::filesystem::path& folder, ThreadPool& pool,
                                                    Precision precision = Precision::f32) {
        std::error_code ignored;
        if (!std::filesystem::exists(folder, ignored)) {
            throw Error(ErrorCode::file_not_found, "there is no such model", folder.string(),
                        "Give the directory of a model");
        }
        return std::shared_ptr<const EncoderModel>(new EncoderModel(folder, pool, precision));
    }

    EncoderModel(const EncoderModel&) = delete;
    EncoderModel& operator=(const EncoderModel&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] const EncoderConfig& config() const noexcept { return config_; }
    [[nodiscard]] const SentenceSettings& settings() const noexcept { return settings_; }
    [[nodiscard]] const text::AnyTokenizer& tokenizer() const noexcept { return tokenizer_; }
    [[nodiscard]] const EncoderWeights& weights() const noexcept { return weights_; }
    [[nodiscard]] Precision precision() const noexcept { return precision_; }

    /// Tokens at which a text is cut unless told otherwise: what sentence_bert_config.json says, else the positions.
    [[nodiscard]] std::size_t default_max_length() const noexcept {
        return std::min(settings_.max_length.value_or(config_.max_tokens()), config_.max_tokens());
    }

    /// `requested`, or the default where it is 0. Throws `Error` (invalid_argument) where the model has no such
    /// positions.
    [[nodiscard]] std::size_t resolve_max_length(std::size_t requested) const {
        if (requested > config_.max_tokens()) {
            throw Error(ErrorCode::invalid_argument,
                        "a max length of " + std::to_string(requested) + " is more than the model's " +
                            std::to_string(config_.max_tokens()) + " positions",
                        folder_.string(), "Give at most " + std::to_string(config_.max_tokens()));
        }
        return requested != 0 ? requested : default_max_length();
    }

    /// The directory's name and a fingerprint of the weights and of the files that say how they are used: tells two
    /// models apart wherever they stand.
    [[nodiscard]] std::string identity() const {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string hex;
        for (int shift = 60; shift >= 0; shift -= 4) hex += digits[(fingerprint_ >> shift) & 15];
        const auto name = folder_.has_filename() ? folder_.filename() : folder_.parent_path().filename();
        return name.string() + "@" + hex;
    }

  private:
    EncoderModel(const std::filesystem::path& folder, ThreadPool& pool, Precision precision)
        : folder_(folder), config_(read_encoder_config(folder)), settings_(read_sentence_settings(folder)),
          tokenizer_(text::load_tokenizer(folder)), source_(weights::Safetensors::open(folder)), precision_(precision),
          weights_(EncoderWeightLoader(config_, source_, pool, precision).load()) {
        if (tokenizer_.vocabulary_size() > config_.vocabulary) {
            throw Error(ErrorCode::malformed_model,
                        "the tokenizer has " + std::to_string(tokenizer_.vocabulary_size()) +
                            " entries, more than the " + std::to_string(config_.vocabulary) +
                            " rows of the word embeddings in " + source_.path(),
                        (folder / "tokenizer.json").string(), "tokenizer and weights must be of one model");
        }
        fingerprint_ = weights_.fingerprint;
        for (const char* const name : {"config.json", "tokenizer.json", "sentence_bert_config.json"}) {
            take_file(folder / name);
        }
        std::error_code ignored;
        if (std::filesystem::exists(folder / "tokenizer.json", ignored)) return;
        for (const char* const name : text::VocabularyFiles::kNames) take_file(folder / name);
    }

    void take_file(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        std::array<char, std::size_t{1} << 16> bytes;
        while (file.read(bytes.data(), bytes.size()) || file.gcount() > 0) {
            const auto count = static_cast<std::size_t>(file.gcount());
            for (std::size_t i = 0; i < count; i += sizeof(std::uint64_t)) {
                std::uint64_t word = count;
                std::memcpy(&word, bytes.data() + i, std::min(sizeof word, count - i));
                fingerprint_ = (fingerprint_ ^ word) * 0x9e3779b97f4a7c15;
                fingerprint_ ^= fingerprint_ >> 29;
            }
        }
    }

    std::filesystem::path folder_;
    EncoderConfig config_;
    SentenceSettings settings_;
    text::AnyTokenizer tokenizer_;
    weights::Safetensors source_;
    Precision precision_;
    EncoderWeights weights_;
    std::uint64_t fingerprint_ = 0;
};

} // namespace familiar::encoder
