#pragma once

#include <familiar/transport/llm_transport.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace familiar::laws {

/// Whether two replies to one request are the same answer: how it came, and what it cost, may differ.
inline bool same_answer(const transport::LlmReply& a, const transport::LlmReply& b) {
    return a.text == b.text && a.candidate_logprobs == b.candidate_logprobs &&
           a.candidate_tokens == b.candidate_tokens && a.first_token == b.first_token &&
           a.finish_reason == b.finish_reason;
}

/// The laws of `LlmTransport` for one that answers greedily: it may be asked from several threads, the same request has
/// the same answer, candidates are scored all and with log-probabilities that are none above 0, `identity` stays, and a
/// longer prompt counts no fewer tokens.
///
/// @param requests at least one; all of them must be answered
template <transport::LlmTransport T>
void check_transport_laws(T& transport, std::span<const transport::LlmRequest> requests) {
    const std::string identity = transport.identity();
    CHECK_FALSE(identity.empty());
    REQUIRE(transport.concurrency() >= 1);

    std::vector<transport::LlmReply> replies;
    for (const auto& request : requests) {
        auto reply = transport.ask(request);
        REQUIRE(reply.has_value());
        if constexpr (transport::ScoresLabels<T>) {
            if (transport.scores_labels() && !request.candidates.empty()) {
                REQUIRE(reply->candidate_logprobs.size() == request.candidates.size());
                CHECK(reply->candidate_tokens.size() == request.candidates.size());
                for (const double logprob : reply->candidate_logprobs) {
                    CHECK_FALSE(std::isnan(logprob));
                    CHECK(logprob <= 1e-6);
                }
            }
        }
        CHECK(reply->usage.reused <= reply->usage.prompt);
        replies.push_back(std::move(*reply));
    }

    // Catch's assertions are not made for several threads: they only count.
    std::atomic<std::size_t> wrong{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < std::min<std::size_t>(transport.concurrency(), 4); ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < requests.size(); ++i) {
                const std::size_t at = (i + t) % requests.size();
                const auto reply = transport.ask(requests[at]);
                if (!reply || !same_answer(*reply, replies[at])) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);

    if constexpr (transport::CompletesInBatches<T>) { // together as one by one, to the last bit
        std::vector<transport::LlmRequest> twice(requests.begin(), requests.end());
        twice.insert(twice.end(), requests.rbegin(), requests.rend());
        const auto together = transport.ask(std::span<const transport::LlmRequest>(twice));
        REQUIRE(together.size() == twice.size());
        for (std::size_t i = 0; i < together.size(); ++i) {
            REQUIRE(together[i].has_value());
            const std::size_t alone = i < requests.size() ? i : twice.size() - 1 - i;
            CHECK(same_answer(*together[i], replies[alone]));
        }
        CHECK(transport.ask(std::span<const transport::LlmRequest>()).empty());
    }

    if constexpr (transport::KnowsContext<T>) {
        if (transport.context()) {
            for (const auto& request : requests) {
                auto longer = request;
                if (longer.prompt.form == prompt::Form::text) {
                    longer.prompt.query.text += " and many more words after them";
                } else {
                    longer.prompt.query.messages.back().content += " and many more words after them";
                }
                CHECK(transport.count_tokens(request) > 0);
                CHECK(transport.count_tokens(longer) > transport.count_tokens(request));
            }
        }
    }
    CHECK(transport.identity() == identity);
}

/// A request in chat form, or in text form, for the laws.
inline transport::LlmRequest plain_request(const std::string& text, bool chat = true,
                                           std::vector<std::string> candidates = {}) {
    transport::LlmRequest request;
    auto shared = std::make_shared<prompt::PromptPart>();
    request.prompt.form = chat ? prompt::Form::chat : prompt::Form::text;
    if (chat) {
        shared->messages.push_back({text::Role::system, "Answer."});
        request.prompt.query.messages.push_back({text::Role::user, text});
    } else {
        shared->text = "Answer.\n";
        request.prompt.query.text = text;
    }
    request.prompt.shared = std::move(shared);
    request.candidates = std::move(candidates);
    request.max_tokens = request.candidates.empty() ? 8 : 0;
    return request;
}

} // namespace familiar::laws
