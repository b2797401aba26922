#!/usr/bin/env bash
# Builds the benchmarks (Release), makes a Python environment with the pinned peers in build/peers-selection, and compares
# search, clustering and BM25. Arguments go to selection.py (--repeats, --threads, --only, --json).
# FAMILIAR_BUILD and PYTHON: see common.sh.
. "$(dirname "$0")/../common.sh"
environment=build/peers-selection

build_peer familiar_selection_peer
make_environment "$environment" selection
exec "$environment/bin/python" benchmarks/peers/selection/selection.py --peer "$build/bin/familiar_selection_peer" \
    --work "$environment/data" "$@"
