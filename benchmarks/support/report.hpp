#pragma once

#include "support/roofline.hpp"

#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How benchmarks are named and what they report: `area/operation/isa:avx512/m:128/k:384`, FLOP/s or bytes/s, and the
/// share of what the machine can do (support/plain_shares.hpp shows it without "/s").
namespace familiar::benchmarks {

/// `area/operation` with its shape, `isa` first.
inline std::string name_of(std::string_view operation, std::string_view isa,
                           std::span<const std::pair<std::string_view, std::string>> shape) {
    std::string name(operation);
    if (!isa.empty()) name.append("/isa:").append(isa);
    for (const auto& [key, value] : shape) name.append("/").append(key).append(":").append(value);
    return name;
}

inline std::string name_of(std::string_view operation, std::string_view isa,
                           std::initializer_list<std::pair<std::string_view, std::string>> shape) {
    return name_of(operation, isa, std::span(shape.begin(), shape.size()));
}

/// Calls `visit(backend)` for every instruction set of this machine.
template <class Visit> void for_each_backend(Visit visit) {
    for (std::size_t i = 0; i < std::size(kernels::kIsaNames); ++i) {
        const auto isa = static_cast<kernels::Isa>(i);
        if (kernels::available(isa)) visit(kernels::Dispatched(isa));
    }
}

/// 1, and what the process may use where that is more.
inline std::vector<std::size_t> thread_counts() {
    std::vector<std::size_t> counts{1};
    if (const std::size_t all = ThreadPool::available_threads(); all > 1) counts.push_back(all);
    return counts;
}

/// FLOP/s, and its share of what `threads` threads can do with this instruction set; none for the reference, whose
/// plain loops a compiler may well turn into vectors.
inline void report_flops(benchmark::State& state, kernels::Isa isa, double flop_per_iteration,
                         std::size_t threads = 1) {
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    state.counters["FLOP/s"] = benchmark::Counter(flop_per_iteration, rate);
    if (isa == kernels::Isa::reference) return;
    if (const double limit = Roofline::f32_flops(isa, threads); limit > 0.0) {
        state.counters["share"] = benchmark::Counter(flop_per_iteration / limit, rate);
    }
}

/// Bytes/s and its share of the memory's bandwidth (more than 1 where a cache serves).
inline void report_bytes(benchmark::State& state, double bytes_per_iteration, std::size_t threads = 1) {
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    state.counters["bytes/s"] = benchmark::Counter(bytes_per_iteration, rate, benchmark::Counter::kIs1024);
    if (const double limit = Roofline::read_bandwidth(threads); limit > 0.0) {
        state.counters["share"] = benchmark::Counter(bytes_per_iteration / limit, rate);
    }
}

/// FLOP/s and its share of the arithmetic limit, and as `memory_share` what reading `bytes` of weights takes of the
/// memory's bandwidth: the larger of the two is the share of the roofline.
inline void report_work(benchmark::State& state, kernels::Isa isa, double flop, double bytes, std::size_t threads) {
    report_flops(state, isa, flop, threads);
    if (const double limit = Roofline::read_bandwidth(threads); limit > 0.0) {
        state.counters["memory_share"] =
            benchmark::Counter(bytes / limit, benchmark::Counter::kIsIterationInvariantRate);
    }
}

/// How many `things` a second, where an iteration does `count` of them.
inline void report_rate(benchmark::State& state, const std::string& things, double count) {
    state.counters[things + "/s"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
}

/// Elements/s, for element-wise work that no roofline bounds.
inline void report_elements(benchmark::State& state, double elements_per_iteration) {
    report_rate(state, "elements", elements_per_iteration);
}

} // namespace familiar::benchmarks
