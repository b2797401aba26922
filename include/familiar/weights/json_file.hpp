#pragma once

#include <familiar/core/error.hpp>
#include <familiar/core/json_nesting.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace familiar::weights {

/// A JSON file of a model's directory, read with limits, whose values are asked for by key, type and range. Every
/// problem is an `Error` that names the file and the key. Configuration files are small: 16 MiB and 64 levels are
/// enough for all that are published, and refuse the rest before it is parsed.
class JsonFile {
  public:
    static constexpr std::size_t kMaxBytes = std::size_t{16} << 20, kMaxDepth = 64;

    /// Throws file_not_found, file_unreadable, malformed_json.
    explicit JsonFile(std::filesystem::path path, std::size_t most_bytes = kMaxBytes) : path_(std::move(path)) {
        std::error_code error;
        if (!std::filesystem::exists(path_, error))
            throw Error(ErrorCode::file_not_found, "no such file", path_.string());
        if (!std::filesystem::is_regular_file(path_, error)) {
            throw Error(ErrorCode::file_unreadable, "is not a file", path_.string());
        }
        const auto size = std::filesystem::file_size(path_, error);
        if (error) throw Error(ErrorCode::file_unreadable, error.message(), path_.string());
        if (size > most_bytes) {
            throw Error(ErrorCode::malformed_json, "is larger than " + std::to_string(most_bytes >> 20) + " MiB",
                        path_.string());
        }
        std::string text(static_cast<std::size_t>(size), '\0');
        std::ifstream stream(path_, std::ios::binary);
        stream.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (!stream || stream.gcount() != static_cast<std::streamsize>(text.size())) {
            throw Error(ErrorCode::file_unreadable, "cannot be read", path_.string());
        }
        check_depth(text);
        try {
            value_ = nlohmann::json::parse(text);
        } catch (const nlohmann::json::parse_error& e) {
            throw Error(ErrorCode::malformed_json, "is not valid JSON", place_of_byte(e.byte),
                        "The file may be cut short or damaged: fetch it again");
        } catch (const nlohmann::json::exception&) {
            throw Error(ErrorCode::malformed_json, "holds a number beyond the range of any", path_.string(),
                        "The file may be damaged: fetch it again");
        }
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] const nlohmann::json& value() const noexcept { return value_; }

    const JsonFile& require_object() const {
        if (!value_.is_object()) fail("holds no JSON object but " + describe(value_));
        return *this;
    }

    /// The value of a key of the outermost object; nothing where it is missing or null.
    [[nodiscard]] const nlohmann::json* find(std::string_view key) const {
        if (!value_.is_object()) return nullptr;
        const auto found = value_.find(key);
        return found == value_.end() || found->is_null() ? nullptr : &*found;
    }

    [[nodiscard]] std::optional<std::size_t> find_size(std::string_view key, std::size_t least,
                                                       std::size_t most) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        const bool whole = value->is_number_integer();
        if (!whole || (!value->is_number_unsigned() && value->get<std::int64_t>() < 0)) {
            fail_key(key, "must be a whole number, not " + describe(*value));
        }
        const auto number = value->get<std::uint64_t>();
        if (number < least || number > most) {
            fail_key(key, "is " + std::to_string(number) + ", outside " + std::to_string(least) + " to " +
                              std::to_string(most));
        }
        return static_cast<std::size_t>(number);
    }

    [[nodiscard]] std::size_t size_at(std::string_view key, std::size_t least, std::size_t most) const {
        const auto value = find_size(key, least, most);
        if (!value) fail_key(key, "is missing");
        return *value;
    }

    /// A finite number in [least, most].
    [[nodiscard]] std::optional<double> find_number(std::string_view key, double least, double most) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number()) fail_key(key, "must be a number, not " + describe(*value));
        const auto number = value->get<double>();
        if (!(number >= least && number <= most)) {
            fail_key(key, "is " + value->dump() + ", outside " + nlohmann::json(least).dump() + " to " +
                              nlohmann::json(most).dump());
        }
        return number;
    }

    [[nodiscard]] std::optional<std::string> find_string(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_string()) fail_key(key, "must be a string, not " + describe(*value));
        return value->get<std::string>();
    }

    [[nodiscard]] std::optional<bool> find_bool(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_boolean()) fail_key(key, "must be true or false, not " + describe(*value));
        return value->get<bool>();
    }

    /// The object under a key as a file of its own, whose messages name both; nothing where it is missing or null.
    [[nodiscard]] std::optional<JsonFile> find_object(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_object()) fail_key(key, "must be an object, not " + describe(*value));
        return JsonFile(path_.string() + ", \"" + std::string(key) + "\"", *value);
    }

    /// A list of finite numbers in [least, most]; nothing where it is missing or null.
    [[nodiscard]] std::optional<std::vector<double>> find_numbers(std::string_view key, double least,
                                                                  double most) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        if (!value->is_array()) fail_key(key, "must be a list of numbers, not " + describe(*value));
        std::vector<double> numbers;
        for (const auto& entry : *value) {
            const double number = entry.is_number() ? entry.get<double>() : std::numeric_limits<double>::quiet_NaN();
            if (!(number >= least && number <= most)) {
                fail_key(key, "holds " + describe(entry) + ", not a number from " + nlohmann::json(least).dump() +
                                  " to " + nlohmann::json(most).dump());
            }
            numbers.push_back(number);
        }
        return numbers;
    }

    [[noreturn]] void fail(std::string what, std::string advice = {}) const {
        throw Error(ErrorCode::malformed_model, std::move(what), path_.string(), std::move(advice));
    }
    [[noreturn]] void fail_key(std::string_view key, std::string_view what, std::string advice = {}) const {
        fail("\"" + std::string(key) + "\" " + std::string(what), std::move(advice));
    }

    /// A short description of a value for messages, never longer than a line.
    static std::string describe(const nlohmann::json& value) {
        if (value.is_array()) return "an array";
        if (value.is_object()) return "an object";
        std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
        if (text.size() > 60) text = text.substr(0, 57) + "...";
        return text;
    }

  private:
    JsonFile(std::filesystem::path path, nlohmann::json value) : path_(std::move(path)), value_(std::move(value)) {}

    void check_depth(std::string_view text) const {
        if (const auto byte = find_deeper_than(kMaxDepth, text)) {
            throw Error(ErrorCode::malformed_json, "is nested deeper than " + std::to_string(kMaxDepth) + " levels",
                        place_of_byte(*byte));
        }
    }

    [[nodiscard]] std::string place_of_byte(std::size_t byte) const {
        return path_.string() + ", byte " + std::to_string(byte);
    }

    std::filesystem::path path_;
    nlohmann::json value_;
};

} // namespace familiar::weights
