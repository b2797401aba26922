#pragma once

#include <familiar/core/error.hpp>
#include <familiar/text/byte_level_json.hpp>
#include <familiar/text/json_view.hpp>
#include <familiar/text/pipeline_json.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace familiar::text {

/// The older form of a tokenizer: vocab.txt (BERT and its kin, MPNet), or vocab.json and merges.txt (GPT-2, RoBERTa,
/// Qwen 2, CLIP), with tokenizer_config.json, special_tokens_map.json and added_tokens.json where they are there.
///
/// Such files name a class and leave its steps to the library that they are for. Those steps are written here as the
/// tokenizer.json that transformers makes of them (its convert_slow_tokenizer.py), so that the rest reads one format.
class VocabularyFiles {
  public:
    /// All that may be read.
    static constexpr std::array<const char*, 6> kNames{"vocab.txt",         "vocab.json",
                                                       "merges.txt",        "tokenizer_config.json",
                                                       "added_tokens.json", "special_tokens_map.json"};

    /// Whether the folder holds such files.
    [[nodiscard]] static bool are_in(const std::filesystem::path& folder) {
        return is_file(folder / "vocab.txt") || (is_file(folder / "vocab.json") && is_file(folder / "merges.txt"));
    }

    /// The tokenizer.json that the folder's files come to. A special token of a class that the vocabulary lacks is left
    /// out, unless it stands around texts.
    /// @throws Error file_unreadable, malformed_model; unsupported_model for a class that is not known
    [[nodiscard]] static nlohmann::json to_tokenizer_json(const std::filesystem::path& folder) {
        return VocabularyFiles(folder).convert();
    }

  private:
    using json = nlohmann::json;
    enum class Kind : std::uint8_t { bert, mpnet, gpt2, roberta, qwen2, clip };

    struct Class {
        std::string_view name, model_type;
        Kind kind;
    };
    /// By the first part of the class's name, which ends in `Tokenizer` or `TokenizerFast`, or by config.json's type.
    static constexpr std::array<Class, 18> kClasses{{{"Bert", "bert", Kind::bert},
                                                     {"DistilBert", "distilbert", Kind::bert},
                                                     {"Electra", "electra", Kind::bert},
                                                     {"MobileBert", "mobilebert", Kind::bert},
                                                     {"ConvBert", "convbert", Kind::bert},
                                                     {"Funnel", "", Kind::bert},
                                                     {"LayoutLM", "layoutlm", Kind::bert},
                                                     {"SqueezeBert", "squeezebert", Kind::bert},
                                                     {"Retribert", "retribert", Kind::bert},
                                                     {"MPNet", "mpnet", Kind::mpnet},
                                                     {"GPT2", "gpt2", Kind::gpt2},
                                                     {"GPT2", "gpt_neo", Kind::gpt2},
                                                     {"CodeGen", "gptj", Kind::gpt2},
                                                     {"Roberta", "roberta", Kind::roberta},
                                                     {"Longformer", "longformer", Kind::roberta},
                                                     {"Bart", "bart", Kind::roberta},
                                                     {"Qwen2", "qwen2", Kind::qwen2},
                                                     {"CLIP", "clip", Kind::clip}}};

    /// The named special tokens, in the order in which a library adds those that are new.
    static constexpr std::array<std::string_view, 7> kRoles{"bos_token", "eos_token", "unk_token", "sep_token",
                                                            "pad_token", "cls_token", "mask_token"};

    explicit VocabularyFiles(const std::filesystem::path& folder)
        : folder_(folder), config_(read_object("tokenizer_config.json")),
          special_(config_.contains("added_tokens_decoder") ? json::object() : read_object("special_tokens_map.json")),
          kind_(find_kind()), file_((folder / (has_words() ? "vocab.txt" : "vocab.json")).string()) {}

    [[nodiscard]] bool has_words() const noexcept { return kind_ == Kind::bert || kind_ == Kind::mpnet; }

