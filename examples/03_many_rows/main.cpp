// What `familiar run` does, in one call: every row of a split, several requests at once, everything kept on disk.
#include <familiar/pipeline/run_task.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    using namespace familiar;
    pipeline::RunOptions options;
    options.task = argc > 1 ? argv[1] : "data/support";
    options.out = argc > 2 ? argv[2] : "runs/example";
    options.method = "plugin"; // supericl, icl, zero-shot …
    options.limit = 60;

    ThreadPool pool;
    const auto outcome = pipeline::run_task(options, pool, kernels::Dispatched());
    if (!outcome.report) return 1;
    std::printf("%zu rows, accuracy %s\n", outcome.report->rows,
                *outcome.report->accuracy > 2 * *outcome.report->majority_share ? "far above the majority" : "low");
    return outcome.exit_status();
}
