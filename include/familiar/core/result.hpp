#pragma once

#include <familiar/core/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace familiar {

/// How far a failure reaches.
enum class FailureScope {
    row, ///< this request or row; the others go on
    run, ///< every further request would fail the same way (a wrong key, say): the run ends
};

/// Why one request or one row has no value.
struct Failure {
    ErrorCode code = ErrorCode::invalid_argument;
    std::string message; ///< as a user should read it, secrets removed
    FailureScope scope = FailureScope::row;

    [[nodiscard]] Error to_error() const { return {code, message}; }
    friend bool operator==(const Failure&, const Failure&) = default;
};

/// A value, or why there is none. For what fails in ordinary running; `value()` of a failure throws its `Error`.
template <class T> class Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& value() & { return require(), std::get<0>(state_); }
    [[nodiscard]] const T& value() const& { return require(), std::get<0>(state_); }
    [[nodiscard]] T&& value() && { return require(), std::get<0>(std::move(state_)); }

    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    /// Precondition: !has_value().
    [[nodiscard]] const Failure& failure() const { return std::get<1>(state_); }

  private:
    void require() const {
        if (!has_value()) throw failure().to_error();
    }

    std::variant<T, Failure> state_;
};

/// Values and failures of as many requests, as one: the failure where there is one, else the value. Both are moved
/// from.
template <class T>
[[nodiscard]] std::vector<Result<T>> results_of(std::vector<T>& values, std::vector<std::optional<Failure>>& failures) {
    std::vector<Result<T>> results;
    results.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (failures[i]) {
            results.emplace_back(std::move(*failures[i]));
        } else {
            results.emplace_back(std::move(values[i]));
        }
    }
    return results;
}

} // namespace familiar
