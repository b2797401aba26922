#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace familiar {

/// What went wrong, numbered by area. The number is printed by the program and never changes its meaning.
enum class ErrorCode : int {
    // 1xx: wrong use
    invalid_argument = 100,    ///< a value out of its range
    unknown_name = 101,        ///< no policy, option or label of this name
    invalid_spec = 102,        ///< a policy specification that cannot be read
    unsupported_isa = 103,     ///< an instruction set that the processor lacks, or an unknown one
    conflicting_run = 104,     ///< a folder that holds a run with other parameters
    missing_environment = 105, ///< an environment variable that is needed is not set
    // 2xx: files
    file_not_found = 200,
    file_unreadable = 201,
    file_unwritable = 202, ///< cannot be created or written; a full disk too
    // 3xx: data
    malformed_json = 300,
    malformed_row = 301, ///< a row of JSONL, CSV or TSV that cannot be used
    invalid_utf8 = 302,
    unknown_label = 303,
    empty_data = 304,
    malformed_task = 305,
    malformed_grimoire = 306, ///< a file of the grimoire store whose front matter or text cannot be used
    // 4xx: models
    malformed_model = 400,   ///< a model file that is truncated, lies or contradicts another one
    unsupported_model = 401, ///< a family, tensor type or tokenizer part that is not known
    text_too_long = 402,     ///< longer than the model's context or positions
    invalid_token = 403,     ///< an id outside the vocabulary
    numeric_failure = 404,   ///< NaN or infinity where a number is needed
    // 5xx: endpoints
    endpoint_unreachable = 500,
    endpoint_timeout = 501,
    endpoint_refused = 502,      ///< 400, 404 and the like: this request will never succeed
    endpoint_unauthorized = 503, ///< 401, 403: no request will succeed
    endpoint_failed = 504,       ///< 408, 409, 429, 5xx after all retries
    malformed_reply = 505,
    not_recorded = 506, ///< a replay was asked for something it has not seen
    // 6xx: runs
    cancelled = 600,
    store_failed = 601,
    missing_prediction = 602, ///< a pre-computed plug-in has no row for an example
};

/// Everything that fails beyond one request or one row: configuration, files, models, programming mistakes.
///
/// The message is one sentence of what, then where (file, byte or line), then what to do about it. What fails in
/// ordinary running (one request, one row) is a `Failure` in a `Result<T>` instead and never thrown.
class Error : public std::runtime_error {
  public:
    /// @param what   what is wrong, without a final full stop
    /// @param where  file and byte or line, or an option's name; may be empty
    /// @param advice what the user can do; may be empty
    Error(ErrorCode code, std::string what, std::string where = {}, std::string advice = {})
        : std::runtime_error(compose(what, where, advice)), code_(code), what_(std::move(what)),
          where_(std::move(where)), advice_(std::move(advice)) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& problem() const noexcept { return what_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] const std::string& advice() const noexcept { return advice_; }

    /// The same error seen from further out: `place` is put before what is known of the place.
    [[nodiscard]] Error within(std::string_view place) const {
        return {code_, what_, where_.empty() ? std::string(place) : std::string(place) + ", " + where_, advice_};
    }

  private:
    static std::string compose(const std::string& what, const std::string& where, const std::string& advice) {
        std::string text = where.empty() ? what : where + ": " + what;
        if (!advice.empty()) text += ". " + advice;
        return text;
    }

    ErrorCode code_;
    std::string what_, where_, advice_;
};

} // namespace familiar
