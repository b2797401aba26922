#pragma once

#include <familiar/core/error.hpp>
#include <familiar/decoder/model_files.hpp>
#include <familiar/text/any_tokenizer.hpp>
#include <familiar/text/chat_message.hpp>
#include <familiar/text/chat_template.hpp>
#include <familiar/text/gguf_chat_template.hpp>
#include <familiar/text/gguf_tokenizer.hpp>
#include <familiar/text/load_tokenizer.hpp>
#include <familiar/weights/json_file.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace familiar::decoder {

/// A model's tokenizer and chat template: ids of texts and messages, and back. A model may have none, or one of a kind
/// that is not known: that is no reason to refuse ids, but every use of it says why.
class ModelText {
  public:
    using Tokens = std::vector<std::int32_t>;

    /// Throws `Error` (malformed_model, malformed_json) for files that are damaged.
    explicit ModelText(const ModelFiles& files) : where_(files.path().string()) {
        attempt(tokenizer_fault_, [&] { tokenizer_ = read_tokenizer(files); });
        if (tokenizer_) attempt(template_fault_, [&] { template_ = read_template(files, *tokenizer_); });
    }

    /// Null where there is none that can be used.
    [[nodiscard]] const text::AnyTokenizer* tokenizer() const noexcept { return tokenizer_ ? &*tokenizer_ : nullptr; }
    [[nodiscard]] bool has_chat_template() const noexcept { return template_.has_value(); }

    // The following throw `Error` (unsupported_model) where the model has no tokenizer, or no template.

    void require_tokenizer() const {
        if (tokenizer_fault_) throw *tokenizer_fault_;
        if (!tokenizer_) {
            throw Error(ErrorCode::unsupported_model, "the model has no tokenizer", where_,
                        "Give token ids instead of text");
        }
    }

    /// Text to ids. @param add_special with BOS and the like where the files' rule says so
    [[nodiscard]] Tokens encode(std::string_view given, bool add_special, bool parse_special) const {
        require_tokenizer();
        text::EncodeOptions options;
        options.add_special_tokens = add_special;
        options.parse_special = parse_special;
        Tokens ids;
        tokenizer_->encode_ids(given, options, ids);
        return ids;
    }

    /// Messages through the template; markup inside a message stays text unless `parse_special`.
    /// @param answer the prompt ends where the assistant's answer begins
    /// Throws `Error` (invalid_argument), too, where the template refuses the messages.
    [[nodiscard]] Tokens encode_messages(std::span<const text::ChatMessage> messages, bool answer,
                                         bool parse_special) const {
        require_tokenizer();
        if (template_fault_) throw *template_fault_;
        if (!template_) {
            throw Error(ErrorCode::unsupported_model, "the model has no chat template", where_,
                        "Give a prompt instead of messages");
        }
        if (!parse_special) return template_->encode(messages, answer);
        return encode(template_->render(messages, answer).bytes(), false, true);
    }

    /// What a list of tokens shows of one: its text, its spelling for a special one; null without a tokenizer.
    [[nodiscard]] std::optional<std::string> token_text(std::int32_t token) const {
        if (!tokenizer_) return std::nullopt;
        if (tokenizer_->is_special(token)) return std::string(tokenizer_->token(token));
        return tokenizer_->decode(std::span<const std::int32_t>(&token, 1));
    }

  private:
    template <class Work> static void attempt(std::optional<Error>& fault, Work&& work) {
        try {
            work();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unsupported_model) throw;
            fault = error;
        }
    }

    static std::optional<text::AnyTokenizer> read_tokenizer(const ModelFiles& files) {
        if (const auto* const gguf = files.gguf()) {
            if (!gguf->contains("tokenizer.ggml.model")) return std::nullopt;
            return text::gguf_tokenizer(*gguf);
        }
        if (!text::has_tokenizer(files.path())) return std::nullopt;
        return text::load_tokenizer(files.path());
    }

    static std::optional<text::ChatTemplate> read_template(const ModelFiles& files,
                                                           const text::AnyTokenizer& tokenizer) {
        if (const auto* const gguf = files.gguf()) return text::gguf_chat_template(*gguf, tokenizer);
        std::error_code failure;
        const auto path = files.path() / "tokenizer_config.json";
        if (!std::filesystem::exists(path, failure)) return std::nullopt;
        const weights::JsonFile config(path);
        const auto source = template_source(config, files.path());
        if (!source) return std::nullopt;
        return text::ChatTemplate(*source, tokenizer, spelling(config, "bos_token"), spelling(config, "eos_token"),
                                  files.path().string() + ", chat template");
    }

    /// chat_template.jinja, or the key `chat_template`: a text, or a list of named ones, of which one is the default.
    static std::optional<std::string> template_source(const weights::JsonFile& config,
                                                      const std::filesystem::path& folder) {
        std::error_code failure;
        const auto own = folder / "chat_template.jinja";
        if (std::filesystem::is_regular_file(own, failure)) {
            if (std::filesystem::file_size(own, failure) > weights::JsonFile::kMaxBytes || failure) {
                throw Error(ErrorCode::file_unreadable, "cannot be read, or is too large", own.string());
            }
            std::ifstream stream(own, std::ios::binary);
            return std::string(std::istreambuf_iterator<char>(stream), {});
        }
        const auto* const value = config.find("chat_template");
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        if (value->is_array()) {
            for (const auto& entry : *value) {
                if (entry.is_object() && entry.value("name", std::string()) == "default") {
                    return entry.value("template", std::string());
                }
            }
        }
        config.fail_key("chat_template", "is neither a text nor a list with one named \"default\"");
    }

    /// A token is spelled out, or stands in an object under `content`.
    static std::string spelling(const weights::JsonFile& config, std::string_view key) {
        const auto* const value = config.find(key);
        if (value == nullptr) return {};
        if (value->is_object()) return config.find_object(key)->find_string("content").value_or("");
        return config.find_string(key).value_or("");
    }

    std::string where_;
    std::optional<text::AnyTokenizer> tokenizer_;
    std::optional<text::ChatTemplate> template_;
    std::optional<Error> tokenizer_fault_, template_fault_;
};

} // namespace familiar::decoder
