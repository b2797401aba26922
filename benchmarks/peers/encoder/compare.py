#!/usr/bin/env python3
"""familiar's encoder beside onnxruntime, OpenVINO, PyTorch and CTranslate2: MiniLM, the same weights, the same token ids.

Every side is a process of its own that stays (encoder_peer.cpp, peer.py): weights loaded, inputs prepared, warmed up by two
passes. Sides are asked in turn, again and again; a repeat is the mean of as many passes as fit into its time, the table has
the median of the repeats. Results are compared before anything is measured: f32 to an absolute tolerance, others by their
cosine to f32.

Shapes are rows × tokens of random ids; `cls` asks for the first row of each sequence alone (frameworks compute all and read
one). Real texts come in batches of 32: familiar takes them as they come and packs them end to end; peers pad to the longest
of a batch, and are measured again with all texts sorted by length first.

peers/encoder/run.sh calls this with everything it needs.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tokenizers

import minilm_onnx

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TOLERANCE = 1e-4
SHAPES = [(1, 16), (1, 128), (8, 128), (32, 128)]
BATCH = 32
OURS = ["familiar f32", "familiar bf16", "familiar int8"]
PEERS = ["onnxruntime f32", "onnxruntime fused-f32", "onnxruntime int8", "onnxruntime fused-int8", "openvino f32", "openvino bf16",
         "openvino int8", "pytorch f32", "pytorch bf16", "pytorch int8", "ctranslate2 f32", "ctranslate2 int8"]
MORE_PEERS = ["pytorch compiled-f32", "openvino int8-bf16"]
Row = tuple[list[int], list[int]]


def find(variable: str, inside: str, relative: str) -> Path | None:
    """As the benchmarks do: $variable, else inside the project, else beside it."""
    for folder in (os.environ.get(variable), ROOT / inside, ROOT.parent / inside):
        if folder and (Path(folder) / relative).exists():
            return Path(folder) / relative
    return None


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def real_rows(model: Path, file: Path, count: int) -> list[Row]:
    """Texts or pairs spread evenly over the file."""
    tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    lines = file.read_text(encoding="utf-8").splitlines()
    examples = [json.loads(lines[i * len(lines) // count]) for i in range(min(count, len(lines)))]
    encodings = [tokenizer.encode(e["text"]) if "text" in e else tokenizer.encode(e["text_a"], e["text_b"]) for e in examples]
    return [(encoding.ids, encoding.type_ids) for encoding in encodings]


def batches(rows: list[Row]) -> list[list[Row]]:
    return [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]


class Cases:
    """What is measured: for familiar one file of batches, for peers another (padded as they are, and sorted)."""

    def __init__(self, model: Path, rows: int) -> None:
        random = np.random.default_rng(0)
        vocabulary = json.loads((model / "config.json").read_text())["vocab_size"]
        self.ours, self.theirs = {}, {}
        self.table: list[tuple[str, str, str]] = []  # title, our case, the peers' case
        for count, length in SHAPES:
            given = [(ids, [0] * length) for ids in random.integers(0, vocabulary, (count, length)).tolist()]
            self.add(f"{count}×{length}", f"{count}x{length}", [given], [given])
            if (count, length) == (8, 128):
                self.ours["cls"] = {"first_only": True, "batches": [given]}
                self.table.append(("8×128, cls", "cls", "8x128"))
        for name in ("sst2", "mnli"):
            file = find("FAMILIAR_DATA", "shared/data", f"{name}/test.jsonl")
            if file is None:
                print(f"{name} is not on this machine (FAMILIAR_DATA): left out", file=sys.stderr)
                continue
            given = real_rows(model, file, rows)
            tokens = sum(len(ids) for ids, _ in given)
            self.add(f"{len(given)} of {name} ({tokens} tokens), peers padded", name, batches(given), batches(given))
            self.theirs[f"{name}_sorted"] = {"first_only": False, "batches": batches(sorted(given, key=lambda row: len(row[0])))}
            self.table.append(("the same, peers sorted by length", name, f"{name}_sorted"))

    def add(self, title: str, name: str, ours: list[list[Row]], theirs: list[list[Row]]) -> None:
        self.ours[name] = {"first_only": False, "batches": ours}
        self.theirs[name] = {"first_only": False, "batches": theirs}
        self.table.append((title, name, name))


class Side:
    """A process that answers one request at a time."""

    def __init__(self, name: str, threads: int, options: argparse.Namespace, model: Path) -> None:
        self.name = name
        library, precision = name.split()
        if library == "familiar":
            command = [options.peer, model, precision, threads, options.work / "ours.json"]
        else:
            command = [sys.executable, HERE / "peer.py", library, precision, threads, options.work / "theirs.json", options.work, model]
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="false")
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        self.version = self.line()

    def line(self) -> str:
        while True:
            line = self.process.stdout.readline()
            if not line:
                said = self.process.stderr.read().strip().splitlines()
                raise RuntimeError(f"{self.name}: {said[-1] if said else 'ended without a word'}")
            if line.strip():
                return line.strip()

    def ask(self, *words: object) -> str:
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.line()

    def seconds(self, case: str, least: float, clock: str) -> float:
        return float(self.ask("time", case, least, clock))

    def vectors(self, case: str, file: Path, width: int) -> np.ndarray:
        self.ask("vectors", case, file)
        return np.fromfile(file, np.float32).reshape(-1, width)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def write_graphs(model: Path, work: Path, peers: list[str], calibration: list[Row]) -> None:
    """What is not there yet. A graph is made whole or not at all."""
    import minilm_ctranslate2
    import peer

    plain, fused = work / "minilm.onnx", work / "minilm.fused.onnx"
    makers = [("onnxruntime", plain, lambda target: minilm_onnx.write_plain(model, target)),
              ("onnxruntime", fused, lambda target: minilm_onnx.write_optimised(model, plain, target)),
              ("onnxruntime", work / "minilm.int8.onnx", lambda target: minilm_onnx.write_int8(plain, target)),
              ("onnxruntime", work / "minilm.fused.int8.onnx", lambda target: minilm_onnx.write_int8(fused, target)),
              ("openvino int8", work / "minilm.int8.xml",
               lambda target: minilm_onnx.write_openvino_int8(plain, target, [peer.feed([row]) for row in calibration])),
              ("ctranslate2", work / "minilm.ctranslate2", lambda target: minilm_ctranslate2.write(model, target))]
    for wanted, target, make in makers:
        needed = target == plain or any(name.startswith(wanted) for name in peers)
        done = work / (target.name + ".done")
        if needed and not done.exists():
            make(target)
            done.touch()


def check(sides: list[Side], cases: Cases, work: Path, width: int) -> list[Side]:
    """All must compute the same thing before anything is measured: f32 within TOLERANCE, others nearly. Says how near; drops
    what is not."""
    names = [name for name in cases.ours if name in cases.theirs]
    expected = {name: sides[0].vectors(name, work / "vectors.f32", width) for name in names}
    kept = []
    print("| side | version | largest difference | least cosine |\n|---|---|---|---|")
    for side in sides:
        try:
            found = {name: side.vectors(name, work / "vectors.f32", width) for name in names}
        except RuntimeError as error:
            print(f"| {side.name} | does not run: {error} | | |")
            continue
        worst = max(float(np.abs(found[name] - expected[name]).max()) for name in names)
        cosine = min(float((found[name] * expected[name]).sum(1).min()) for name in names)
        good = worst < TOLERANCE if side.name.endswith("f32") else cosine > 0.9
        print(f"| {side.name} | {side.version} | {worst:.1e} | {cosine:.5f}{'' if good else ': **left out**'} |", flush=True)
        if good:
            kept.append(side)
    return kept


def print_best(results: list[dict]) -> None:
    """Familiar beside the best peer of each precision."""
    kinds = ("f32", "bf16", "int8")
    print(f"| threads | batch | {' | '.join(OURS)} | {' | '.join(f'best {kind} peer' for kind in kinds)} |\n|{'---|' * (2 + len(OURS) + len(kinds))}")
    for result in results:
        median = {name: statistics.median(values) for name, values in result["ms"].items()}
        cells = [f"{median[name]:.2f}" if name in median else "" for name in OURS]
        for kind in kinds:
            found = sorted((ms, name) for name, ms in median.items() if name not in OURS and name.endswith(kind))
            own = median.get(f"familiar {kind}", median[OURS[0]])
            cells.append(f"{found[0][1].rsplit('-', 1)[0].split(' ' + kind)[0]} {found[0][0]:.2f} ({found[0][0] / own:.2f})" if found else "")
        print(f"| {result['threads']} | {result['case']} | {' | '.join(cells)} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="the executable familiar_encoder_peer")
    parser.add_argument("--work", type=Path, required=True, help="folder for graphs and cases")
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="of one repeat of one side")
    parser.add_argument("--rows", type=int, default=512, help="of each data set")
    parser.add_argument("--peers", nargs="+", default=PEERS, metavar="SIDE", help=f"some of: {', '.join(PEERS + MORE_PEERS)}")
    parser.add_argument("--cases", nargs="+", metavar="CASE", help="names as in the table; all where not given")
    parser.add_argument("--quick", action="store_true", help="3 repeats of 0.1 s, 96 rows: a minute or two")
    parser.add_argument("--clock", choices=["elapsed", "processor"], default="elapsed",
                        help="processor: what the process computed, for a busy machine; only with --threads 1")
    parser.add_argument("--json", type=Path, help="write every repeat here")
    options = parser.parse_args()
    if options.clock == "processor" and options.threads != [1]:
        parser.error("processor time says nothing of several threads that wait for one another: give --threads 1")
    if options.quick:
        options.repeats, options.seconds, options.rows = 3, 0.1, 96
    if unknown := set(options.peers) - set(PEERS + MORE_PEERS):
        parser.error(f"no peer is called {', '.join(sorted(unknown))}; known are {', '.join(PEERS + MORE_PEERS)}")

    model = find("FAMILIAR_MODELS", "models", "minilm")
    if model is None:
        raise SystemExit("minilm is not on this machine: tools/setup.sh fetches it, or set FAMILIAR_MODELS")
    options.work.mkdir(parents=True, exist_ok=True)
    cases = Cases(model, options.rows)
    (options.work / "ours.json").write_text(json.dumps(cases.ours))
    (options.work / "theirs.json").write_text(json.dumps(cases.theirs))
    calibration = find("FAMILIAR_DATA", "shared/data", "sst2/train.jsonl")
    if calibration is None:
        options.peers = [name for name in options.peers if not name.startswith("openvino int8")]
    write_graphs(model, options.work, options.peers, real_rows(model, calibration, 300) if calibration else [])
    width = json.loads((model / "config.json").read_text())["hidden_size"]

    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {processor()}, {len(os.sched_getaffinity(0))} cores; {options.repeats} repeats of "
          f"{options.seconds} s in turn, {options.clock} time; load average before {os.getloadavg()[0]:.1f}\n")
    results = []
    for threads in options.threads:
        sides = []
        for name in OURS + options.peers:
            try:
                sides.append(Side(name, threads, options, model))
            except RuntimeError as error:
                print(f"{error}: left out", file=sys.stderr)
        print(f"{threads} thread{'s' if threads > 1 else ''}:\n")
        sides = check(sides, cases, options.work, width)
        own = [side.name for side in sides if side.name in OURS]
        titles = [side.name for side in sides if side.name not in OURS]
        print(f"\nms, and for peers how many times familiar of {' / '.join(name.split()[1] for name in own)}:\n\n"
              f"| batch | {' | '.join(own + titles)} |\n|{'---|' * (1 + len(own + titles))}", flush=True)
        for title, our_case, their_case in cases.table:
            if options.cases and title not in options.cases and our_case not in options.cases:
                continue
            times: dict[str, list[float]] = {side.name: [] for side in sides}
            for _ in range(options.repeats):
                for side in sides:
                    case = our_case if side.name in OURS else their_case
                    times[side.name].append(1e3 * side.seconds(case, options.seconds, options.clock))
                    time.sleep(0.1)  # its threads spin for a while after a pass; they must not be in the next one's way
            median = {name: statistics.median(values) for name, values in times.items()}
            cells = [f"{median[name]:.2f}" for name in own]
            cells += [f"{median[name]:.2f} ({' / '.join(f'{median[name] / median[ours]:.2f}' for ours in own)})" for name in titles]
            print(f"| {title} | {' | '.join(cells)} |", flush=True)
            results.append({"threads": threads, "case": title, "ms": times})
        for side in sides:
            side.close()
        print()
    print("The best peers, and how many times familiar's time of the same precision they take:\n")
    print_best(results)
    print(f"\nload average after {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps({"processor": processor(), "results": results}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
