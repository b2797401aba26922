#pragma once

#include <familiar/core/error.hpp>

#include <catch2/catch.hpp>

namespace familiar::tests {

/// Calls `work`, which must throw an Error, and gives that.
template <class Work> Error error_of(Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    FAIL("an Error was expected, nothing was thrown");
    return {ErrorCode::invalid_argument, "unreachable"};
}

/// The code of the Error that `work` must throw.
template <class Work> ErrorCode code_of(Work&& work) {
    return error_of(work).code();
}

} // namespace familiar::tests
