#!/usr/bin/env bash
# Builds our side (Release), builds llama.cpp for this machine's processor from the source package of llama-cpp-python in an
# environment under build/peers/decoder (ten minutes and more, once), and compares. Arguments go to compare.py (--quick, --models,
# --jobs, --threads, --repeats, --seconds, --json).
# FAMILIAR_BUILD: another build folder than build/release; PYTHON: another interpreter than python3; JOBS: compilers at once.
set -euo pipefail
cd "$(dirname "$0")/../../.."
build=${FAMILIAR_BUILD:-build/release}
work=build/peers/decoder

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFAMILIAR_BUILD_BENCHMARKS=ON >/dev/null
cmake --build "$build" --target familiar_decoder_peer >&2

mkdir -p "$work"
"${PYTHON:-python3}" -m venv "$work/environment"
CMAKE_ARGS="-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF" CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)} \
    "$work/environment/bin/pip" install --quiet --disable-pip-version-check --no-binary llama-cpp-python \
    -r benchmarks/peers/decoder/requirements.txt
exec "$work/environment/bin/python" benchmarks/peers/decoder/compare.py --peer "$build/bin/familiar_decoder_peer" \
    --work "$work/given" "$@"
