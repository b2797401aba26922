#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace familiar::transport {

/// What a decorator of `T` can do because `T` can: all capabilities but asking, which is the decorator's own matter.
template <LlmTransport T> class WrappedTransport {
  public:
    explicit WrappedTransport(T transport) : transport_(std::move(transport)) {}

    [[nodiscard]] bool completes_in_batches() const noexcept { return transport::completes_in_batches(transport_); }

    [[nodiscard]] std::size_t concurrency() const { return transport_.concurrency(); }

    [[nodiscard]] bool scores_labels() const
        requires ScoresLabels<T>
    {
        return transport_.scores_labels();
    }

    [[nodiscard]] std::optional<std::size_t> context() const
        requires KnowsContext<T>
    {
        return transport_.context();
    }

    [[nodiscard]] std::size_t count_tokens(const LlmRequest& request) const
        requires KnowsContext<T>
    {
        return transport_.count_tokens(request);
    }

    static constexpr bool kSharesPrefix = SharesPrefix<T>;

    [[nodiscard]] T& wrapped() noexcept { return transport_; }
    [[nodiscard]] const T& wrapped() const noexcept { return transport_; }

  protected:
    T transport_;
};

} // namespace familiar::transport
