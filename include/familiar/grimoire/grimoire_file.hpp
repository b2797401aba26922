#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/grimoire.hpp>
#include <familiar/core/suggest.hpp>
#include <familiar/data/jsonl.hpp>
#include <familiar/data/text_file.hpp>
#include <familiar/grimoire/grimoire_name.hpp>
#include <familiar/grimoire/provenance.hpp>
#include <familiar/store/content_hash.hpp>
#include <familiar/text/printable_text.hpp>
#include <familiar/text/utf8.hpp>
#include <familiar/text/white_space.hpp>

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
#include <vector>

/// One grimoire as a file that people can read and edit: a front matter between two lines `---`, one `key: value` a
/// line, then the text as the LLM wrote it and a line feed.
///
///     ---
///     name: critics
///     task: sst2
///     strategy: profound
///     parent:
///     strong: {"api":"chat","base_url":"http://127.0.0.1:8080/v1","model":"big","type":"http"}
///     weak:
///     samples: ["train-3","train-17"]
///     seed: 0
///     prompt_hash: 4f1c…
///     text_hash: 09ab…
///     ---
///     1. Weigh …
namespace familiar::grimoire {

/// A grimoire and what its file says of it.
struct StoredGrimoire {
    Grimoire grimoire;
    Provenance provenance;
    std::string text_hash; ///< SHA-256 of the text as the front matter has it
    std::filesystem::path file;
    bool edited = false; ///< the text is not the one of `text_hash`: somebody changed it by hand
};

namespace detail {

inline constexpr std::array<std::string_view, 10> kFrontMatterKeys = {
    "name", "task", "strategy", "parent", "strong", "weak", "samples", "seed", "prompt_hash", "text_hash"};

/// `key: value` pairs of a front matter, and where the text begins. Values are views into the file's bytes.
struct FrontMatter {
    struct Value {
        std::string_view text;
        std::size_t line = 0; ///< from 1
    };
    std::array<std::optional<Value>, kFrontMatterKeys.size()> values;
    std::size_t last_line = 0;  ///< of the closing rule
    std::size_t text_begin = 0; ///< byte after it
    bool carriage_returns = false;

    [[nodiscard]] const Value& at(std::string_view key) const {
        return *values[static_cast<std::size_t>(std::find(kFrontMatterKeys.begin(), kFrontMatterKeys.end(), key) -
                                                kFrontMatterKeys.begin())];
    }
};

[[noreturn]] inline void broken(const std::string& what, const std::filesystem::path& path, std::size_t line) {
    throw Error(
        ErrorCode::malformed_grimoire, what, data::line_of(path, line),
        "A grimoire begins with a front matter between two lines ---, one key: value a line, with the keys name, "
        "task, strategy, parent, strong, weak, samples, seed, prompt_hash, text_hash");
}

inline FrontMatter read_front_matter(std::string_view bytes, const std::filesystem::path& path) {
    FrontMatter front;
    std::size_t at = 0;
    for (std::size_t line = 1;; ++line) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
        std::string_view content = bytes.substr(at, end - at);
        if (content.ends_with('\r')) {
            content.remove_suffix(1);
            front.carriage_returns = front.carriage_returns || line == 1;
        }
        if (line == 1 && content != "---") broken("the front matter is missing", path, line);
        if (line > 1 && content == "---") {
            front.last_line = line;
            front.text_begin = std::min(end + 1, bytes.size());
            break;
        }
        if (line > 1) {
            const std::size_t colon = content.find(':');
            if (colon == std::string_view::npos)
                broken("the line " + text::quoted_text(content) + " is no key: value", path, line);
            const std::string_view key = text::strip(content.substr(0, colon));
            const auto known = std::find(kFrontMatterKeys.begin(), kFrontMatterKeys.end(), key);
            if (known == kFrontMatterKeys.end())
                broken("the key " + text::quoted_text(key) + " is unknown", path, line);
            auto& value = front.values[static_cast<std::size_t>(known - kFrontMatterKeys.begin())];
            if (value) {
                broken("the key " + std::string(key) + " stands here again, first in line " +
                           std::to_string(value->line),
                       path, line);
            }
            value = FrontMatter::Value{text::strip(content.substr(colon + 1)), line};
        }
        if (end == bytes.size()) broken("the front matter has no end", path, line);
        at = end + 1;
    }
    for (std::size_t i = 0; i < kFrontMatterKeys.size(); ++i) {
        if (!front.values[i])
            broken("the front matter has no " + std::string(kFrontMatterKeys[i]), path, front.last_line);
    }
    return front;
}

inline std::vector<std::string> read_samples(const FrontMatter::Value& value, const std::filesystem::path& path) {
    const auto json = nlohmann::ordered_json::parse(value.text.begin(), value.text.end(), nullptr, false);
    const auto is_id = [](const auto& id) { return id.is_string() || id.is_number() || id.is_boolean(); };
    if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_id)) {
        broken(R"(samples should be a list of ids, as ["a", 12], here is )" + text::quoted_text(value.text), path,
               value.line);
    }
    std::vector<std::string> samples;
    for (const auto& id : json) samples.push_back(id.dump());
    return samples;
}

