#pragma once

#include "row_files.hpp"

#include <familiar/core/error.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/decoder/language_model.hpp>
#include <familiar/prompt/prompt.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace program {

/// What a row of `complete` and `score` gives: a prompt, the messages of a chat, or token ids.
struct LanguageRow {
    using Messages = std::vector<familiar::text::ChatMessage>;
    using Tokens = std::vector<std::int32_t>;
    std::variant<std::string, Messages, Tokens> given;
    std::vector<std::string> choices; ///< of `score`
    std::vector<std::string> priors;  ///< of `score`: prompts without content

    template <class Model> [[nodiscard]] Tokens tokens(const Model& model, bool parse_special) const {
        if (const auto* prompt = std::get_if<std::string>(&given)) return model.encode_prompt(*prompt, parse_special);
        if (const auto* messages = std::get_if<Messages>(&given))
            return model.encode_messages(*messages, true, parse_special);
        return std::get<Tokens>(given);
    }
};

namespace detail {

inline familiar::Error bad_row(const std::string& what) {
    return {familiar::ErrorCode::malformed_row, what};
}

inline LanguageRow::Messages read_messages(const nlohmann::ordered_json& list) {
    if (!list.is_array() || list.empty()) throw bad_row("\"messages\" should be a list of {\"role\", \"content\"}");
    LanguageRow::Messages messages;
    for (const auto& entry : list) {
        const auto text = [&](const char* key) {
            if (!entry.is_object() || !entry.contains(key) || !entry[key].is_string()) {
                throw bad_row("message " + std::to_string(messages.size() + 1) + " has no text \"" + key + "\"");
            }
            return entry[key].get<std::string>();
        };
        const std::string role = text("role");
        familiar::text::ChatMessage message;
        if (role == "system") {
            message.role = familiar::text::Role::system;
        } else if (role == "assistant") {
            message.role = familiar::text::Role::assistant;
        } else if (role != "user") {
            throw bad_row("unknown role \"" + role + "\"; known are system, user, assistant");
        }
        message.content = text("content");
        messages.push_back(std::move(message));
    }
    return messages;
}

inline LanguageRow::Tokens read_ids(const nlohmann::ordered_json& list) {
    if (!list.is_array()) throw bad_row("\"ids\" should be a list of token ids");
    LanguageRow::Tokens ids;
    for (const auto& id : list) {
        if (!id.is_number_integer()) throw bad_row("\"ids\" holds " + id.dump() + ", which is no token id");
        const auto value = id.get<std::int64_t>();
        if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
            throw bad_row("token " + id.dump() + " is outside every vocabulary");
        }
        ids.push_back(static_cast<std::int32_t>(value));
    }
    return ids;
}

inline LanguageRow read_language_row(const nlohmann::ordered_json& row, bool with_choices) {
    LanguageRow out;
    if (const auto prompt = row.find("prompt"); prompt != row.end()) {
        if (!prompt->is_string()) throw bad_row("\"prompt\" should be a text");
        out.given = prompt->get<std::string>();
    } else if (const auto messages = row.find("messages"); messages != row.end()) {
        out.given = read_messages(*messages);
    } else if (const auto ids = row.find("ids"); ids != row.end()) {
        out.given = read_ids(*ids);
    } else {
        throw bad_row("the row has none of \"prompt\", \"messages\", \"ids\"");
    }
    if (!with_choices) return out;
    const auto choices = row.find("choices");
    if (choices == row.end() || !choices->is_array() || choices->empty())
        throw bad_row("\"choices\" should be a list of texts");
    for (const auto& choice : *choices) {
        if (!choice.is_string() || choice.get_ref<const std::string&>().empty())
            throw bad_row("a choice is no text, or an empty one");
        out.choices.push_back(choice.get<std::string>());
    }
    const auto priors = row.find("priors");
    if (priors == row.end()) return out;
    if (!priors->is_array()) throw bad_row("\"priors\" should be a list of prompts");
    for (const auto& prior : *priors) {
        if (!prior.is_string()) throw bad_row("a prior is no text");
        out.priors.push_back(prior.get<std::string>());
    }
    return out;
}

} // namespace detail

/// The rows of `--input`, or the one row of `--prompt`; everything is checked before any output appears.
struct LanguageRows {
    std::vector<nlohmann::ordered_json> values;
    std::vector<LanguageRow> rows;

