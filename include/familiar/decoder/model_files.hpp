#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/config_shape.hpp>
#include <familiar/decoder/decoder_weights.hpp>
#include <familiar/decoder/end_tokens.hpp>
#include <familiar/decoder/gguf_layout.hpp>
#include <familiar/decoder/gguf_shape.hpp>
#include <familiar/tensor/page_memory.hpp>
#include <familiar/weights/find_gguf.hpp>
#include <familiar/weights/gguf.hpp>
#include <familiar/weights/json_file.hpp>
#include <familiar/weights/safetensors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace familiar::decoder {

/// A causal model as it stands on disk: a GGUF file, or a Hugging Face directory (config.json and safetensors). Its
/// tensors are mapped; what is read from here must not outlive it.
class ModelFiles {
  public:
    /// A directory's configuration and weights.
    struct Directory {
        weights::JsonFile config;
        weights::Safetensors weights;
    };

    /// @param path a .gguf file, a directory that holds one, or a Hugging Face directory
    /// Throws `Error` for files that are not there, damaged, or neither.
    static ModelFiles open(const std::filesystem::path& path) {
        const auto gguf = weights::find_gguf(path);
        std::error_code failure;
        if (!gguf && std::filesystem::is_directory(path, failure)) {
            if (!std::filesystem::exists(path / "config.json", failure)) {
                throw Error(ErrorCode::file_not_found, "the directory holds neither a .gguf file nor a config.json",
                            path.string(), "Give a .gguf file, or a directory in the layout of Hugging Face");
            }
            return ModelFiles(path,
                              Directory{weights::JsonFile(path / "config.json"), weights::Safetensors::open(path)});
        }
        const auto& file = gguf ? *gguf : path;
        return ModelFiles(file, weights::Gguf::open(file));
    }

    /// The file, or the directory.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Its name without directories.
    [[nodiscard]] std::string name() const {
        return path_.has_filename() ? path_.filename().string() : path_.parent_path().filename().string();
    }
    /// Null where this is a directory.
    [[nodiscard]] const weights::Gguf* gguf() const noexcept { return std::get_if<weights::Gguf>(&source_); }
    /// Null where this is a GGUF file.
    [[nodiscard]] const Directory* directory() const noexcept { return std::get_if<Directory>(&source_); }

    /// Where a GGUF file is mapped; empty where this is a directory.
    [[nodiscard]] std::span<const std::byte> mapping() const noexcept {
        return gguf() != nullptr ? gguf()->bytes() : std::span<const std::byte>();
    }

    /// Lets the system take back the memory in which a GGUF file's pages stand; they are read again when needed.
    void give_back_pages() const noexcept { tensor::give_back_pages(mapping(), mapping()); }

    [[nodiscard]] std::span<const weights::TensorView> tensors() const noexcept {
        return gguf() != nullptr ? gguf()->tensors() : directory()->weights.tensors();
    }

    /// Sizes and weights. Throws as `read_gguf_shape`, `read_config_shape` and `read_decoder_weights`.
    /// @param copied see TensorReader
    [[nodiscard]] std::pair<DecoderShape, DecoderWeights> read(weights::Finite copied = weights::Finite::check) const {
        if (const auto* const file = gguf()) {
            DecoderShape shape = read_gguf_shape(*file);
            DecoderWeights weights = read_gguf_weights(*file, shape, copied);
            return {std::move(shape), std::move(weights)};
        }
        auto [shape, family, tied] = read_config_shape(directory()->config);
        DecoderWeights weights =
            read_decoder_weights(directory()->weights, shape, directory_layout(family, tied), copied);
        return {std::move(shape), std::move(weights)};
    }

    /// Tokens after which the model has nothing more to say, sorted. @param vocabulary tokens that there are
    [[nodiscard]] std::vector<std::int32_t> end_tokens(std::size_t vocabulary) const {
        return gguf() != nullptr ? read_end_tokens(*gguf(), vocabulary)
                                 : read_end_tokens(directory()->config, path_, vocabulary);
    }

    /// Name, size and fingerprint: which model it is, on whatever machine.
    [[nodiscard]] std::string identity() const {
        std::size_t bytes = 0;
        for (const auto& tensor : tensors()) bytes += tensor.bytes.size();
        char digits[17];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(fingerprint()));
        return name() + ":" + std::to_string(bytes) + ":" + digits;
    }

    /// A number for what the files hold: metadata or configuration, every tensor's name, type and shape, and samples of
    /// its values (beginning, end and places between). Tells different models apart without reading them; no protection
    /// against somebody who wants two files to look the same. FNV-1a; a few milliseconds.
    [[nodiscard]] std::uint64_t fingerprint() const {
        std::uint64_t hash = 0xcbf29ce484222325;
        const auto add_bytes = [&](std::span<const std::byte> bytes) {
            for (const auto byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
        };
        const auto add_text = [&](std::string_view text) {
            add_bytes(std::as_bytes(std::span(text.data(), text.size())));
        };
        const auto add_number = [&](std::uint64_t number) { add_bytes(std::as_bytes(std::span(&number, 1))); };
        if (gguf() != nullptr) {
            for (const auto& value : gguf()->metadata().values()) {
                add_text(value.key);
                add_bytes(value.bytes);
            }
        } else {
            add_text(directory()->config.value().dump());
        }
        constexpr std::size_t samples = 8, sample = 64;
        for (const auto& tensor : tensors()) {
            add_text(tensor.name);
            add_number(static_cast<std::uint64_t>(tensor.type));
            for (std::size_t i = 0; i < tensor.dimensions; ++i) add_number(tensor.shape[i]);
            const std::size_t size = std::min(sample, tensor.bytes.size()), room = tensor.bytes.size() - size;
            for (std::size_t i = 0; i <= samples; ++i) add_bytes(tensor.bytes.subspan(room / samples * i, size));
            add_bytes(tensor.bytes.last(size));
        }
        give_back_pages();
        return hash;
    }

  private:
    using Source = std::variant<weights::Gguf, Directory>;

    ModelFiles(std::filesystem::path path, Source source) : path_(std::move(path)), source_(std::move(source)) {}

    std::filesystem::path path_;
    Source source_;
};

} // namespace familiar::decoder
