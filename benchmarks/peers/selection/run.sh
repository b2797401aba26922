#!/usr/bin/env bash
# Builds the benchmarks (Release), makes a Python environment with the pinned peers in build/peers-selection, and compares
# search, clustering and BM25. Arguments go to selection.py (--repeats, --threads, --only, --json).
# FAMILIAR_BUILD: another build folder than build/release; PYTHON: another interpreter than python3.
set -euo pipefail
cd "$(dirname "$0")/../../.."
build=${FAMILIAR_BUILD:-build/release}
environment=build/peers-selection

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFAMILIAR_BUILD_BENCHMARKS=ON >/dev/null
cmake --build "$build" --target familiar_selection_peer >&2

"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/peers/selection/requirements.txt
exec "$environment/bin/python" benchmarks/peers/selection/selection.py --peer "$build/bin/familiar_selection_peer" \
    --work "$environment/data" "$@"
