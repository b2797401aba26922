#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/mapped_file.hpp>
#include <familiar/weights/safetensors_header.hpp>
#include <familiar/weights/safetensors_index.hpp>
#include <familiar/weights/tensor_table.hpp>
#include <familiar/weights/weight_source.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::weights {

/// Tensors of a safetensors file, or of the shards of a Hugging Face directory, mapped into memory. Models
/// WeightSource; move-only; views stay valid when it is moved.
///
/// Everything in the headers is checked when opening (read_safetensors_header); tensor data is not touched.
class Safetensors {
  public:
    /// @param path a `.safetensors` file, a `.safetensors.index.json`, or a directory that holds `model.safetensors` or
    ///             else `model.safetensors.index.json` with its shards: each tensor is taken from where the index says
    /// Throws Error naming the file: as MappedFile::open and read_safetensors_header; malformed_model for an index that
    /// is broken or names a tensor that its shard lacks; file_not_found for a missing shard, naming it.
    static Safetensors open(const std::filesystem::path& path) {
        constexpr std::string_view kIndexEnding = ".index.json";
        std::error_code ignored;
        if (!std::filesystem::is_directory(path, ignored)) {
            return path.string().ends_with(kIndexEnding) ? Safetensors(path, read_index(path)) : Safetensors(path);
        }
        const auto file = path / "model.safetensors", index = path / "model.safetensors.index.json";
        if (std::filesystem::exists(file, ignored)) return Safetensors(file);
        if (std::filesystem::exists(index, ignored)) return Safetensors(index, read_index(index));
        throw Error(ErrorCode::file_not_found,
                    "the directory holds neither model.safetensors nor model.safetensors.index.json", path.string(),
                    "Give a directory in the layout of Hugging Face, or a .safetensors file");
    }

    [[nodiscard]] std::optional<TensorView> find(std::string_view name) const noexcept { return table_.find(name); }
    /// All tensors, sorted by name.
    [[nodiscard]] std::span<const TensorView> tensors() const noexcept { return table_.tensors(); }
    /// The file, or the index of several.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The file that holds this tensor (the shard, where there are several), for messages.
    [[nodiscard]] const std::string& path_of(const TensorView& tensor) const noexcept {
        for (const auto& shard : shards_) {
            const auto bytes = shard.file.bytes();
            if (tensor.bytes.data() >= bytes.data() && tensor.bytes.data() <= bytes.data() + bytes.size()) {
                return shard.file.path();
            }
        }
        return path_;
    }
    /// The `__metadata__` of the file, empty where there is none or where there are several files.
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }

  private:
    using WeightMap = std::map<std::string, std::string>; ///< tensor name to shard

    struct Shard {
        MappedFile file;
        SafetensorsHeader header;

        explicit Shard(const std::filesystem::path& path)
            : file(MappedFile::open(path)), header(read_safetensors_header(file.bytes(), file.path())) {}

        [[nodiscard]] TensorView view(const SafetensorsEntry& entry) const noexcept {
            return {entry.name, entry.type, entry.shape, entry.dimensions,
                    file.bytes().subspan(header.data_begin + entry.begin, entry.end - entry.begin)};
        }
    };

    static WeightMap read_index(const std::filesystem::path& path) {
        const auto file = MappedFile::open(path);
        return read_safetensors_index(file.bytes(), file.path());
    }

    explicit Safetensors(const std::filesystem::path& file) : path_(file.string()) {
        shards_.emplace_back(file);
        std::vector<TensorView> views;
        for (const auto& entry : shards_[0].header.tensors) views.push_back(shards_[0].view(entry));
        table_ = TensorTable(std::move(views), path_);
        metadata_ = shards_[0].header.metadata;
    }

    Safetensors(const std::filesystem::path& index, const WeightMap& places) : path_(index.string()) {
        std::map<std::string_view, std::vector<std::string_view>> names_of;
        for (const auto& [name, shard] : places) names_of[shard].push_back(name);
        shards_.reserve(names_of.size());
        std::vector<TensorView> views;
        for (const auto& [shard_name, names] : names_of) {
            const auto& shard = shards_.emplace_back(index.parent_path() / shard_name);
            auto entries = std::span(shard.header.tensors);
            std::map<std::string_view, const SafetensorsEntry*> by_name;
            for (const auto& entry : entries) by_name.emplace(entry.name, &entry);
            for (const auto name : names) {
                const auto found = by_name.find(name);
                if (found == by_name.end()) {
                    throw Error(ErrorCode::malformed_model,
                                "the index says that tensor " + detail::printable(name) + " stands in " +
                                    std::string(shard_name) + ", but it does not",
                                path_, "Fetch index and shards again, of one version");
                }
                views.push_back(shard.view(*found->second));
            }
        }
        table_ = TensorTable(std::move(views), path_);
    }

    std::vector<Shard> shards_; ///< owns the names that the views show: never changed after construction
    TensorTable table_;
    std::map<std::string, std::string> metadata_;
    std::string path_;
};

static_assert(WeightSource<Safetensors>);

} // namespace familiar::weights
