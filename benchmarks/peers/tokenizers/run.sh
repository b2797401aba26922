#!/usr/bin/env bash
# Builds the program that is compared (-O3), makes a Python environment with the pinned peer in build/peers/tokenizers, and
# compares ids and speed. Arguments go to compare.py (--data, --models, --repeats, --json).
# CXX: another compiler than g++; PYTHON: another interpreter than python3.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=build/peers/tokenizers
mkdir -p "$work"
"${CXX:-g++}" -std=c++20 -O3 -DNDEBUG -Wno-restrict -Iinclude benchmarks/peers/tokenizers/encode_lines.cpp -o "$work/encode_lines" \
    -lutf8proc
"${PYTHON:-python3}" -m venv "$work/environment"
"$work/environment/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/peers/tokenizers/requirements.txt
exec "$work/environment/bin/python" benchmarks/peers/tokenizers/compare.py --program "$work/encode_lines" --work "$work" "$@"
