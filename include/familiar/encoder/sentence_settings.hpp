#pragma once

#include <familiar/encoder/pooling.hpp>
#include <familiar/weights/json_file.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace familiar::encoder {

using weights::JsonFile;

/// What a SentenceTransformers directory says of how its embeddings are made.
struct SentenceSettings {
    std::optional<Pooling> pooling;        ///< nothing where the directory does not say
    bool normalise = false;                ///< a Normalize module follows
    std::optional<std::size_t> max_length; ///< tokens, the special ones counted
    bool lower_case = false;               ///< the text is put in lower case before the tokenizer sees it
};

namespace detail {

inline Pooling pooling_of(const std::filesystem::path& path) {
    const JsonFile file(path);
    file.require_object();
    constexpr std::string_view kPrefix = "pooling_mode_";
    std::optional<Pooling> pooling;
    if (const auto name = file.find_string("pooling_mode")) { // how newer versions write it
        for (const auto known : {Pooling::mean, Pooling::cls, Pooling::max}) {
            if (*name == to_string(known)) pooling = known;
        }
        if (!pooling) {
            throw Error(ErrorCode::unsupported_model, "\"pooling_mode\" is \"" + *name + "\", which is not known",
                        path.string(), "Known are mean, cls, max");
        }
        return *pooling;
    }
    for (const auto& [key, value] : file.value().items()) {
        if (!key.starts_with(kPrefix) || !file.find_bool(key).value_or(false)) continue;
        const auto mode = std::string_view(key).substr(kPrefix.size());
        const auto known = mode == "mean_tokens"  ? std::optional(Pooling::mean)
                           : mode == "cls_token"  ? std::optional(Pooling::cls)
                           : mode == "max_tokens" ? std::optional(Pooling::max)
                                                  : std::nullopt;
        if (!known || pooling) {
            throw Error(ErrorCode::unsupported_model,
                        pooling ? "asks for two poolings at once" : "\"" + key + "\" is not known", path.string(),
                        "Known is one of pooling_mode_mean_tokens, pooling_mode_cls_token, pooling_mode_max_tokens");
        }
        pooling = known;
    }
    if (!pooling) file.fail("names no pooling");
    return *pooling;
}

} // namespace detail

/// Reads modules.json, the configuration of its pooling module, and sentence_bert_config.json, whichever `folder` has.
/// Throws `Error`: malformed_json, malformed_model, unsupported_model (a module that would change the embeddings and is
/// not known, so that none is silently left out).
inline SentenceSettings read_sentence_settings(const std::filesystem::path& folder) {
    SentenceSettings settings;
    if (const auto path = folder / "modules.json"; std::filesystem::exists(path)) {
        const JsonFile file(path);
        if (!file.value().is_array()) file.fail("holds no list of modules");
        for (const auto& module : file.value()) {
            const auto text = [&](const char* key) {
                const auto found = module.is_object() ? module.find(key) : module.end();
                if (found == module.end() || !found->is_string()) {
                    file.fail("has a module without \"" + std::string(key) + "\"");
                }
                return found->template get<std::string>();
            };
            const std::string type = text("type"), name = type.substr(type.rfind('.') + 1);
            if (name == "Transformer") continue;
            if (name == "Normalize") {
                settings.normalise = true;
            } else if (name == "Pooling") {
                const std::filesystem::path place = text("path");
                if (place.is_absolute() || place.lexically_normal().string().starts_with("..")) {
                    file.fail("has a module outside its directory, " + place.string());
                }
                settings.pooling = detail::pooling_of(folder / place / "config.json");
            } else {
                throw Error(ErrorCode::unsupported_model, "has a module of type \"" + type + "\", which is not known",
                            path.string(), "Known are Transformer, Pooling, Normalize");
            }
        }
    } else if (const auto pooling = folder / "1_Pooling" / "config.json"; std::filesystem::exists(pooling)) {
        settings.pooling = detail::pooling_of(pooling);
    }
    if (const auto path = folder / "sentence_bert_config.json"; std::filesystem::exists(path)) {
        const JsonFile file(path);
        file.require_object();
        settings.max_length = file.find_size("max_seq_length", 1, std::size_t{1} << 30);
        settings.lower_case = file.find_bool("do_lower_case").value_or(false);
    }
    return settings;
}

} // namespace familiar::encoder
