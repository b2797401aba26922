#!/usr/bin/env python3
"""What notes do for LLMs: `familiar run` with every method on the data sets of the Grimoire paper, a table for each LLM.

Usage: grimoire_table.py PROGRAM DATA NAME=LLM_SPEC ... [--sets sst5,trec] [--rows N] [--written SPEC] [--methods ...]
                         [--published] [--threads N] [--fuse SET] [--out DIR] [--results FILE.md]
DATA holds grimoire_SET/ and grimoire_archive/. Each set's store is the archive's grimoires that were not made for another weak
LLM (k-means, hierarchical, random, zero-shot: eight of them). With --written SPEC a column more: a simple one that SPEC writes.
With --published the columns are the paper's sixteen settings: two without notes, a profound and a simple grimoire from each of
six kinds of samples (hard ones: those that Phi-2 got wrong), two rankings. --sets none leaves the tables of notes out; with
--fuse the last table shows what `--decision fuse` does on DATA/SET with 16 demonstrations.
A run that is there already is read, not repeated; one that was killed is continued. FILE.md is written anew after every run:
what is not run yet is `…` there.
"""
from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = {"sst5": "SST5", "subj": "Subj", "agnews": "AgNews", "trec": "TREC", "rte": "RTE", "qnli": "QNLI",
         "hate_speech18": "hate_speech18", "ethos": "ethos"}
NOTE = ("Accuracy in per cent on the first {rows} test rows, 95 % interval (Wilson) in brackets. `*`: differs from zero-shot, p < 0.05 (McNemar's exact "
        "test on the same rows, Holm's correction within the line). *Majority vote* is of all methods of the line. The plug-in is a linear probe on "
        "MiniLM-L6, fitted on train.")


def folder_of(label: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in label)


def short_name(path: Path) -> str:
    return path.name.split("gpt-4-1106-preview_")[1].replace("-per-class", "").replace("hard-for-PHI2-", "")


def make_task(data: Path, name: str, out: Path) -> Path:
    folder = out / name
    store = folder / "grimoires"
    if not store.is_dir():
        shutil.copytree(data / f"grimoire_{name}", folder, dirs_exist_ok=True)
        hard = folder / "hard"
        store.mkdir()
        hard.mkdir()
        for path in (data / "grimoire_archive" / "grimoire_prompts").glob(f"grimoire_{NAMES[name]}_*.json"):
            if "hard-for" not in path.name:
                shutil.copyfile(path, store / short_name(path))
            elif "PHI2" in path.name:
                shutil.copyfile(path, hard / short_name(path))
    return folder


