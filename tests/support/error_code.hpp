#pragma once

#include <familiar/core/error.hpp>

#include <catch2/catch.hpp>

namespace familiar::tests {

/// The code of the Error that the action throws; the test fails where it throws none.
template <class Action> ErrorCode code_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("nothing was thrown");
    return ErrorCode::invalid_argument;
}

} // namespace familiar::tests
