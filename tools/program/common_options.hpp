#pragma once

#include <CLI/CLI.hpp>

#include <familiar/core/cancellation.hpp>
#include <familiar/core/thread_pool.hpp>
#include <familiar/kernels/dispatched.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace program {

/// Set by Ctrl-C; whoever runs long looks at it.
inline familiar::Cancellation& cancellation() {
    static familiar::Cancellation flag;
    return flag;
}

/// The options that every command has.
struct CommonOptions {
    std::size_t threads = familiar::ThreadPool::available_threads();
    std::string isa;
    bool quiet = false;
    bool json = false;

    void declare(CLI::App& app) {
        app.add_option("--threads", threads, "Threads to work with, at least 1")
            ->capture_default_str()
            ->check(CLI::Range(1, 4096));
        app.add_option(
            "--isa", isa,
            "Instruction set: reference, xsimd, avx2, avx512, avx512_vnni or avx512_bf16 (default: $FAMILIAR_ISA, "
            "else the best)");
        app.add_flag("--quiet", quiet, "Print errors only (default: off)");
        app.add_flag("--json", json, "Print results as one JSON document (default: off)");
    }

    [[nodiscard]] std::shared_ptr<familiar::ThreadPool> make_pool() const {
        return std::make_shared<familiar::ThreadPool>(threads);
    }

    [[nodiscard]] familiar::kernels::Dispatched make_kernels() const {
        return isa.empty() ? familiar::kernels::Dispatched()
                           : familiar::kernels::Dispatched(familiar::kernels::parse_isa(isa));
    }
};

} // namespace program
