#pragma once

#include <familiar/core/error.hpp>

namespace program {

/// What the program ends with, as the contract has it.
enum ExitStatus : int { kDone = 0, kFailed = 1, kWrongUse = 2, kSomeRowsFailed = 3, kInterrupted = 130 };

/// Wrong use is what another command line would mend; everything else is work that failed.
inline ExitStatus exit_status_of(familiar::ErrorCode code) noexcept {
    if (code == familiar::ErrorCode::cancelled) return kInterrupted;
    return static_cast<int>(code) < 200 ? kWrongUse : kFailed;
}

} // namespace program
