#include "decoder/decoder_work.hpp"
#include "support/report.hpp"
#include "support/resources.hpp"
#include "support/sample_task.hpp"

#include <familiar/demonstration/balanced_selector.hpp>
#include <familiar/prompt/our_format.hpp>
#include <familiar/transport/embedded_transport.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

/// SmolLM2 scores the labels of a customer-support task (12 labels, data/support in this repository) as a pipeline asks
/// for them: demonstrations in a prefix that all queries share, chat prompts. A query's own tokens and its candidates
/// go through the layers; the prefix did before (`prefix:kept`) or does with the query (`prefix:new`).
namespace familiar::benchmarks {
namespace {

constexpr std::size_t kQueries = 16;

std::vector<transport::LlmRequest> make_requests(std::size_t demonstrations) {
    const SampleTask& sample = sample_task();
    const prompt::OurFormat format;
    demonstration::BalancedSelector selector;
    selector.prepare(sample.task, sample.train, 0);
    std::vector<Demonstration> shown;
    const auto selection = selector.select(std::span(sample.test).first(1), demonstrations);
    for (const std::size_t position : selection.front()) {
        shown.push_back({sample.train[position], std::nullopt});
    }
    prompt::PrefixParts parts;
    parts.demonstrations = shown;
    const auto shared = format.prefix(sample.task, parts);
    std::vector<transport::LlmRequest> requests;
    for (const auto& example : std::span(sample.test).first(kQueries)) {
        transport::LlmRequest request;
        request.prompt = format.query(sample.task, shared, example, std::nullopt);
        for (const auto& label : sample.task.labels) request.candidates.push_back(format.candidate(label));
        requests.push_back(std::move(request));
    }
    return requests;
}

/// What the layers and the head have to do for a reply.
double flop(const decoder::DecoderShape& shape, const transport::LlmReply& reply) {
    const auto prompt = static_cast<double>(reply.usage.prompt), kept = static_cast<double>(reply.usage.reused);
    double all = decoder_flop(shape, prompt - kept, keys_seen(kept, prompt - kept), 1.0);
    for (const std::size_t tokens : reply.candidate_tokens) {
        const auto more = static_cast<double>(tokens - 1); // the last one needs no pass, the first no row of its own
        all += decoder_flop(shape, more, keys_seen(prompt, more), more);
    }
    return all;
}

enum class Prefix { kept, fresh };

/// @param together queries in one call
void score(benchmark::State& state, std::size_t demonstrations, std::size_t together, Prefix prefix,
           std::size_t threads) {
    const auto folder = model("smollm2-135m");
    if (!is_here(state, folder, "smollm2-135m")) return;
    ThreadPool pool(threads);
    const kernels::Dispatched kernels;
    transport::EmbeddedTransport llm(transport::EmbeddedTransport::Parameters(folder->string()), pool);
    const auto requests = make_requests(demonstrations);
    for (const auto& request : requests) {
        if (llm.count_tokens(request) <= *llm.context()) continue;
        state.SkipWithError("the demonstrations do not fit into the model's context");
        return;
    }
    // Once beforehand: memory, and the prefix where it is to be kept. `reused` counts from the second time on.
    std::vector<Result<transport::LlmReply>> replies;
    for (int i = 0; i < 2; ++i) replies = llm.ask(requests);
    double flops = 0.0, prompt = 0.0, own = 0.0;
    for (auto& reply : replies) {
        if (!reply) {
            state.SkipWithError(reply.failure().message.c_str());
            return;
        }
        if (prefix == Prefix::fresh) reply->usage.reused = 0;
        flops += flop(llm.model().shape(), *reply) / kQueries;
        prompt += static_cast<double>(reply->usage.prompt) / kQueries;
        own += static_cast<double>(reply->usage.prompt - reply->usage.reused) / kQueries;
    }
    std::size_t next = 0;
    for (auto _ : state) {
        if (prefix == Prefix::fresh) llm.model().prefixes().cache().clear();
        benchmark::DoNotOptimize(llm.ask(std::span(requests).subspan(next, together)));
        next = (next + together) % kQueries;
    }
    const auto queries = static_cast<double>(together);
    report_flops(state, kernels.isa(), flops * queries, threads);
    report_rate(state, "queries", queries);
    state.counters["prompt_tokens"] = prompt;
    state.counters["own_tokens"] = own;
}

void add(std::size_t demonstrations, std::size_t together, Prefix prefix, std::size_t threads) {
    benchmark::RegisterBenchmark(
        name_of("decoder/score", kernels::Dispatched().name(),
                {{"demonstrations", std::to_string(demonstrations)},
                 {"queries", std::to_string(together)},
                 {"prefix", prefix == Prefix::kept ? "kept" : "new"},
                 {"threads", std::to_string(threads)}})
            .c_str(),
        [=](benchmark::State& state) { score(state, demonstrations, together, prefix, threads); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

const bool kRegistered = [] {
    const std::size_t all = thread_counts().back();
    for (const std::size_t demonstrations : {0, 1, 2, 4, 8, 16, 32, 64}) add(demonstrations, 1, Prefix::kept, all);
    for (const std::size_t demonstrations : {0, 16, 64}) add(demonstrations, kQueries, Prefix::kept, all);
    for (const std::size_t demonstrations : {0, 16, 64}) add(demonstrations, 1, Prefix::fresh, all);
    if (all != 1) add(16, 1, Prefix::kept, 1);
    return true;
}();

} // namespace
} // namespace familiar::benchmarks
