#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/gguf_contents.hpp>
#include <familiar/weights/mapped_file.hpp>
#include <familiar/weights/weight_source.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace familiar::weights {

/// A GGUF file (version 2 or 3, little-endian) mapped into memory. Models WeightSource; move-only; views stay valid
/// when it is moved.
///
/// Opening checks all of metadata and tensor table, and touches no tensor data. Metadata: `find_…` as GgufMetadata has
/// them.
class Gguf {
  public:
    /// Throws Error naming file and byte or tensor: as MappedFile::open; malformed_model for whatever contradicts the
    /// format or the file's own size (counts, lengths, types, alignment, shapes, offsets, overlaps, duplicates);
    /// unsupported_model for another version, a big-endian file, nested arrays and tensor types that are not read.
    static Gguf open(const std::filesystem::path& path) { return Gguf(MappedFile::open(path)); }

    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const noexcept {
        return contents_.tensors.find(name);
    }
    /// All tensors, sorted by name.
    [[nodiscard]] std::span<const TensorView> tensors() const noexcept { return contents_.tensors.tensors(); }
    [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }

    [[nodiscard]] const GgufMetadata& metadata() const noexcept { return contents_.metadata; }
    [[nodiscard]] bool contains(std::string_view key) const noexcept { return contents_.metadata.contains(key); }
    [[nodiscard]] auto find_string(std::string_view key) const { return contents_.metadata.find_string(key); }
    [[nodiscard]] auto find_unsigned(std::string_view key) const { return contents_.metadata.find_unsigned(key); }
    [[nodiscard]] auto find_float(std::string_view key) const { return contents_.metadata.find_float(key); }
    [[nodiscard]] auto find_bool(std::string_view key) const { return contents_.metadata.find_bool(key); }
    [[nodiscard]] auto find_strings(std::string_view key) const { return contents_.metadata.find_strings(key); }
    [[nodiscard]] auto find_integers(std::string_view key) const { return contents_.metadata.find_integers(key); }
    [[nodiscard]] auto find_floats(std::string_view key) const { return contents_.metadata.find_floats(key); }

    /// `general.architecture`: `llama`, `qwen2` … Throws Error (malformed_model) where there is none.
    [[nodiscard]] std::string architecture() const {
        auto name = find_string("general.architecture");
        if (!name) throw Error(ErrorCode::malformed_model, "there is no general.architecture", path());
        return *std::move(name);
    }

    /// The whole file, as it is mapped.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return file_.bytes(); }

  private:
    explicit Gguf(MappedFile file) : file_(std::move(file)), contents_(read_gguf(file_.bytes(), file_.path())) {}

    MappedFile file_;
    GgufContents contents_;
};

static_assert(WeightSource<Gguf>);

} // namespace familiar::weights
