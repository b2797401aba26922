#!/usr/bin/env bash
# Makes a Debian 12 machine ready to build: installs the missing packages (as root, or through sudo) and fetches the two
# default models. Does nothing, at once, where everything is there. Options: --no-models.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(g++ cmake ninja-build ccache pkg-config git python3 python3-pip ca-certificates
          libboost-dev nlohmann-json3-dev libxsimd-dev libxtensor-dev libhnswlib-dev libsqlite3-dev libssl-dev libcpp-httplib-dev libutf8proc-dev
          libcli11-dev libfmt-dev catch2 libbenchmark-dev)
if [ -n "${FAMILIAR_SETUP_CHECKS:-}" ]; then # what .ci/run needs beside: formatting, the second compiler
    packages+=(clang-16 clang-format-16)
fi
if [ -n "${FAMILIAR_SETUP_AARCH64:-}" ]; then # what tools/test_aarch64.sh needs
    packages+=(g++-aarch64-linux-gnu qemu-user)
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "setup.sh: ${missing[*]} are missing; install them, or run this as root or with sudo" >&2; exit 1; }
        as_root=(sudo)
    fi
    echo "setup: installing ${#missing[@]} packages" >&2
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
           apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "setup.sh: apt-get could not install ${missing[*]} (whole log: $log)" >&2
        exit 1
    fi
    rm -f "$log"
fi

if [ "${1:-}" != "--no-models" ]; then
    python3 tools/fetch_models.py
fi
