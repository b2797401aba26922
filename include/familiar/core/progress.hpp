#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace familiar {

/// How far a longer piece of work has come. The library never prints: a caller's sink does.
struct ProgressEvent {
    std::string_view stage; ///< `plugin`, `llm`, `embed` …
    std::size_t done = 0;
    std::size_t total = 0; ///< 0 where it is not known
};

/// Called from the thread that runs the work, never from two threads at once; may be empty.
using ProgressSink = std::function<void(const ProgressEvent&)>;

} // namespace familiar
