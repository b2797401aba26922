#pragma once

#include <familiar/core/reflection.hpp>
#include <familiar/transport/llm_transport.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace familiar::transport {

/// The null policy of the LLM slot: nobody is asked, the plug-in decides alone.
class NoTransport {
  public:
    static constexpr std::string_view kName = "none";
    static constexpr bool kAbsent = true;

    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters);
    };

    NoTransport() = default;
    explicit NoTransport(const Parameters&) {}

    [[nodiscard]] Result<LlmReply> ask(const LlmRequest&) const {
        return Failure{ErrorCode::invalid_argument, "there is no LLM to ask: the transport is `none`",
                       FailureScope::run};
    }
    [[nodiscard]] std::string identity() const { return "none"; }
    [[nodiscard]] std::size_t concurrency() const noexcept { return 1; }
};

static_assert(LlmTransport<NoTransport>);

} // namespace familiar::transport
