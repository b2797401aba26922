#include "support/git_id.hpp"
#include "support/plain_shares.hpp"

#include <familiar/core/thread_pool.hpp>
#include <familiar/core/version.hpp>
#include <familiar/kernels/cpu.hpp>
#include <familiar/kernels/parse_isa.hpp>

#include <benchmark/benchmark.h>

#include <exception>
#include <iostream>
#include <string>

namespace {

std::string instruction_sets() {
    std::string all;
    for (std::size_t i = 0; i < std::size(familiar::kernels::kIsaNames); ++i) {
        if (!familiar::kernels::available(static_cast<familiar::kernels::Isa>(i))) continue;
        if (!all.empty()) all.append(" ");
        all.append(familiar::kernels::kIsaNames[i]);
    }
    return all;
}

} // namespace

/// As BENCHMARK_MAIN, with what a figure is worth nothing without: which code, compiled how, on what.
int main(int argc, char** argv) {
    try {
        benchmark::AddCustomContext("familiar_version", familiar::kVersion);
        benchmark::AddCustomContext("git", FAMILIAR_GIT_ID);
        benchmark::AddCustomContext("compiler", FAMILIAR_COMPILER);
        benchmark::AddCustomContext("flags", FAMILIAR_FLAGS);
        benchmark::AddCustomContext("cpu", familiar::kernels::cpu_name());
        benchmark::AddCustomContext("isas", instruction_sets());
        benchmark::AddCustomContext("default_isa", std::string(to_string(familiar::kernels::isa_from_environment())));
        benchmark::AddCustomContext("threads", std::to_string(familiar::ThreadPool::available_threads()));
        // Debian's package is compiled without NDEBUG and says so of itself; it is not this program.
        benchmark::AddCustomContext("library_build_type_is_of", "Google Benchmark itself, not of familiar");
        benchmark::Initialize(&argc, argv);
        if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
        familiar::benchmarks::PlainShares reporter(*benchmark::CreateDefaultDisplayReporter());
        benchmark::RunSpecifiedBenchmarks(&reporter);
        benchmark::Shutdown();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "familiar_benchmarks: " << error.what() << "\n";
        return 2;
    }
}
