#!/usr/bin/env python3
"""Holds the tree to its own rules; each finding is a line, exit status 1 where there is one.

- A public header begins with #pragma once, stays below 600 lines and has a test that mirrors it, tests/…/NAME_test.cpp.
  A concept's header is held by its laws, tests/laws/…_laws.hpp, which include it; a header of plain structs without any
  function has nothing to test; headers in a folder `detail` are held by the tests of what they are a part of.
- Header names are unique (the folders of instruction sets under kernels/ repeat names on purpose).
- Every folder of include/familiar has a README.md.
- The code blocks of README.md are the files of examples/ (a line `<!-- examples/… -->` before a block names its file).
- No unfinished-work markers.
"""
from __future__ import annotations

import collections
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include" / "familiar"
MARKER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MAX_LINES = 600


def headers() -> list[Path]:
    return sorted(INCLUDE.rglob("*.hpp"))


def of_an_isa(path: Path) -> bool:
    return path.parent.parent == INCLUDE / "kernels"


def without_functions(text: str) -> bool:
    code = re.sub(r"//.*", "", text)
    return not re.search(r"\)\s*(const)?\s*(noexcept)?\s*(->\s*[^{;]+)?\{", code)


def check_headers() -> list[str]:
    tests = {p.name for p in (ROOT / "tests").rglob("*_test.cpp")}
    laws = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests" / "laws").glob("*_laws.hpp"))
    found = []
    for path in headers():
        name, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        if not text.startswith("#pragma once"):
            found.append(f"{name}: does not begin with #pragma once")
        if text.count("\n") > MAX_LINES:
            found.append(f"{name}: {text.count(chr(10))} lines, {MAX_LINES} at most: is it more than one thing?")
        held = f"{path.stem}_test.cpp" in tests or f"<{path.relative_to(ROOT / 'include')}>" in laws or without_functions(text)
        if not of_an_isa(path) and path.parent.name != "detail" and not held:
            found.append(f"{name}: no test mirrors it (tests/…/{path.stem}_test.cpp)")
    return found


def check_names() -> list[str]:
    names = collections.Counter(p.name for p in headers() if not of_an_isa(p))
    return [f"{name}: {count} headers of one name" for name, count in names.items() if count > 1]


def check_folders() -> list[str]:
    return [f"{p.relative_to(ROOT)}: no README.md" for p in sorted(INCLUDE.iterdir())
            if p.is_dir() and any(p.rglob("*.hpp")) and not (p / "README.md").exists()]


def check_readme() -> list[str]:
    readme, found = ROOT / "README.md", []
    if not readme.exists():
        return ["README.md: missing"]
    text = readme.read_text(encoding="utf-8")
    named = re.findall(r"<!-- (examples/\S+) -->\n```cpp\n(.*?)```", text, re.DOTALL)
    if text.count("```cpp") != len(named):
        found.append("README.md: a C++ block without the line <!-- examples/… --> that names its file")
    for file, block in named:
        path = ROOT / file
        if not path.exists() or block.strip() not in path.read_text(encoding="utf-8"):
            found.append(f"README.md: the block of {file} is not what stands in that file")
    return found


def check_markers() -> list[str]:
    files = [p for folder in ("include", "tools", "tests", "benchmarks", "examples") for p in (ROOT / folder).rglob("*")
             if p.suffix in (".hpp", ".cpp", ".inl", ".cmake", ".sh") or p.name == "CMakeLists.txt"]
    return [f"{p.relative_to(ROOT)}:{i}: {line.strip()[:80]}" for p in files if p.is_file()
            for i, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1) if MARKER.search(line)]


def main() -> int:
    found = check_headers() + check_names() + check_folders() + check_readme() + check_markers()
    print("\n".join(found) if found else "the structure holds")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
