#!/usr/bin/env bash
# Builds our side (Release), makes a Python environment with the pinned peers in build/peers/encoder, makes their graphs from
# the model's safetensors file, and compares. Arguments go to compare.py (--quick, --threads, --repeats, --seconds, --rows,
# --peers, --cases, --clock, --json).
# FAMILIAR_BUILD: another build folder than build/release; PYTHON: another interpreter than python3.
set -euo pipefail
cd "$(dirname "$0")/../../.."
build=${FAMILIAR_BUILD:-build/release}
work=build/peers/encoder

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFAMILIAR_BUILD_BENCHMARKS=ON >/dev/null
cmake --build "$build" --target familiar_encoder_peer >&2

mkdir -p "$work"
"${PYTHON:-python3}" -m venv "$work/environment"
"$work/environment/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/peers/encoder/requirements.txt
exec "$work/environment/bin/python" benchmarks/peers/encoder/compare.py --peer "$build/bin/familiar_encoder_peer" \
    --work "$work/graphs" "$@"
