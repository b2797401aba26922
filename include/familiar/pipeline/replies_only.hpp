#pragma once

#include <familiar/pipeline/row_outcome.hpp>
#include <familiar/transport/llm_request.hpp>

#include <cstddef>
#include <map>
#include <optional>

namespace familiar::pipeline {

/// A store for rows that are answered to learn from them, beside those of a run: it keeps their replies, under row
/// numbers of their own, so that nothing is asked twice, and no outcomes.
template <class Store> struct RepliesOnly {
    Store* store;
    std::size_t first_row;

    [[nodiscard]] std::map<std::size_t, RowOutcome> rows() const { return {}; }
    [[nodiscard]] std::optional<transport::LlmReply> find_reply(std::size_t row, Step step,
                                                                const transport::LlmRequest& request) {
        return store->find_reply(first_row + row, step, request);
    }
    void keep_reply(std::size_t row, Step step, const transport::LlmRequest& request,
                    const transport::LlmReply& reply) {
        store->keep_reply(first_row + row, step, request, reply);
    }
    void keep_row(std::size_t, const RowOutcome&) const noexcept {}
};

} // namespace familiar::pipeline
