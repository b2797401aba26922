#!/usr/bin/env bash
# Builds the program that is compared (-O3), makes a Python environment with the pinned peer in build/peers/tokenizers, and
# compares ids and speed. Arguments go to compare.py (--data, --models, --repeats, --json).
# CXX: another compiler than g++; PYTHON: see common.sh.
. "$(dirname "$0")/../common.sh"
work=build/peers/tokenizers
mkdir -p "$work"
"${CXX:-g++}" -std=c++20 -O3 -DNDEBUG -Wno-restrict -Iinclude benchmarks/peers/tokenizers/encode_lines.cpp -o "$work/encode_lines" \
    -lutf8proc
make_environment "$work/environment" tokenizers
exec "$work/environment/bin/python" benchmarks/peers/tokenizers/compare.py --program "$work/encode_lines" --work "$work" "$@"
