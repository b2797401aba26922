#!/usr/bin/env bash
# Compiles the kernels for 64-bit ARM (xsimd's NEON and the plain loops) and runs the tests of kernels and tensors, and of
# what looks at text without SSE2, under qemu.
# Only headers of the dependencies are needed, so that no package of another architecture has to be installed.
set -euo pipefail
cd "$(dirname "$0")/.."
FAMILIAR_SETUP_AARCH64=1 tools/setup.sh --no-models

work=build/aarch64
mkdir -p "$work/include"
for headers in boost catch2 hnswlib nlohmann xsimd xtensor xtl; do
    ln -sfn "/usr/include/$headers" "$work/include/$headers"
done

# -Wno-…: what tests/CMakeLists.txt leaves out with this compiler.
compile=(ccache aarch64-linux-gnu-g++ -std=c++20 -O1 -Wall -Wextra -Wpedantic -Werror
         -Wno-restrict -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow -Wno-psabi
         -DFAMILIAR_SEPARATE_KERNELS "-DFAMILIAR_SOURCE_DIR=\"$PWD\"" -Iinclude -Itests -isystem "$work/include")
sources=(tools/cmake/separate_kernels.cpp tests/support/main.cpp tests/support/source_dir.cpp)
while IFS= read -r source; do sources+=("$source"); done < <(find tests/unit/{kernels,tensor} tests/unit/text/text_block_test.cpp -name '*_test.cpp' | sort)

one() { # SOURCE COMPILER…
    local object="build/aarch64/$(tr / _ <<<"$1").o"
    "${@:2}" -c "$1" -o "$object" || exit 255
}
export -f one
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one "$@"' - {} "${compile[@]}"
objects=()
for source in "${sources[@]}"; do objects+=("$work/$(tr / _ <<<"$source").o"); done
aarch64-linux-gnu-g++ "${objects[@]}" -o "$work/kernels_and_tensors" -pthread
qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/kernels_and_tensors" "$@"
