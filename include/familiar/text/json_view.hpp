#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/json_nesting.hpp>
#include <familiar/text/printable_text.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace familiar::text {

/// A value of a model's JSON file together with its place (`file, model.vocab`), so that every complaint names both.
/// Valid as long as the document lives.
class JsonView {
  public:
    JsonView(const nlohmann::json& value, std::string file, std::string path = {})
        : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

    [[nodiscard]] const nlohmann::json& json() const noexcept { return *value_; }
    [[nodiscard]] std::string where() const { return path_.empty() ? file_ : file_ + ", " + printable_text(path_); }

    [[nodiscard]] bool is_object() const noexcept { return value_->is_object(); }
    [[nodiscard]] bool is_array() const noexcept { return value_->is_array(); }
    [[nodiscard]] bool is_string() const noexcept { return value_->is_string(); }
    [[nodiscard]] std::size_t size() const noexcept { return value_->size(); }

    /// A member, or nothing where it is missing or null. @throws Error malformed_model: this is not an object
    [[nodiscard]] std::optional<JsonView> find(const std::string& key) const {
        if (!value_->is_object()) throw wrong("an object");
        const auto found = value_->find(key);
        if (found == value_->end() || found->is_null()) return std::nullopt;
        return JsonView(*found, file_, path_.empty() ? key : path_ + "." + key);
    }

    [[nodiscard]] JsonView at(const std::string& key) const {
        auto found = find(key);
        if (!found) throw Error(ErrorCode::malformed_model, quoted_text(key) + " is missing", where());
        return *std::move(found);
    }

    [[nodiscard]] JsonView at(std::size_t index) const {
        if (!value_->is_array() || index >= value_->size())
            throw wrong("an array of more than " + std::to_string(index) + " values");
        return {(*value_)[index], file_, path_ + "[" + std::to_string(index) + "]"};
    }

    [[nodiscard]] const std::string& string() const {
        if (!value_->is_string()) throw wrong("a string");
        return value_->get_ref<const std::string&>();
    }

    [[nodiscard]] bool boolean() const {
        if (!value_->is_boolean()) throw wrong("true or false");
        return value_->get<bool>();
    }

    /// @throws Error malformed_model: not an integer, or outside [least, most]
    [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const {
        const bool is_small =
            value_->is_number_integer() && (!value_->is_number_unsigned() || value_->get<std::uint64_t>() <= INT64_MAX);
        const std::int64_t number = is_small ? value_->get<std::int64_t>() : 0;
        if (!is_small || number < least || number > most) {
            throw wrong("an integer from " + std::to_string(least) + " to " + std::to_string(most));
        }
        return number;
    }

    [[nodiscard]] const JsonView& array() const {
        if (!value_->is_array()) throw wrong("an array");
        return *this;
    }

    [[nodiscard]] std::string string_or(const std::string& key, std::string otherwise) const {
        const auto found = find(key);
        return found ? found->string() : std::move(otherwise);
    }

    [[nodiscard]] bool boolean_or(const std::string& key, bool otherwise) const {
        const auto found = find(key);
        return found ? found->boolean() : otherwise;
    }

    [[nodiscard]] Error wrong(const std::string& expected) const {
        return {ErrorCode::malformed_model, expected + " expected, " + std::string(value_->type_name()) + " found",
                where()};
    }

  private:
    const nlohmann::json* value_;
    std::string file_, path_;
};

/// How deep a model's JSON may nest; the deepest published one has about ten levels.
inline constexpr std::size_t kDeepestJson = 128;

/// Parses a model's JSON. @throws Error malformed_model with the byte where it goes wrong
[[nodiscard]] inline nlohmann::json parse_model_json(std::string_view text, const std::string& file) {
    if (const auto place = find_deeper_than(kDeepestJson, text)) {
        throw Error(ErrorCode::malformed_model, "JSON nested deeper than " + std::to_string(kDeepestJson) + " levels",
                    file + ", byte " + std::to_string(*place));
    }
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        throw Error(ErrorCode::malformed_model, "not JSON", file + ", byte " + std::to_string(error.byte),
                    "The file is damaged; fetch it again");
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::malformed_model, "a number in it is beyond the range of any", file,
                    "The file is damaged; fetch it again");
    }
}

/// The bytes of a file of at most `most` bytes. @throws Error file_not_found, file_unreadable, malformed_model
[[nodiscard]] inline std::string read_model_file(const std::filesystem::path& path,
                                                 std::uintmax_t most = std::uintmax_t{1} << 30) {
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (status.type() == std::filesystem::file_type::not_found)
        throw Error(ErrorCode::file_not_found, "no such file", path.string());
    if (code || status.type() != std::filesystem::file_type::regular)
        throw Error(ErrorCode::file_unreadable, "not a readable file", path.string());
    const auto size = std::filesystem::file_size(path, code);
    if (!code && size > most)
        throw Error(ErrorCode::malformed_model, "a file of " + std::to_string(size) + " bytes", path.string());
    std::ifstream file(path, std::ios::binary);
    std::string text(code ? 0 : static_cast<std::size_t>(size), '\0');
    if (!file || code || !file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
        throw Error(ErrorCode::file_unreadable, "cannot be read", path.string());
    }
    return text;
}

} // namespace familiar::text
