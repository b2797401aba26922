#pragma once

#include <familiar/core/error.hpp>
#include <familiar/encoder/encoder_config.hpp>
#include <familiar/encoder/known_families.hpp>
#include <familiar/weights/json_file.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::encoder {

namespace detail {

/// id2label: an object whose keys are 0 … n - 1, in any order.
inline std::vector<std::string> labels_of(const JsonFile& file) {
    constexpr std::size_t kMostLabels = 1 << 20;
    const auto* map = file.find("id2label");
    if (map == nullptr) return {};
    if (!map->is_object()) file.fail_key("id2label", "must be an object, not " + JsonFile::describe(*map));
    if (map->size() > kMostLabels) file.fail_key("id2label", "has more than 2^20 labels");
    std::vector<std::string> labels(map->size());
    std::vector<bool> seen(map->size(), false);
    for (const auto& [key, value] : map->items()) {
        if (!value.is_string()) {
            file.fail_key("id2label", "\"" + key + "\" must be a string, not " + JsonFile::describe(value));
        }
        const bool number = !key.empty() && key.size() <= 7 &&
                            std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
        const std::size_t id = number ? std::stoul(key) : labels.size();
        if (id >= labels.size() || seen[id]) {
            file.fail_key("id2label", "has " + std::to_string(labels.size()) + " labels but the key \"" + key + "\"",
                          "Its keys must be 0 to the number of labels less one");
        }
        labels[id] = value.get<std::string>();
        seen[id] = true;
    }
    auto sorted = labels;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) file.fail_key("id2label", "has the label \"" + *twice + "\" twice");
    return labels;
}

inline std::optional<ProblemType> problem_of(const JsonFile& file) {
    const auto name = file.find_string("problem_type");
    if (!name) return std::nullopt;
    for (const auto type : {ProblemType::single_label, ProblemType::multi_label, ProblemType::regression}) {
        if (*name == to_string(type)) return type;
    }
    file.fail_key("problem_type", "is \"" + *name + "\", which is not known",
                  "Known are single_label_classification, multi_label_classification, regression");
}

} // namespace detail

/// Reads and checks `folder`/config.json. Throws `Error`: file_not_found, malformed_json, malformed_model (a value that
/// is missing, of another type, absurd or at odds with another), unsupported_model (a family or part that is not
/// known).
inline EncoderConfig read_encoder_config(const std::filesystem::path& folder) {
    // Far beyond any published encoder, and small enough that no product of two of them overflows.
    constexpr std::size_t kMostUnits = std::size_t{1} << 20, kMostRows = std::size_t{1} << 28, kMostLayers = 4096;

    const JsonFile file(folder / "config.json");
    file.require_object();
    const auto type = file.find_string("model_type");
    if (!type) file.fail_key("model_type", "is missing", "Known families: " + family_names());

    EncoderConfig config;
    config.path = file.path();
    config.family = find_family(*type);
    if (config.family == nullptr) {
        throw Error(ErrorCode::unsupported_model, "\"model_type\" is \"" + *type + "\", a family that is not known",
                    file.path().string(), "Known families: " + family_names());
    }
    for (const std::string_view key : {"is_decoder", "add_cross_attention"}) {
        if (file.find_bool(key).value_or(false)) {
            throw Error(ErrorCode::unsupported_model, "\"" + std::string(key) + "\" is true: this is no encoder",
                        file.path().string());
        }
    }
    const auto& keys = config.family->keys;
    config.hidden = file.size_at(keys.hidden, 1, kMostUnits);
    config.layers = file.size_at(keys.layers, 1, kMostLayers);
    config.heads = file.size_at(keys.heads, 1, kMostUnits);
    config.inner = file.size_at(keys.inner, 1, kMostUnits);
    config.vocabulary = file.size_at("vocab_size", 1, kMostRows);
    config.embedding =
        keys.embedding.empty() ? config.hidden : file.find_size(keys.embedding, 1, kMostUnits).value_or(config.hidden);
    config.positions = file.size_at("max_position_embeddings", 1, kMostRows);
    config.types = keys.types.empty() ? 0 : file.find_size(keys.types, 0, 1024).value_or(2);
    if (config.hidden % config.heads != 0) {
        file.fail_key(keys.heads, "is " + std::to_string(config.heads) + ", which does not divide " +
                                      std::string(keys.hidden) + ", " + std::to_string(config.hidden));
    }
    config.activation = activation_at(file, keys.activation);
    if (!keys.epsilon.empty()) {
        config.epsilon = static_cast<float>(file.find_number(keys.epsilon, 0.0, 1.0).value_or(1e-12));
    }
    config.stored_layers = config.layers;
    config.layer_shapes.resize(config.layers);
    for (std::size_t i = 0; i < config.layers; ++i) config.layer_shapes[i].stored = i;
    config.family->configure(file, config);
    if (config.positions <= config.first_position) {
        file.fail_key("max_position_embeddings", "is " + std::to_string(config.positions) +
                                                     ", which leaves no position: the first is " +
                                                     std::to_string(config.first_position));
    }
    // Without a table in the weights nothing else bounds what is computed for each position.
    constexpr std::size_t kMostComputed = std::size_t{1} << 17;
    if (!config.position_table && config.positions > kMostComputed) {
        file.fail_key("max_position_embeddings",
                      "is " + std::to_string(config.positions) + ", more than " + std::to_string(kMostComputed));
    }
    config.labels = detail::labels_of(file);
    config.problem = detail::problem_of(file);
    return config;
}

} // namespace familiar::encoder
