#include <familiar/transport/wrapped_transport.hpp>

#include "capable_transport.hpp"

#include <catch2/catch.hpp>

using namespace familiar;
using namespace familiar::transport;

namespace {

template <class T> struct Passing : WrappedTransport<T> {
    using WrappedTransport<T>::WrappedTransport;
    Result<LlmReply> ask(const LlmRequest& request) { return this->transport_.ask(request); }
    [[nodiscard]] std::string identity() const { return this->transport_.identity(); }
};

struct Plain {
    Result<LlmReply> ask(const LlmRequest&) { return LlmReply{}; }
    [[nodiscard]] std::string identity() const { return "plain"; }
    [[nodiscard]] std::size_t concurrency() const { return 1; }
};

} // namespace

TEST_CASE("a wrapped transport has the capabilities of what it wraps, and no other") {
    using All = Passing<familiar::tests::Capable>;
    static_assert(ScoresLabels<All> && KnowsContext<All> && SharesPrefix<All>);
    static_assert(LlmTransport<Passing<Plain>>);
    static_assert(!ScoresLabels<Passing<Plain>> && !KnowsContext<Passing<Plain>> && !SharesPrefix<Passing<Plain>>);

    const All all(familiar::tests::Capable{});
    CHECK(all.completes_in_batches());
    CHECK(all.concurrency() == 3);
    CHECK(all.scores_labels());
    CHECK(all.context() == 77);
    CHECK(all.count_tokens({}) == 7);
    CHECK(all.wrapped().name == "capable");
    CHECK_FALSE(Passing<Plain>(Plain{}).completes_in_batches());
}
