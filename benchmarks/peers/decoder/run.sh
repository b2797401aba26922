#!/usr/bin/env bash
# Builds our side (Release), builds llama.cpp for this machine's processor from the source package of llama-cpp-python in an
# environment under build/peers/decoder (ten minutes and more, once), and compares. Arguments go to compare.py (--quick, --models,
# --jobs, --threads, --repeats, --seconds, --json). FAMILIAR_BUILD and PYTHON: see common.sh; JOBS: compilers at once.
. "$(dirname "$0")/../common.sh"
work=build/peers/decoder

build_peer familiar_decoder_peer
export CMAKE_ARGS="-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF" CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)}
make_environment "$work/environment" decoder --no-binary llama-cpp-python
exec "$work/environment/bin/python" benchmarks/peers/decoder/compare.py --peer "$build/bin/familiar_decoder_peer" \
    --work "$work/given" "$@"
