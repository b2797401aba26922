#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <algorithm>
#include <cstddef>

namespace familiar::transport {

/// Tokens of a request's prompt: what `count_tokens` says less the longest reply that may come, of which a scored
/// candidate counts for one token. As exact as `count_tokens` is.
template <KnowsContext T> [[nodiscard]] std::size_t prompt_tokens(const T& transport, const LlmRequest& request) {
    const std::size_t all = transport.count_tokens(request);
    return all - std::min(all, request.candidates.empty() ? request.max_tokens : std::size_t{1});
}

} // namespace familiar::transport