    LanguageRows(const std::filesystem::path& input, const std::optional<std::string>& prompt,
                 const std::vector<std::string>& choices, bool with_choices) {
        if (prompt) {
            nlohmann::ordered_json row;
            row["prompt"] = *prompt;
            if (!choices.empty()) row["choices"] = choices;
            rows.push_back(detail::read_language_row(row, with_choices));
            values.push_back(nlohmann::ordered_json::object());
            return;
        }
        for (auto& row : familiar::data::read_jsonl(input)) {
            try {
                rows.push_back(detail::read_language_row(row.value, with_choices));
            } catch (const familiar::Error& error) {
                throw error.within(familiar::data::line_of(input, row.line));
            }
            values.push_back(std::move(row.value));
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return rows.size(); }
};

/// Rows as token ids, or why one cannot be; and how many tokens all of them begin with.
struct EncodedRows {
    std::vector<LanguageRow::Tokens> tokens;
    std::vector<std::optional<familiar::Error>> faults;
    std::size_t shared = 0;

    /// @param keep a beginning counts even where one row alone has it, since other runs may share it
    template <class Model>
    EncodedRows(const Model& model, const LanguageRows& rows, bool parse_special, bool keep)
        : tokens(rows.size()), faults(rows.size()) {
        constexpr std::size_t least = 8; // tokens for which a pass of their own pays
        const LanguageRow::Tokens* first = nullptr;
        std::size_t count = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            try {
                tokens[i] = rows.rows[i].tokens(model, parse_special);
            } catch (const familiar::Error& error) {
                faults[i] = error;
                continue;
            }
            if (first == nullptr) {
                first = &tokens[i];
                shared = first->size();
            }
            const auto end = std::mismatch(first->begin(), first->begin() + static_cast<std::ptrdiff_t>(shared),
                                           tokens[i].begin(), tokens[i].end());
            shared = static_cast<std::size_t>(end.first - first->begin());
            ++count;
        }
        if (shared < least || (count < 2 && !keep)) shared = 0;
    }
};

/// Takes beginnings from the file of `--prefix-cache`, where there is one, and puts them back at the end.
template <class Model> class KeptPrefixes {
  public:
    KeptPrefixes(Model& model, const std::string& path) : model_(model), path_(path) {
        std::error_code failure;
        if (!path_.empty() && std::filesystem::exists(path_, failure)) model_.load_prefixes(path_);
    }
    void save() {
        if (!path_.empty()) model_.save_prefixes(path_);
    }

  private:
    Model& model_;
    std::filesystem::path path_;
};

/// `--model`, `--input` or `--prompt`, `--output`, `--activations`, `--key-values`, `--parse-special`,
/// `--prefix-cache`.
struct LanguageOptions {
    std::string model;
    RowFileOptions files;
    std::optional<std::string> prompt;
    std::string activations = "int8", key_values = "f32";
    bool parse_special = false;
    std::string prefix_cache;

    void declare(CLI::App& app) {
        app.add_option("--model", model, ".gguf file, a directory that holds one, or a Hugging Face directory")
            ->required();
        files.declare(app, false);
        auto* const input = app.get_option("--input");
        input->description("JSONL file; a row has \"prompt\", \"messages\" or \"ids\"");
        app.add_option("--prompt", prompt, "One prompt instead of a file")->excludes(input);
        app.add_option("--activations", activations,
                       "What products with quantised weights take: int8, or f32 for the exact log-probabilities")
            ->capture_default_str()
            ->check(CLI::IsMember({"int8", "f32"}));
        app.add_option("--key-values", key_values,
                       "How keys and values are kept: f32, or f16 or int8 in a half or a quarter of the memory")
            ->capture_default_str()
            ->check(CLI::IsMember({"f32", "f16", "int8"}));
        app.add_flag("--parse-special", parse_special, "Special tokens in the text count as such (default: off)");
        app.add_option("--prefix-cache", prefix_cache,
                       "File in which the beginnings that prompts share are kept for other runs (default: none)");
    }

    void check() const {
        if (!prompt && files.input.empty()) {
            throw familiar::Error(familiar::ErrorCode::invalid_argument, "neither --input nor --prompt is given");
        }
    }
};

} // namespace program