inline bool is_hash(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace detail

/// A value as a line of the front matter: well-formed UTF-8, without control characters, stripped.
[[nodiscard]] inline std::string one_line(std::string_view value) {
    std::string line = text::to_well_formed(text::strip(value));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return line;
}

/// A grimoire from the bytes of its file, a byte-order mark left out. Lines may end in CRLF, the text's too where the
/// first line does. Throws Error naming file and line: malformed_grimoire, invalid_utf8.
[[nodiscard]] inline StoredGrimoire parse_grimoire_file(std::string_view bytes, const std::filesystem::path& path) {
    data::require_utf8(bytes, path);
    const detail::FrontMatter front = detail::read_front_matter(bytes, path);
    const auto text_of = [&](std::string_view key) { return std::string(front.at(key).text); };
    StoredGrimoire stored;
    stored.file = path;
    stored.grimoire.name = text_of("name");
    if (const auto fault = fault_of_name(stored.grimoire.name); !fault.empty())
        detail::broken("the name will not do: " + fault, path, front.at("name").line);

    Provenance& provenance = stored.provenance;
    provenance.task = text_of("task");
    provenance.strategy = text_of("strategy");
    const auto& strategies = kStrategyNames;
    if (std::find(strategies.begin(), strategies.end(), provenance.strategy) == strategies.end()) {
        detail::broken("the strategy " + text::quoted_text(provenance.strategy) + " is unknown" +
                           (". " + suggestion(provenance.strategy, strategies)),
                       path, front.at("strategy").line);
    }
    provenance.parent = text_of("parent");
    provenance.strong = text_of("strong");
    provenance.weak = text_of("weak");
    provenance.samples = detail::read_samples(front.at("samples"), path);
    const auto& seed = front.at("seed");
    const auto read = std::from_chars(seed.text.data(), seed.text.data() + seed.text.size(), provenance.seed);
    if (read.ec != std::errc() || read.ptr != seed.text.data() + seed.text.size())
        detail::broken("seed should be a number from 0, here is " + text::quoted_text(seed.text), path, seed.line);
    provenance.prompt_hash = text_of("prompt_hash");
    stored.text_hash = text_of("text_hash");
    for (const std::string_view key : {"prompt_hash", "text_hash"}) {
        if (!detail::is_hash(front.at(key).text)) {
            detail::broken(std::string(key) + " should be 64 hexadecimal digits, here is " +
                               text::quoted_text(front.at(key).text),
                           path, front.at(key).line);
        }
    }

    std::string text(bytes.substr(front.text_begin));
    if (front.carriage_returns) {
        for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
    }
    if (text.ends_with('\n')) text.pop_back();
    if (text::strip(text).empty()) {
        detail::broken("there is no text after the front matter", path, front.last_line);
    }
    stored.edited = store::sha256(text) != stored.text_hash;
    stored.grimoire.text = std::move(text);
    return stored;
}

/// The bytes of a grimoire's file; `parse_grimoire_file` is the inverse. The hash is that of the text.
[[nodiscard]] inline std::string to_grimoire_file(const StoredGrimoire& stored) {
    const auto& provenance = stored.provenance;
    std::string samples = "[";
    for (const auto& id : provenance.samples) {
        auto json = nlohmann::json::parse(id, nullptr, false);
        if (json.is_discarded()) json = id; // an example that a program made up: its id is any text
        samples +=
            (samples.size() > 1 ? ", " : "") + json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    std::string out = "---\n";
    const auto line = [&](std::string_view key, std::string_view value) {
        out.append(key).append(value.empty() ? ":" : ": ").append(one_line(value)).append("\n");
    };
    line("name", stored.grimoire.name);
    line("task", provenance.task);
    line("strategy", provenance.strategy);
    line("parent", provenance.parent);
    line("strong", provenance.strong);
    line("weak", provenance.weak);
    line("samples", samples + "]");
    line("seed", std::to_string(provenance.seed));
    line("prompt_hash", provenance.prompt_hash);
    line("text_hash", store::sha256(stored.grimoire.text));
    return out.append("---\n").append(stored.grimoire.text).append("\n");
}

/// The file's bytes with another text_hash and nothing else changed. Throws Error (malformed_grimoire).
[[nodiscard]] inline std::string with_text_hash(std::string bytes, const std::string& hash,
                                                const std::filesystem::path& path) {
    const auto front = detail::read_front_matter(bytes, path);
    const std::string_view value = front.at("text_hash").text;
    return bytes.replace(static_cast<std::size_t>(value.data() - bytes.data()), value.size(), hash);
}

/// The two grimoires of a file of the published archive (`profound_grimoire` and `simple_grimoire`), named
/// FILE/profound and FILE/simple; none where the JSON is no such file. Throws Error naming the file: malformed_json,
/// malformed_grimoire, invalid_utf8.
[[nodiscard]] inline std::vector<StoredGrimoire> parse_archived_file(std::string_view bytes,
                                                                     const std::filesystem::path& path) {
    const auto json = data::parse_json(bytes, path.string());
    std::vector<StoredGrimoire> grimoires;
    if (!json.is_object() || (!json.contains("profound_grimoire") && !json.contains("simple_grimoire")))
        return grimoires;
    const std::string stem = path.stem().string();
    for (const std::string kind : {"profound", "simple"}) {
        const auto found = json.find(kind + "_grimoire");
        if (found == json.end() || !found->is_string()) {
            throw Error(ErrorCode::malformed_grimoire, "there is no text " + kind + "_grimoire", path.string(),
                        "A file of the published archive has profound_grimoire and simple_grimoire");
        }
        StoredGrimoire stored;
        stored.grimoire = {stem + "/" + kind, found->get<std::string>()};
        stored.provenance.strategy = kind;
        if (kind == "simple") stored.provenance.parent = stem + "/profound";
        stored.text_hash = store::sha256(stored.grimoire.text);
        stored.file = path;
        grimoires.push_back(std::move(stored));
    }
    return grimoires;
}

} // namespace familiar::grimoire
