#pragma once

#include <familiar/core/error.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/read_encoder_config.hpp>
#include <familiar/encoder/sentence_settings.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/safetensors.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace familiar::encoder {

/// What a directory holds, for people: nothing is loaded but its headers.
struct EncoderDescription {
    std::string architecture; ///< model_type of config.json
    std::size_t hidden = 0, layers = 0, heads = 0, inner = 0, vocabulary = 0, positions = 0;
    std::size_t parameters = 0;               ///< values of all tensors
    std::map<std::string, std::size_t> types; ///< tensors of each element type
    std::string tokenizer;                    ///< `WordPiece`, `BPE` …, as tokenizer.json names its model
    std::size_t tokenizer_entries = 0;
    std::string head;                ///< `sequence classification`, `none`
    std::vector<std::string> labels; ///< of the head
    std::string problem;             ///< of the head, where the file says so
    std::string pooling;             ///< of the sentence embeddings: what the directory says, else `mean`
    bool normalised = false;
    std::size_t max_length = 0; ///< at which texts are cut
};

/// Reads config.json, the headers of the weights, tokenizer.json and what SentenceTransformers adds. Throws `Error`
/// that names the file.
inline EncoderDescription describe(const std::filesystem::path& folder) {
    const auto config = read_encoder_config(folder);
    const auto settings = read_sentence_settings(folder);
    const auto source = weights::Safetensors::open(folder);
    EncoderDescription d;
    d.architecture = config.family->model_type;
    d.hidden = config.hidden;
    d.layers = config.layers;
    d.heads = config.heads;
    d.inner = config.inner;
    d.vocabulary = config.vocabulary;
    d.positions = config.positions;
    for (const auto& tensor : source.tensors()) {
        d.parameters += tensor.size();
        ++d.types[std::string(tensor::to_string(tensor.type))];
    }
    d.tokenizer = text::tokenizer_model(text::read_tokenizer_json(folder));
    d.tokenizer_entries = text::load_tokenizer(folder).vocabulary_size();
    const auto classifier = source.find(std::string(config.family->head.classifier) + ".weight");
    d.head = classifier ? "sequence classification" : "none";
    if (classifier) {
        d.labels = config.labels;
        if (config.problem) d.problem = to_string(*config.problem);
    }
    d.pooling = to_string(settings.pooling.value_or(Pooling::mean));
    d.normalised = settings.normalise;
    d.max_length = std::min(settings.max_length.value_or(config.max_tokens()), config.max_tokens());
    return d;
}

} // namespace familiar::encoder
