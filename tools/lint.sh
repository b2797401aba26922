#!/usr/bin/env bash
# Format, structure, and the second compiler's warnings: on all public headers in one unit, and on the program.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files 'include/*.hpp' 'include/*.inl' 'tools/*.[ch]pp' 'tests/*.[ch]pp' 'benchmarks/*.[ch]pp' 'examples/*.cpp' |
    xargs clang-format-16 --dry-run --Werror
echo "format: in order"
python3 tools/check_structure.py

flags=(-std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror -Iinclude
       -DFAMILIAR_SEPARATE_KERNELS -DFAMILIAR_SEPARATE_POLICIES
       $(pkg-config --cflags cpp-httplib libutf8proc))
(cd include && find familiar -name '*.hpp' | sort | sed 's/.*/#include <&>/') | clang++-16 "${flags[@]}" -fsyntax-only -x c++ -
for unit in tools/program/*.cpp tools/program/commands/*.cpp examples/*/main.cpp; do
    clang++-16 "${flags[@]}" -fsyntax-only "$unit"
done
echo "clang: no warnings"
