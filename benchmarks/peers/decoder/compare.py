#!/usr/bin/env python3
"""familiar's decoder beside llama.cpp: the same GGUF files, the same token ids, answers compared first.

Both sides are processes that stay (decoder_peer.cpp, llama_peer.py): weights loaded, warmed up by one pass, asked in turn. A
repeat is the mean of as many passes as fit into its time; the table has the median of the repeats. Jobs: `prefill` of a prompt
and the logits behind its last token; `decode`, one token more behind a short context; `decode8`, one more for eight streams in one
pass; `score`, what SuperICL does: the labels of sst2 behind 16 demonstrations that all queries share and both sides keep.

peers/decoder/run.sh calls this with everything it needs.
"""
from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import llama_cpp as c

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODELS = ["smollm2-135m", "gemma3-270m", "qwen2.5-coder-0.5b"]
JOBS = ["prefill", "decode", "decode8", "score"]
CONTEXT = 16


def find(variable: str, inside: str, relative: str) -> Path | None:
    """As the benchmarks do: $variable, else inside the project, else beside it."""
    for folder in (os.environ.get(variable), ROOT / inside, ROOT.parent / inside):
        if folder and (Path(folder) / relative).exists():
            return Path(folder) / relative
    return None


class Tokens:
    """llama.cpp's tokenizer of a file, for both sides."""

    def __init__(self, path: Path) -> None:
        params = c.llama_model_default_params()
        params.vocab_only = True
        self.model = c.llama_model_load_from_file(str(path).encode(), params)
        self.vocab = c.llama_model_get_vocab(self.model)

    def __call__(self, text: str, start: bool) -> list[int]:
        data = text.encode()
        room = (c.llama_token * (len(data) + 8))()
        return list(room[: c.llama_tokenize(self.vocab, data, len(data), room, len(room), start, False)])


def rows(name: str, count: int) -> list[dict]:
    file = find("FAMILIAR_DATA", "shared/data", name)
    if file is None:
        raise SystemExit(f"{name} is not on this machine: set FAMILIAR_DATA")
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(count), lines)]


def make_work(path: Path, prompt: int, queries: int) -> dict:
    tokens = Tokens(path)
    train, test = rows("sst2/train.jsonl", 200), rows("sst2/test.jsonl", queries)
    labels = sorted({row["label"] for row in train})
    shown = [row for pair in zip(*([r for r in train if r["label"] == label][:8] for label in labels)) for row in pair]
    prefix = "".join(f"Sentence: {row['text']}\nSentiment: {row['label']}\n\n" for row in shown)
    text = " ".join(row["text"] for row in train)
    return {"prompt": tokens(text, True)[:prompt], "context": CONTEXT, "prefix": tokens(prefix, True),
            "queries": [tokens(f"Sentence: {row['text']}\nSentiment:", False) for row in test],
            "candidates": [tokens(" " + label, False) for label in labels]}


class Side:
    def __init__(self, *command: object) -> None:
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self.line()

    def line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a side ended: see above")
        return line.strip()

    def ask(self, *words: object) -> str:
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.line()

    def answers(self, file: Path) -> list[list[float]]:
        self.ask("answers", file)
        return [list(map(float, line.split())) for line in file.read_text().splitlines()]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def compare_answers(ours: list[list[float]], theirs: list[list[float]]) -> str:
    best = [(max(range(len(a)), key=a.__getitem__), max(range(len(b)), key=b.__getitem__), abs(b[0] - b[1])) for a, b in zip(ours, theirs)]
    worst = max(abs(x - y) for a, b in zip(ours, theirs) for x, y in zip(a, b))
    other = [margin for a, b, margin in best if a != b]
    return (f"log-probabilities differ by {worst:.2f} at most; {len(best) - len(other)} of {len(best)} labels equal"
            + (f", the others' margins at most {max(other):.2f}" if other else ""))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="the executable familiar_decoder_peer")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is given to both sides")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--jobs", nargs="+", default=JOBS, choices=JOBS)
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one repeat of one side")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--queries", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="3 repeats of 0.2 s, 16 queries")
    parser.add_argument("--json", type=Path, help="write every repeat here")
    options = parser.parse_args()
    if options.quick:
        options.repeats, options.seconds, options.queries = 3, 0.2, 16

    options.work.mkdir(parents=True, exist_ok=True)
    silent = c.llama_log_callback(lambda level, text, data: None)
    c.llama_log_set(silent, ctypes.c_void_p(0))
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {len(os.sched_getaffinity(0))} cores; {options.repeats} repeats of {options.seconds} s in turn; "
          f"load average before {os.getloadavg()[0]:.1f}\n")
    results = []
    for name in options.models:
        folder = find("FAMILIAR_MODELS", "models", name)
        if folder is None:
            print(f"{name} is not on this machine: tools/setup.sh fetches it, or set FAMILIAR_MODELS", file=sys.stderr)
            continue
        path = next(folder.glob("*.gguf"))
        work, given = make_work(path, options.prompt, options.queries), options.work / f"{name}.json"
        given.write_text(json.dumps(work))
        counts = {"prefill": len(work["prompt"]), "decode": 1, "decode8": 8, "score": len(work["queries"])}
        for threads in options.threads:
            ours = Side(options.peer, path, threads, given)
            theirs = Side(sys.executable, HERE / "llama_peer.py", path, threads, given)
            if not results:
                print(f"{ours.version}; {theirs.version}")
            said = compare_answers(ours.answers(options.work / "ours.txt"), theirs.answers(options.work / "theirs.txt"))
            print(f"\n{path.name}, {threads} thread{'s' if threads > 1 else ''}: prefix of {len(work['prefix'])} tokens, "
                  f"{sum(map(len, work['queries'])) / len(work['queries']):.0f} a query; {said}\n")
            print("| job | unit | llama.cpp | familiar | ratio |\n|---|---|---|---|---|", flush=True)
            for job in options.jobs:
                seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
                for _ in range(options.repeats):
                    seconds["ours"].append(float(ours.ask("time", job, options.seconds)))
                    seconds["theirs"].append(float(theirs.ask("time", job, options.seconds)))
                mine, other = (counts[job] / statistics.median(values) for values in (seconds["ours"], seconds["theirs"]))
                unit = "queries/s" if job == "score" else "tokens/s"
                print(f"| {job} | {unit} | {other:.1f} | {mine:.1f} | {mine / other:.2f} |", flush=True)
                results.append({"model": name, "threads": threads, "job": job, "seconds": seconds})
            ours.close()
            theirs.close()
    print(f"\nload average after {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
