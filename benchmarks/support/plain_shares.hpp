#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace familiar::benchmarks {

/// Hands on to another reporter, and takes from the shares the "/s" of a rate: a share is work per second over a limit
/// per second, a plain number. Google Benchmark has divided by the time before a reporter sees a counter.
class PlainShares : public benchmark::BenchmarkReporter {
  public:
    /// `inner` must outlive this.
    explicit PlainShares(benchmark::BenchmarkReporter& inner) : inner_(inner) {}

    bool ReportContext(const Context& context) override { return inner_.ReportContext(context); }
    void ReportRuns(const std::vector<Run>& runs) override {
        std::vector<Run> plain = runs;
        for (auto& run : plain) {
            for (const char* const name : {"share", "memory_share"}) {
                const auto counter = run.counters.find(name);
                if (counter != run.counters.end()) counter->second.flags = benchmark::Counter::kDefaults;
            }
        }
        inner_.ReportRuns(plain);
    }
    void Finalize() override { inner_.Finalize(); }

  private:
    benchmark::BenchmarkReporter& inner_;
};

} // namespace familiar::benchmarks
