#include <familiar/pipeline/replies_only.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace familiar;

namespace {

struct Rows {
    std::set<std::size_t> kept;
    std::optional<transport::LlmReply> find_reply(std::size_t row, pipeline::Step, const transport::LlmRequest&) const {
        return kept.contains(row) ? std::optional(transport::LlmReply()) : std::nullopt;
    }
    void keep_reply(std::size_t row, pipeline::Step, const transport::LlmRequest&, const transport::LlmReply&) {
        kept.insert(row);
    }
};

} // namespace

TEST_CASE("replies are kept under rows of their own, outcomes are not") {
    Rows rows;
    pipeline::RepliesOnly<Rows> replies{&rows, 100};
    replies.keep_reply(3, pipeline::Step::label, {}, {});
    replies.keep_row(4, {});
    CHECK(rows.kept == std::set<std::size_t>{103});
    CHECK(replies.find_reply(3, pipeline::Step::label, {}));
    CHECK_FALSE(replies.find_reply(4, pipeline::Step::label, {}));
    CHECK(replies.rows().empty());
}
