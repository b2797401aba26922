#!/usr/bin/env bash
# Builds our side (Release), makes a Python environment with the pinned peers in build/peers/encoder, makes their graphs from
# the model's safetensors file, and compares. Arguments go to compare.py (--quick, --threads, --repeats, --seconds, --rows,
# --peers, --cases, --clock, --json). FAMILIAR_BUILD and PYTHON: see common.sh.
. "$(dirname "$0")/../common.sh"
work=build/peers/encoder

build_peer familiar_encoder_peer
make_environment "$work/environment" encoder
exec "$work/environment/bin/python" benchmarks/peers/encoder/compare.py --peer "$build/bin/familiar_encoder_peer" \
    --work "$work/graphs" "$@"
