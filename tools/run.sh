#!/usr/bin/env bash
# The main job: sets up, builds, and runs zero-shot, ICL, plug-in alone, SuperICL and SuperICL with plug-in and LLM weighed
# (fused) on the sample task; prints one table.
# Arguments go to every run, e.g. `tools/run.sh --limit 20`. The runs lie in runs/support/; the same call again asks nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
if [ ! -f build/release/build.ninja ]; then
    cmake --preset release -DFAMILIAR_BUILD_TESTS=OFF -DFAMILIAR_BUILD_BENCHMARKS=OFF >build.log 2>&1 || { cat build.log >&2; exit 1; }
    rm -f build.log
fi
cmake --build --preset release --target familiar_program | tail -n 1 >&2

out=runs/support
[ $# -eq 0 ] || out="runs/support-$(printf '%s ' "$@" | sha256sum | cut -c1-8)"
run() { # name, options
    echo "== $1" >&2
    build/release/bin/familiar run data/support --out "$out/$1" "${@:2}" >/dev/null
}
compared=()
for method in zero-shot icl plugin supericl; do
    run "$method" --method "$method" "$@"
    compared+=("$out/$method")
done
# Weighing needs an LLM that tells probabilities, and no other --decision among the arguments.
status=0
run fused --method supericl --decision fuse "$@" || status=$?
case $status in
0) compared+=("$out/fused") ;;
1 | 2) echo "== fused is left out" >&2 ;;
*) exit $status ;;
esac
build/release/bin/familiar compare "${compared[@]}"
