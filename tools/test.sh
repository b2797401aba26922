#!/usr/bin/env bash
# Sets up, builds everything and runs every test. Arguments go to ctest, e.g. `tools/test.sh -R unit_text`.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh
cmake --preset release -DFAMILIAR_BUILD_TESTS=ON -DFAMILIAR_BUILD_BENCHMARKS=ON >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
cmake --build --preset release
log=$(mktemp)
status=0
ctest --preset release --output-log "$log" --verbose "$@" >/dev/null || status=$?
grep -E '^ *[0-9]+/[0-9]+ Test|tests passed|tests failed|^Total Test time' "$log" || true
if [ $status -ne 0 ]; then
    echo "---- output of the failed tests" >&2
    ctest --preset release --rerun-failed --output-on-failure >&2 || true
fi
skipped=$(grep -o 'SKIPPED: .*' "$log" | sort | uniq -c | sort -rn || true)
[ -z "$skipped" ] || printf 'SKIPPED, for want of files:\n%s\n' "$skipped"
rm -f "$log"
exit $status
