#!/usr/bin/env bash
# Runs the tests of what reads foreign bytes under ASan+UBSan, and of what shares data between threads under TSan. Takes long
# on two cores; `test_sanitizers.sh PRESET TARGET...` runs these alone, e.g. `test_sanitizers.sh asan unit_kernels`.
set -euo pipefail
cd "$(dirname "$0")/.."
export TSAN_OPTIONS="suppressions=$PWD/tools/tsan_suppressions.txt ${TSAN_OPTIONS:-}"

check() { # preset, targets
    local preset=$1
    shift
    local log="build/$preset.log"
    mkdir -p build
    cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    cmake --build --preset "$preset" --target "$@" | tail -n 1
    for target in "$@"; do
        echo "$preset: $target"
        "build/$preset/bin/$target" >"$log" 2>&1 || { tail -n 100 "$log" >&2; exit 1; }
        tail -n 2 "$log"
    done
}

if [ $# -gt 1 ]; then
    check "$@"
    exit
fi
check asan unit_text unit_weights unit_tensor unit_kernels unit_transport fuzz_short_{gguf,safetensors,tokenizer,config,text}
check tsan unit_core unit_transport unit_pipeline
