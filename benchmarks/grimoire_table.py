#!/usr/bin/env python3
"""What notes do for an LLM: `familiar run` with every method on the data sets of the Grimoire paper, as one table.

Usage: grimoire_table.py PROGRAM DATA LLM_SPEC [--sets sst5,trec] [--rows N] [--dev N] [--written SPEC] [--out DIR]
DATA holds grimoire_SET/ and grimoire_archive/. Each set's store is the archive's grimoires that were not made for another weak
LLM (k-means, hierarchical, random, zero-shot: eight of them), and, with --written SPEC, a profound and a simple one that SPEC
writes. A run that is there already is read, not repeated.
"""
from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = {"sst5": "SST5", "subj": "Subj", "agnews": "AgNews", "trec": "TREC", "rte": "RTE", "qnli": "QNLI",
         "hate_speech18": "hate_speech18", "ethos": "ethos"}


def make_task(data: Path, name: str, out: Path) -> Path:
    folder = out / name
    store = folder / "grimoires"
    if not store.is_dir():
        shutil.copytree(data / f"grimoire_{name}", folder, dirs_exist_ok=True)
        store.mkdir()
        for path in (data / "grimoire_archive" / "grimoire_prompts").glob(f"grimoire_{NAMES[name]}_*.json"):
            if "hard-for" not in path.name:
                short = path.name.split("gpt-4-1106-preview_")[1].replace("-per-class", "")
                shutil.copyfile(path, store / short)
    return folder


def run(program: str, task: Path, llm: str, label: str, rows: int, *options: str) -> dict:
    out = task / "runs" / label
    if not (out / "report.json").is_file():
        subprocess.run([program, "run", str(task), "--llm", llm, "--limit", str(rows), "--out", str(out), "--quiet", *options],
                       check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data", type=Path)
    parser.add_argument("llm")
    parser.add_argument("--sets", default=",".join(NAMES))
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--dev", type=int, default=60)
    parser.add_argument("--written")
    parser.add_argument("--out", type=Path, default=Path("runs/grimoire_table"))
    parser.add_argument("--methods", help="only these columns, by their labels between commas")
    given = parser.parse_args()
    best = json.dumps({"type": "best", "rows": given.dev})
    methods = {
        "zero-shot": ["--method", "zero-shot"],
        "few-shot (4)": ["--method", "icl", "--demos", "4"],
        "plug-in": ["--method", "plugin"],
        "SuperICL (4)": ["--method", "supericl", "--demos", "4"],
        "KCS profound": ["--method", "grimoire", "--grimoire", "k-means-4-shot/profound"],
        "KCS simple": ["--method", "grimoire", "--grimoire", "k-means-4-shot/simple"],
        "ranked": ["--method", "grimoire", "--grimoire", "ranked:similarity"],
        "best": ["--method", "grimoire", "--grimoire", best],
        "joined (4)": ["--method", "joined", "--demos", "4", "--grimoire", "k-means-4-shot/simple"],
    }
    if given.written:
        methods["own simple"] = ["--method", "grimoire", "--grimoire", "own"]
    if given.methods:
        methods = {name: methods[name] for name in given.methods.split(",")}
    print("| set | majority | " + " | ".join(methods) + " |")
    print("|---" * (2 + len(methods)) + "|")
    for name in given.sets.split(","):
        task = make_task(given.data, name, given.out)
        if given.written:
            subprocess.run([given.program, "grimoire", "write", str(task), "--strategy", "simple", "--strong", given.written,
                            "--name", "own", "--max-tokens", "400", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        cells = []
        majority = ""
        for label, options in methods.items():
            report = run(given.program, task, given.llm, "".join(c if c.isalnum() else "-" for c in label), given.rows, *options)
            low, high = report["interval"]
            cells.append(f"{100 * report['accuracy']:.1f} ({100 * low:.0f}–{100 * high:.0f})")
            majority = f"{100 * report['majority_share']:.1f}"
        print(f"| {name} | {majority} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