class Table:
    """Runs of one program over several tasks, and the report that they make."""

    def __init__(self, given: argparse.Namespace):
        self.given = given
        notes = ["--method", "grimoire", "--grimoire"]
        self.methods = {
            "zero-shot": ["--method", "zero-shot"],
            "few-shot (4)": ["--method", "icl", "--demos", "4"],
            "plug-in": ["--method", "plugin"],
            "SuperICL (4)": ["--method", "supericl", "--demos", "4"],
            "KCS profound": [*notes, "k-means-4-shot/profound"],
            "KCS simple": [*notes, "k-means-4-shot/simple"],
            "HCS simple": [*notes, "hierarchical-4-shot/simple"],
            "ranked": [*notes, "ranked:similarity"],
            "joined (4)": ["--method", "joined", "--demos", "4", "--grimoire", "k-means-4-shot/simple"],
        }
        if given.published:
            self.methods = {label: self.methods[label] for label in ("zero-shot", "few-shot (4)")}
            for samples, file in {"KCS": "k-means-4-shot", "HCS": "hierarchical-4-shot", "HSS 0.5": "keep-hard-4-shot-0.5",
                                  "HSS 1": "keep-hard-4-shot-1.0", "RSS": "random-4-shot", "no samples": "random-0-shot"}.items():
                store = ["--store", "@hard"] if "HSS" in samples else []
                for kind in ("profound", "simple"):
                    self.methods[f"{samples} {kind}"] = [*notes, f"{file}/{kind}", *store]
            self.methods |= {"ranked": [*notes, "ranked:similarity"], "ranked (dual tower)": [*notes, "ranked:classifier"]}
        if given.written:
            self.methods["own simple"] = [*notes, "own", "--store", "@own"]
        if given.methods:
            self.methods = {name: self.methods[name] for name in given.methods.split(",")}
        self.llms = dict(pair.split("=", 1) for pair in given.llm)
        self.sets = [] if given.sets == "none" else given.sets.split(",")
        self.cells: dict[tuple[str, str, str], dict] = {}
        self.fused: dict[tuple[str, str], dict] = {}

    def program(self, *arguments: str) -> str:
        command = [self.given.program, *arguments, "--quiet", "--threads", str(self.given.threads)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def run(self, task: Path, out: Path, llm: str, *options: str) -> dict:
        options = [option.replace("@", f"{task}/") for option in options]
        if not (out / "report.json").is_file():
            self.program("run", str(task), "--llm", llm, "--limit", str(self.given.rows), "--out", str(out), *options)
        return json.loads((out / "report.json").read_text(encoding="utf-8"))

    def work(self) -> None:
        for llm, spec in self.llms.items():
            for name in self.sets:
                task = make_task(self.given.data, name, self.given.out)
                for label, options in self.methods.items():
                    if label == "own simple":
                        self.program("grimoire", "write", str(task), "--strategy", "simple", "--strong", self.given.written,
                                     "--store", str(task / "own"), "--name", "own", "--max-tokens", "300")
                    if label == "ranked (dual tower)" and not (task / "grimoires" / "classifier.ranker").is_file():
                        self.program("grimoire", "learn", str(task), "--archive", str(self.given.data / "grimoire_archive"))
                    out = task / "runs" / ("plugin" if label == "plug-in" else f"{folder_of(llm)}-{folder_of(label)}")
                    self.cells[llm, name, label] = {"out": out, **self.run(task, out, spec, *options)}
                    self.write()
        for llm, spec in self.llms.items() if self.given.fuse else ():
            task = self.given.data / self.given.fuse
            for label, options in {
                "few-shot": ["--method", "icl"],
                "plug-in": ["--method", "plugin"],
                "SuperICL": ["--method", "supericl"],
                "SuperICL, fused": ["--method", "supericl", "--decision", "fuse:100"],
            }.items():
                out = self.given.out / self.given.fuse / f"{folder_of(llm)}-{folder_of(label)}"
                split = "test" if any(task.glob("test.jsonl*")) else "dev"
                self.fused[llm, label] = self.run(task, out, spec, "--demos", "16", "--split", split, *options)
                self.write()

    def compared(self, llm: str, name: str) -> list[dict]:
        """The set's runs beside the first of them, then the baselines."""
        outs = [str(self.cells[llm, name, label]["out"]) for label in self.methods if (llm, name, label) in self.cells]
        return json.loads(self.program("compare", *outs, "--json")) if outs else []

    def line(self, llm: str, name: str) -> str:
        compared = self.compared(llm, name)
        runs = iter(r for r in compared if "baseline" not in r)
        baseline = {r["baseline"]: f"{100 * r['accuracy']:.1f}" for r in compared if "baseline" in r}
        cells = []
        for label in self.methods:
            if (llm, name, label) not in self.cells:
                cells.append("…")
                continue
            run = next(runs)
            against = run["against_first"]
            low, high = run["interval"]
            mark = "*" if against and against["p_holm"] < 0.05 else ""
            cells.append(f"{100 * run['accuracy']:.1f}{mark} ({100 * low:.0f}–{100 * high:.0f})")
        return " | ".join([f"| {name}", baseline.get("majority class", "…"), baseline.get("majority vote", "…"), *cells]) + " |"

    def write(self) -> None:
        lines = ["# What notes do for small LLMs", "", NOTE.format(rows=self.given.rows), ""]
        for llm in self.llms:
            done = [name for name in self.sets if any((llm, name, label) in self.cells for label in self.methods)]
            if not done:
                continue
            lines += [f"## {llm}", "", "| set | majority class | majority vote | " + " | ".join(self.methods) + " |",
                      "|---" * (3 + len(self.methods)) + "|", *(self.line(llm, name) for name in done), ""]
        if self.fused:
            lines += [f"## Fused: {self.given.fuse}, 16 demonstrations", "",
                      "| LLM | method | accuracy | 95 % | ECE | Brier | AUROC | overrides | weights: plug-in, LLM, prior | line shown |",
                      "|---|---|---|---|---|---|---|---|---|---|"]
            for (llm, label), r in self.fused.items():
                figure = [f"{r[key]:.3f}" if isinstance(r.get(key), float) else "–" for key in ("ece", "brier", "auroc", "override_rate")]
                how = r["parameters"]["decision"]
                weights = ", ".join(f"{how[k]:.2f}" for k in ("plugin_weight", "llm_weight", "prior_weight") if k in how) or "–"
                shown = {True: "yes", False: "no"}.get(how.get("plugin_line"), "–")
                low, high = r["interval"]
                lines.append(f"| {llm} | {label} | {100 * r['accuracy']:.1f} | {100 * low:.0f}–{100 * high:.0f} | " + " | ".join(figure)
                             + f" | {weights} | {shown} |")
            lines.append("")
        lines += ["```sh", shlex.join(["benchmarks/grimoire_table.py", *sys.argv[1:]]), "```"]
        text = "\n".join(lines) + "\n"
        if self.given.results:
            self.given.results.write_text(text, encoding="utf-8")
        self.text = text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data", type=Path)
    parser.add_argument("llm", nargs="+", help="NAME=SPEC, the name for the table")
    parser.add_argument("--sets", default=",".join(NAMES))
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--written", help="SPEC of the LLM that writes notes of its own")
    parser.add_argument("--methods", help="only these columns, by their labels between commas")
    parser.add_argument("--published", action="store_true", help="the sixteen settings of the paper as columns")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fuse", help="a data set, to show what fusing does")
    parser.add_argument("--out", type=Path, default=Path("runs/grimoire_table"))
    parser.add_argument("--results", type=Path)
    table = Table(parser.parse_args())
    table.work()
    print(table.text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
