#pragma once

#include <familiar/core/result.hpp>
#include <familiar/transport/llm_request.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>

namespace familiar::transport {

/// Answers a request, or says why not; never throws for what fails in ordinary running. May be called from
/// `concurrency()` threads at once.
template <class T>
concept Asks = requires(T& t, const LlmRequest& request) {
    { t.ask(request) } -> std::same_as<Result<LlmReply>>;
};

/// How an LLM is reached. `identity` is the model and every parameter that may change a reply (never a key): what
/// caches are keyed by. `concurrency` is how many requests may usefully be under way at once (>= 1).
template <class T>
concept LlmTransport = Asks<T> && requires(const T& t) {
    { t.identity() } -> std::convertible_to<std::string>;
    { t.concurrency() } -> std::convertible_to<std::size_t>;
};

/// Capability: `LlmRequest::candidates` are scored; `scores_labels()` tells at run time for erased and wrapped
/// transports.
template <class T>
concept ScoresLabels = LlmTransport<T> && requires(const T& t) {
    { t.scores_labels() } -> std::convertible_to<bool>;
};

/// Capability: knows its context. `context()` in tokens, or nothing where it is not known; `count_tokens` of a whole
/// request, the longest candidate or the longest reply (`max_tokens`) included: exact for a local model, an upper bound
/// elsewhere.
template <class T>
concept KnowsContext = LlmTransport<T> && requires(const T& t, const LlmRequest& request) {
    { t.context() } -> std::same_as<std::optional<std::size_t>>;
    { t.count_tokens(request) } -> std::convertible_to<std::size_t>;
};

/// Capability: keeps the work done for a `Prompt::shared` and reuses it for later requests with the same one.
template <class T>
concept SharesPrefix = LlmTransport<T> && requires { requires T::kSharesPrefix; };

} // namespace familiar::transport
