#!/usr/bin/env bash
# Builds what is compared (Release), makes a Python environment with the pinned peers in build/peers, and runs the
# comparison. Arguments go to encoder_onnxruntime.py (--repeats, --seconds, --threads, --json).
# FAMILIAR_BUILD: another build folder than build/release; PYTHON: another interpreter than python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${FAMILIAR_BUILD:-build/release}
environment=build/peers

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$build" --target familiar familiar_benchmarks >&2

"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt
exec "$environment/bin/python" benchmarks/peers/encoder_onnxruntime.py --benchmarks "$build/bin/familiar_benchmarks" \
    --familiar "$build/bin/familiar" --work "$environment/graphs" "$@"
