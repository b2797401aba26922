#pragma once

#include <familiar/core/error.hpp>
#include <familiar/weights/detail/printable.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace familiar::weights {

namespace detail {

/// Events of the JSON parser for an index: picks `weight_map` out and skips the rest, of bounded depth.
class SafetensorsIndexEvents {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    std::map<std::string, std::string> places; ///< tensor name to file name
    bool found = false;                        ///< a `weight_map` was there
    std::string problem;
    std::optional<std::size_t> problem_offset;

    bool null() { return other_value(); }
    bool boolean(bool) { return other_value(); }
    bool number_integer(number_integer_t) { return other_value(); }
    bool number_unsigned(number_unsigned_t) { return other_value(); }
    bool number_float(number_float_t, const string_t&) { return other_value(); }
    bool binary(binary_t&) { return other_value(); }

    bool string(string_t& value) {
        if (!in_map()) return other_value();
        // A shard stands beside its index: a path could lead out of the model's directory.
        if (value.empty() || value == "." || value == ".." || value.find_first_of("/\\") != std::string::npos ||
            value.find('\0') != std::string::npos) {
            return report(printable(value) + " is no name of a file beside the index");
        }
        places.emplace(key_, value);
        return true;
    }

    bool start_object(std::size_t) {
        if (depth_ == 1 && key_ == "weight_map") found = in_weight_map_ = true;
        return deeper(true);
    }
    bool start_array(std::size_t) { return deeper(false); }

    bool key(string_t& name) {
        key_ = name;
        if (depth_ == 1 && !keys_.insert(name).second)
            return report("the key " + printable(name) + " stands there twice");
        if (in_map() && places.contains(name)) return report("tensor " + printable(name) + " stands there twice");
        return true;
    }

    bool end_object() {
        --depth_;
        if (depth_ == 1) in_weight_map_ = false;
        return true;
    }
    bool end_array() {
        --depth_;
        return true;
    }

    template <class Exception> bool parse_error(std::size_t position, const std::string&, const Exception&) {
        problem_offset = position;
        return report("no well-formed JSON");
    }

  private:
    static constexpr int kDeepest = 64;

    [[nodiscard]] bool in_map() const noexcept { return in_weight_map_ && depth_ == 2; }

    bool other_value() {
        if (depth_ == 0) return report("the index is no JSON object");
        if (in_map()) return report("tensor " + printable(key_) + " has no file name");
        return true;
    }

    bool deeper(bool object) {
        if (depth_ == 0 && !object) return report("the index is no JSON object");
        if (in_map()) return report("tensor " + printable(key_) + " has no file name");
        if (depth_ == kDeepest) return report("nested too deeply");
        ++depth_;
        return true;
    }

    bool report(std::string what) {
        problem = std::move(what);
        return false;
    }

    int depth_ = 0;
    bool in_weight_map_ = false;
    std::string key_;
    std::unordered_set<std::string> keys_;
};

} // namespace detail

/// Reads `model.safetensors.index.json`: the file that holds each tensor. Throws Error (malformed_model) naming `path`
/// for broken JSON, duplicate keys, no `weight_map`, or a file name that leads out of the directory.
inline std::map<std::string, std::string> read_safetensors_index(std::span<const std::byte> file,
                                                                 const std::string& path) {
    detail::SafetensorsIndexEvents events;
    const auto* const text = reinterpret_cast<const char*>(file.data());
    const bool read = nlohmann::json::sax_parse(text, text + file.size(), &events);
    if (read && events.found) return std::move(events.places);
    throw Error(ErrorCode::malformed_model, read ? "the index has no weight_map" : events.problem,
                events.problem_offset ? path + ", byte " + std::to_string(*events.problem_offset) : path,
                "The file is damaged or no index of shards: fetch it again");
}

} // namespace familiar::weights