    static bool is_file(const std::filesystem::path& path) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(path, ignored);
    }

    /// The object in a file of the folder; an empty one where there is no such file.
    [[nodiscard]] json read_object(const std::string& name) const {
        const auto path = folder_ / name;
        if (!is_file(path)) return json::object();
        json document = parse_model_json(read_model_file(path), path.string());
        if (!document.is_object()) throw JsonView(document, path.string()).wrong("an object");
        return document;
    }

    [[nodiscard]] JsonView config() const { return {config_, (folder_ / "tokenizer_config.json").string()}; }

    [[nodiscard]] Kind find_kind() const {
        const std::string given = config().string_or("tokenizer_class", "");
        if (!given.empty() && given != "PreTrainedTokenizerFast") {
            std::string_view name = given;
            if (name.ends_with("Fast")) name.remove_suffix(4);
            if (name.ends_with("Tokenizer")) name.remove_suffix(9);
            for (const Class& known : kClasses) {
                if (known.name == name) return known.kind;
            }
            throw Error(ErrorCode::unsupported_model,
                        "the tokenizer class " + quoted_text(given) + " is not known without a tokenizer.json",
                        config().at("tokenizer_class").where(),
                        "Save the tokenizer with a tokenizer.json; known are the classes of BERT, MPNet, GPT-2, "
                        "RoBERTa, Qwen 2 and CLIP");
        }
        const json model = read_object("config.json");
        const std::string type = JsonView(model, (folder_ / "config.json").string()).string_or("model_type", "");
        for (const Class& known : kClasses) {
            if (!type.empty() && known.model_type == type) return known.kind;
        }
        return is_file(folder_ / "vocab.txt") ? Kind::bert : Kind::gpt2;
    }

    [[nodiscard]] std::string_view default_token(std::string_view role) const noexcept {
        const bool is_unknown = role == "unk_token", is_padding = role == "pad_token", is_mask = role == "mask_token";
        const bool is_start = role == "bos_token" || role == "cls_token";
        switch (kind_) {
        case Kind::bert:
            return is_unknown            ? "[UNK]"
                   : is_padding          ? "[PAD]"
                   : is_mask             ? "[MASK]"
                   : role == "cls_token" ? "[CLS]"
                   : role == "sep_token" ? "[SEP]"
                                         : "";
        case Kind::mpnet:
        case Kind::roberta:
            return is_unknown   ? (kind_ == Kind::mpnet ? "[UNK]" : "<unk>")
                   : is_padding ? "<pad>"
                   : is_mask    ? "<mask>"
                   : is_start   ? "<s>"
                                : "</s>";
        case Kind::clip:
            return role == "bos_token"                                     ? "<|startoftext|>"
                   : is_mask || role == "cls_token" || role == "sep_token" ? ""
                                                                           : "<|endoftext|>";
        case Kind::gpt2:
            return is_unknown || role == "bos_token" || role == "eos_token" ? "<|endoftext|>" : "";
        case Kind::qwen2:
            return role == "eos_token" || is_padding ? "<|endoftext|>" : "";
        }
        return "";
    }

    /// A special token as a string or an object with `content`; null where there is none.
    [[nodiscard]] json token_of(std::string_view role) const {
        const std::string key(role);
        for (const json* const from : {&special_, &config_}) {
            const auto found = from->find(key);
            if (found == from->end()) continue;
            if (found->is_string() || found->is_null()) return *found;
            if (found->is_object() && found->contains("content")) return *found;
            throw JsonView(*found, config().where(), key).wrong("a token");
        }
        const std::string_view usual = default_token(role);
        return usual.empty() ? json(nullptr) : json(usual);
    }

    [[nodiscard]] std::string spelling(std::string_view role) const {
        const json token = token_of(role);
        if (token.is_null()) return {};
        return token.is_string() ? token.get<std::string>() : JsonView(token, config().where()).at("content").string();
    }

    /// The lines of a file, which must be UTF-8; `\r\n` and `\r` end one as `\n` does.
    template <class Line> void for_each_line(const std::string& name, Line&& line) const {
        const auto path = folder_ / name;
        const std::string text = read_model_file(path);
        if (const std::size_t bad = find_ill_formed(text); bad != text.size()) {
            throw Error(ErrorCode::malformed_model, "not UTF-8", path.string() + ", byte " + std::to_string(bad),
                        "The file is damaged; fetch it again");
        }
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
            line(std::string_view(text).substr(begin, end - begin));
            begin = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
        }
    }

    [[nodiscard]] json read_words() const {
        json vocab = json::object();
        std::size_t id = 0;
        for_each_line("vocab.txt", [&](std::string_view token) { vocab[std::string(token)] = id++; });
        return vocab;
    }

    [[nodiscard]] json read_merge_lines() const {
        json merges = json::array();
        for_each_line("merges.txt", [&](std::string_view line) {
            if (!line.empty() && !line.starts_with("#version")) merges.push_back(line);
        });
        return merges;
    }

    [[nodiscard]] json convert() const {
        json out = json::object();
        json vocab = has_words() ? read_words() : read_object("vocab.json");
        out["added_tokens"] = added_tokens(vocab);
        has_words() ? add_word_steps(out) : add_byte_steps(out);
        add_post_processor(out, vocab);
        out["model"]["vocab"] = std::move(vocab);
        return out;
    }

    void add_word_steps(json& out) const {
        const JsonView settings = config();
        json normalizer{{"type", "BertNormalizer"},
                        {"clean_text", true},
                        {"handle_chinese_chars", settings.boolean_or("tokenize_chinese_chars", true)},
                        {"lowercase", settings.boolean_or("do_lower_case", true)}};
        if (settings.find("strip_accents")) normalizer["strip_accents"] = settings.at("strip_accents").boolean();
        out["normalizer"] = std::move(normalizer);
        out["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
        out["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}};
        out["model"] = {{"type", "WordPiece"}, {"unk_token", spelling("unk_token")}};
    }

    void add_byte_steps(json& out) const {
        const bool prefix_space = kind_ != Kind::clip && config().boolean_or("add_prefix_space", false);
        const bool by_pattern = kind_ == Kind::clip || kind_ == Kind::qwen2;
        const json bytes{
            {"type", "ByteLevel"}, {"add_prefix_space", prefix_space}, {"use_regex", kind_ != Kind::qwen2}};
        out["pre_tokenizer"] = bytes;
        if (by_pattern) {
            const json split{
                {"type", "Split"},
                {"pattern",
                 {{"Regex", kind_ == Kind::clip ? tokenizer_json::kClipPattern : tokenizer_json::kQwen2Pattern}}},
                {"behavior", kind_ == Kind::clip ? "Removed" : "Isolated"},
                {"invert", kind_ == Kind::clip}};
            out["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
        }
        out["decoder"] = {{"type", "ByteLevel"}};
        out["model"] = {{"type", "BPE"}, {"merges", read_merge_lines()}};
        if (kind_ == Kind::qwen2) out["normalizer"] = {{"type", "NFC"}};
        if (kind_ != Kind::clip) return;
        const json space{{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", " "}};
        out["normalizer"] = {{"type", "Sequence"},
                             {"normalizers", {{{"type", "NFC"}}, space, {{"type", "Lowercase"}}}}};
        out["model"]["end_of_word_suffix"] = "</w>";
        out["model"]["unk_token"] = spelling("unk_token");
    }

    /// What stands around texts must be in the vocabulary.
    [[nodiscard]] json pair_of(std::string_view role, const json& out, const json& vocab) const {
        const std::string token = spelling(role);
        if (const auto found = vocab.find(token); found != vocab.end()) return {token, *found};
        for (const json& added : out.at("added_tokens")) {
            if (added.at("content") == token) return {token, added.at("id")};
        }
        throw Error(
            ErrorCode::malformed_model, "the vocabulary lacks the " + std::string(role) + " " + quoted_text(token),
            file_, "The model puts it around texts: tokenizer_config.json or special_tokens_map.json may name another");
    }

    void add_post_processor(json& out, const json& vocab) const {
        const bool is_bert = kind_ == Kind::bert, is_clip = kind_ == Kind::clip;
        if (kind_ == Kind::gpt2 && config().boolean_or("add_bos_token", false)) {
            const json bos = pair_of("bos_token", out, vocab);
            const json piece{{"SpecialToken", {{"id", bos[0]}, {"type_id", 0}}}};
            const json second{{"SpecialToken", {{"id", bos[0]}, {"type_id", 1}}}};
            const json a{{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, b{{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
            out["post_processor"] = {
                {"type", "TemplateProcessing"},
                {"single", {piece, a}},
                {"pair", {piece, a, second, b}},
                {"special_tokens", {{bos[0].get<std::string>(), {{"ids", json::array({bos[1]})}}}}}};
        } else if (kind_ == Kind::gpt2 || kind_ == Kind::qwen2) {
            out["post_processor"] = {{"type", "ByteLevel"}, {"trim_offsets", false}};
        } else {
            json post{{"type", is_bert ? "BertProcessing" : "RobertaProcessing"},
                      {"sep", pair_of(is_clip ? "eos_token" : "sep_token", out, vocab)},
                      {"cls", pair_of(is_clip ? "bos_token" : "cls_token", out, vocab)}};
            if (!is_bert) {
                post["trim_offsets"] = !is_clip && config().boolean_or("trim_offsets", true);
                post["add_prefix_space"] = kind_ == Kind::roberta && config().boolean_or("add_prefix_space", false);
            }
            out["post_processor"] = std::move(post);
        }
    }

    /// Added tokens by their ids: those that a file numbers, then the special ones of the vocabulary.
    [[nodiscard]] json added_tokens(const json& vocab) const {
        json list = json::array();
        const auto is_there = [&](const json& content) {
            return std::any_of(list.begin(), list.end(),
                               [&](const json& token) { return token.at("content") == content; });
        };
        const json numbered = read_object("added_tokens.json");
        const auto add = [&](const json& token, bool special) {
            json entry = token.is_object() ? token : json{{"content", token}};
            if (token.is_null() || is_there(entry.at("content"))) return;
            const auto& content = JsonView(entry, config().where()).at("content").string();
            const json* id = nullptr;
            for (const json* const ids : {&numbered, &vocab}) {
                if (const auto found = ids->find(content); found != ids->end() && id == nullptr) id = &*found;
            }
            if (id == nullptr) return;
            entry["id"] = *id;
            entry["special"] = special;
            if (special) entry["normalized"] = false;
            list.push_back(std::move(entry));
        };
        if (const auto decoder = config().find("added_tokens_decoder")) {
            for (const auto& [key, value] : decoder->json().items()) {
                std::int64_t id = -1;
                const auto end = std::from_chars(key.data(), key.data() + key.size(), id).ptr;
                if (end != key.data() + key.size() || !value.is_object()) throw decoder->wrong("ids and their tokens");
                json entry = value;
                entry["id"] = id;
                list.push_back(std::move(entry));
            }
        }
        for (const auto role : kRoles) {
            json token = token_of(role);
            const bool strips = role == "mask_token" && (kind_ == Kind::mpnet || kind_ == Kind::roberta);
            if (strips && token.is_string()) token = {{"content", token}, {"lstrip", true}};
            add(token, true);
        }
        for (const char* const key : {"additional_special_tokens", "extra_special_tokens"}) {
            for (const json* const from : {&special_, &config_}) {
                const auto found = from->find(key);
                if (found == from->end() || !found->is_array()) continue;
                for (const json& token : *found) add(token, true);
            }
        }
        for (const auto& [content, id] : numbered.items()) add(content, false);
        return list;
    }

    std::filesystem::path folder_;
    json config_, special_;
    Kind kind_;
    std::string file_; ///< of the vocabulary, for messages
};

} // namespace familiar::text
