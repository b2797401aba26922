#pragma once

#include <familiar/decoder/end_tokens.hpp>
#include <familiar/decoder/families.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/tensor/element_type.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/gguf.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace familiar::decoder {

/// Tensors of one type in a file.
struct TensorTypeCount {
    std::string type; ///< `Q4_1` …
    std::size_t tensors = 0;
    std::uint64_t values = 0, bytes = 0;
};

/// What a GGUF file or a directory says of its model; read from headers and configuration alone. Numbers that they do
/// not give are absent.
struct DecoderDescription {
    std::string file;         ///< name without directories
    std::uint64_t bytes = 0;  ///< of the file; of a directory's tensors
    std::string architecture; ///< `general.architecture`, or `model_type` of config.json
    bool supported = false;   ///< whether the architecture is one that `CausalModel` runs
    std::optional<std::string> name;
    std::optional<std::uint64_t> layers, hidden, inner, heads, key_value_heads, context, vocabulary;
    std::uint64_t parameters = 0;                        ///< values of all tensors
    std::vector<TensorTypeCount> types;                  ///< most bytes first
    std::optional<std::string> tokenizer, pre_tokenizer; ///< `gpt2`, `smollm` …; none without a tokenizer
    std::optional<std::uint64_t> bos_token;
    std::vector<std::int32_t> end_tokens;
    bool has_chat_template = false;
};

/// Whether a directory's config.json is that of a causal model: of a family that is known, or one that says so of
/// itself.
inline bool is_decoder_directory(const std::filesystem::path& path) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path / "config.json", failure)) return false;
    const weights::JsonFile config(path / "config.json");
    const auto* const type = config.find("model_type");
    if (type == nullptr || !type->is_string()) return false;
    const bool known = std::any_of(kFamilies.begin(), kFamilies.end(),
                                   [&](const Family& family) { return *type == std::string(family.model_type); });
    if (known) return true;
    const auto* const classes = config.find("architectures");
    if (classes == nullptr || !classes->is_array()) return false;
    return std::any_of(classes->begin(), classes->end(), [](const nlohmann::json& name) {
        return name.is_string() && (name.get_ref<const std::string&>().ends_with("ForCausalLM") ||
                                    name.get_ref<const std::string&>().ends_with("LMHeadModel"));
    });
}

namespace detail {

inline void describe_file(const weights::Gguf& file, DecoderDescription& out) {
    std::error_code failure;
    out.bytes = std::filesystem::file_size(file.path(), failure);
    out.architecture = file.architecture();
    out.supported = std::any_of(kFamilies.begin(), kFamilies.end(),
                                [&](const Family& family) { return family.architecture == out.architecture; });
    out.name = file.find_string("general.name");
    // Some families have one number a layer; a list is left out.
    const auto size = [&](const std::string& key) -> std::optional<std::uint64_t> {
        const auto numbers = file.find_integers(out.architecture + "." + key);
        if (!numbers || numbers->size() != 1 || numbers->front() < 0) return std::nullopt;
        return static_cast<std::uint64_t>(numbers->front());
    };
    out.layers = size("block_count");
    out.hidden = size("embedding_length");
    out.inner = size("feed_forward_length");
    out.heads = size("attention.head_count");
    out.key_value_heads = size("attention.head_count_kv");
    out.context = size("context_length");
    out.vocabulary = size("vocab_size");
    const auto tokens = file.find_strings("tokenizer.ggml.tokens");
    if (!out.vocabulary && tokens) out.vocabulary = tokens->size();
    out.tokenizer = file.find_string("tokenizer.ggml.model");
    out.pre_tokenizer = file.find_string("tokenizer.ggml.pre");
    out.bos_token = file.find_unsigned("tokenizer.ggml.bos_token_id");
    out.end_tokens = read_end_tokens(file, tokens ? tokens->size() : 0);
    out.has_chat_template = file.contains("tokenizer.chat_template");
}

/// A configuration that cannot be run is described as far as its architecture; one that is damaged is an error.
inline void describe_directory(const ModelFiles& files, DecoderDescription& out) {
    const weights::JsonFile& config = files.directory()->config;
    for (const auto& tensor : files.tensors()) out.bytes += tensor.bytes.size();
    out.architecture = config.find_string("model_type").value_or("");
    out.name = config.find_string("_name_or_path");
    try {
        const DecoderShape shape = read_config_shape(config).shape;
        out.supported = true;
        out.layers = shape.layers;
        out.hidden = shape.hidden;
        out.inner = shape.inner;
        out.heads = shape.heads;
        out.key_value_heads = shape.key_value_heads;
        out.context = shape.context;
        out.vocabulary = shape.vocabulary;
        out.end_tokens = files.end_tokens(shape.vocabulary);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unsupported_model) throw;
    }
    out.bos_token = config.find_size("bos_token_id", 0, std::size_t{1} << 31);
    std::error_code failure;
    const auto holds = [&](const char* name) { return std::filesystem::exists(files.path() / name, failure); };
    if (text::has_tokenizer(files.path())) {
        const std::string model = text::tokenizer_model(text::read_tokenizer_json(files.path()));
        out.tokenizer = model.empty() ? std::nullopt : std::optional(model);
    }
    out.has_chat_template =
        holds("chat_template.jinja") ||
        (holds("tokenizer_config.json") &&
         weights::JsonFile(files.path() / "tokenizer_config.json").find("chat_template") != nullptr);
}

} // namespace detail

/// Describes the model of a GGUF file (or of the only one of a directory), or of a Hugging Face directory, without
/// reading its weights. Throws `Error` as `ModelFiles::open` does.
inline DecoderDescription describe(const std::filesystem::path& path) {
    const ModelFiles files = ModelFiles::open(path);
    DecoderDescription out;
    out.file = files.name();
    if (const auto* const gguf = files.gguf()) {
        detail::describe_file(*gguf, out);
    } else {
        detail::describe_directory(files, out);
    }
    std::map<tensor::ElementType, TensorTypeCount> types;
    for (const auto& tensor : files.tensors()) {
        auto& count = types[tensor.type];
        count.type = tensor::to_string(tensor.type);
        ++count.tensors;
        count.values += tensor.size();
        count.bytes += tensor.bytes.size();
        out.parameters += tensor.size();
    }
    for (const auto& [type, count] : types) out.types.push_back(count);
    std::stable_sort(out.types.begin(), out.types.end(),
                     [](const TensorTypeCount& a, const TensorTypeCount& b) { return a.bytes > b.bytes; });
    return out;
}

} // namespace familiar::decoder
