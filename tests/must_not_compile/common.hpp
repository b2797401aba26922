#pragma once

#include <familiar/pipeline/compose.hpp>

/// Policies that are well made, for the cases beside them, each of which has one mistake.
namespace good {

using namespace familiar;

struct Plugin {
    void prepare(const Task&, std::span<const Example>) {}
    std::vector<Prediction> predict(std::span<const Example> examples) {
        return std::vector<Prediction>(examples.size(), Prediction{0, 1.0, {}});
    }
    std::string identity() const { return "plugin"; }
};

struct OtherPlugin : Plugin {};

struct Selector {
    static constexpr bool depends_on_query = false;
    void prepare(const Task&, std::span<const Example>, std::uint64_t) {}
    std::vector<std::vector<std::size_t>> select(std::span<const Example> queries, std::size_t) {
        return std::vector<std::vector<std::size_t>>(queries.size());
    }
    std::string identity() const { return "selector"; }
};

struct Transport {
    Result<transport::LlmReply> ask(const transport::LlmRequest&) { return transport::LlmReply{}; }
    std::string identity() const { return "transport"; }
    std::size_t concurrency() const { return 1; }
};

struct Decision {
    bool asks(const std::optional<Prediction>&) const { return true; }
    Answer decide(const Task&, const std::optional<Prediction>&, const std::optional<LlmVerdict>&) const { return {}; }
    std::string identity() const { return "decision"; }
};

} // namespace good
