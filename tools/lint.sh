#!/usr/bin/env bash
# Format, structure, the second compiler's warnings on every header.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files 'include/*.hpp' 'include/*.inl' 'tools/*.[ch]pp' 'tests/*.[ch]pp' 'benchmarks/*.[ch]pp' 'examples/*.cpp' |
    xargs clang-format-16 --dry-run --Werror
echo "format: in order"
python3 tools/check_structure.py
cmake --preset clang >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
cmake --build --preset clang --target headers_alone familiar_program | tail -n 1
echo "clang: no warnings"
