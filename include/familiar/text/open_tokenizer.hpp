#pragma once

#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/find_gguf.hpp>
#include <familiar/weights/gguf.hpp>

#include <filesystem>

namespace familiar::text {

/// The tokenizer of a model, whatever its path names: a tokenizer.json, a directory that holds one, a GGUF file.
/// @throws Error as `load_tokenizer`, `gguf_tokenizer` and `weights::find_gguf`
[[nodiscard]] inline AnyTokenizer open_tokenizer(const std::filesystem::path& path) {
    if (const auto gguf = weights::find_gguf(path)) return gguf_tokenizer(weights::Gguf::open(*gguf));
    return load_tokenizer(path);
}

} // namespace familiar::text
