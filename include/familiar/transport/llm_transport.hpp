#pragma once

#include <familiar/core/result.hpp>
#include <familiar/transport/llm_request.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace familiar::transport {

/// Answers a request, or says why not; never throws for what fails in ordinary running. May be called from
/// `concurrency()` threads at once.
template <class T>
concept Asks = requires(T& t, const LlmRequest& request) {
    { t.ask(request) } -> std::same_as<Result<LlmReply>>;
};

/// How an LLM is reached. `identity` is the model and every parameter that may change a reply (never a key): what
/// caches are keyed by. `concurrency` is how many requests may be under way at once (>= 1).
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

/// Capability: several requests at once cost less than one after another. One reply a request, in order, each the
/// answer that the request alone would have had, to the last bit; a failed one says nothing of the others. A type that
/// learns at run time only whether it can has `completes_in_batches()` besides.
template <class T>
concept CompletesInBatches = LlmTransport<T> && requires(T& t, std::span<const LlmRequest> requests) {
    { t.ask(requests) } -> std::same_as<std::vector<Result<LlmReply>>>;
};

/// Whether batches are worth making for this transport: by its type, or asked of it where only it knows.
template <LlmTransport T> [[nodiscard]] constexpr bool completes_in_batches(const T& transport) noexcept {
    if constexpr (requires { transport.completes_in_batches(); }) {
        return transport.completes_in_batches();
    } else {
        return CompletesInBatches<T>;
    }
}

/// Capability: keeps the work done for a `Prompt::shared` and reuses it for later requests with the same one.
template <class T>
concept SharesPrefix = LlmTransport<T> && requires { requires T::kSharesPrefix; };

} // namespace familiar::transport
