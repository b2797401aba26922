#include <familiar/weights/safetensors_header.hpp>
#include <familiar/weights/safetensors_index.hpp>

#include <fuzz/target.hpp>
#include <unit/weights/model_files.hpp>

namespace familiar::fuzz {

bool refuses_some() {
    return true;
}

std::vector<std::string> seeds() {
    return {tests::small_safetensors(), tests::safetensors_file("{}", ""),
            R"({"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})"};
}

/// An index begins with a brace, a file with a length, of which a brace would be an unlikely one.
void read(std::span<const std::uint8_t> input) {
    const auto bytes = std::as_bytes(input);
    if (!bytes.empty() && bytes[0] == std::byte{'{'}) {
        (void)weights::read_safetensors_index(bytes, "index");
        return;
    }
    const auto header = weights::read_safetensors_header(bytes, "file");
    std::size_t covered = header.data_begin;
    for (const auto& entry : header.tensors) covered += entry.end - entry.begin;
    if (covered != bytes.size()) throw std::logic_error("tensors that do not cover the data were accepted");
}

} // namespace familiar::fuzz
