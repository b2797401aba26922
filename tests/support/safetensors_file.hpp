#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace familiar::tests {

/// Tensors of a safetensors file that is known to be good.
class SafetensorsFile {
  public:
    explicit SafetensorsFile(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
        std::uint64_t size = 0;
        std::memcpy(&size, bytes_.data(), 8);
        begin_ = 8 + size;
        header_ = nlohmann::json::parse(bytes_.begin() + 8, bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
    }
    template <class T> [[nodiscard]] std::vector<T> values(const std::string& name) const {
        const std::size_t from = header_[name]["data_offsets"][0], to = header_[name]["data_offsets"][1];
        std::vector<T> out((to - from) / sizeof(T));
        std::memcpy(out.data(), bytes_.data() + begin_ + from, to - from);
        return out;
    }

  private:
    std::string bytes_;
    std::size_t begin_ = 0;
    nlohmann::json header_;
};

} // namespace familiar::tests
