# Shared by the comparisons' run.sh, which source it: they stand in the project's root afterwards.
# FAMILIAR_BUILD: another build folder than build/release; PYTHON: another interpreter than python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${FAMILIAR_BUILD:-build/release}

# build_peer TARGET: our side, in Release.
build_peer() {
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFAMILIAR_BUILD_BENCHMARKS=ON >/dev/null
    cmake --build "$build" --target "$1" >&2
}

# make_environment FOLDER AREA [PIP OPTION]…: a Python environment in FOLDER with the area's pinned peers.
make_environment() {
    mkdir -p "$(dirname "$1")"
    "${PYTHON:-python3}" -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check "${@:3}" -r "benchmarks/peers/$2/requirements.txt"
}
