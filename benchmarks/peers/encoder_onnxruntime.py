#!/usr/bin/env python3
"""familiar's f32 encoder against onnxruntime's: MiniLM, the same weights, the same token ids, results compared first.

Both are measured in turn, again and again, in one run; the table has the median of the repeats and their minimum. A
repeat is the mean of as many forward passes as fit into its time, after passes that warm up. onnxruntime runs the graph
that its own transformer optimiser makes (all fusions for BERT), inputs and outputs bound beforehand, its own threads
and its own defaults otherwise. Texts of unequal length are where the two differ: familiar packs them end to end,
onnxruntime pads; it is measured padded to the longest, sorted by length in batches of 8, and row by row.

peers/run.sh calls this with everything it needs.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

import minilm_onnx

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4
SHAPES = [(1, 16), (1, 128), (8, 128), (32, 128)]
Feed = dict[str, np.ndarray]


def find(variable: str, inside: str, relative: str) -> Path | None:
    """As the benchmarks do: $variable, else inside the project, else beside it."""
    for folder in (os.environ.get(variable), ROOT / inside, ROOT.parent / inside):
        if folder and (Path(folder) / relative).exists():
            return Path(folder) / relative
    return None


def feed(rows: list[list[int]]) -> Feed:
    """Rows padded to the longest of them."""
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


class Peer:
    """An onnxruntime session of so many threads."""

    def __init__(self, graph: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def states(self, inputs: Feed) -> np.ndarray:
        return self.session.run(None, inputs)[0]

    def seconds(self, feeds: list[Feed], least: float, clock: str) -> float:
        now = time.thread_time if clock == "processor" else time.perf_counter
        bindings = []
        for inputs in feeds:
            binding = self.session.io_binding()
            for name, value in inputs.items():
                binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value))
            binding.bind_output("last_hidden_state", "cpu")
            bindings.append(binding)

        def once() -> None:
            for binding in bindings:
                self.session.run_with_iobinding(binding)

        once()
        once()
        passes, start = 0, now()
        while (elapsed := now() - start) < least:
            once()
            passes += 1
        return elapsed / passes


class Ours:
    def __init__(self, benchmarks: Path) -> None:
        self.benchmarks = benchmarks
        self.context = self.run("core/thread_pool/threads:1/real_time", 0.001)["context"]

    def run(self, name: str, least: float) -> dict:
        command = [str(self.benchmarks), f"--benchmark_filter=^{name}$", "--benchmark_format=json", f"--benchmark_min_time={least}"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def seconds(self, batch: str, threads: int, least: float, clock: str) -> float:
        name = f"encoder/forward/isa:{self.context['default_isa']}/batch:{batch}/threads:{threads}/real_time"
        runs = self.run(name, least)["benchmarks"]
        if len(runs) != 1 or runs[0].get("error_occurred"):
            raise SystemExit(f"{name}: {runs[0].get('error_message') if runs else 'no such benchmark'}")
        return runs[0]["cpu_time" if clock == "processor" else "real_time"] / {"ms": 1e3, "us": 1e6, "ns": 1e9}[runs[0]["time_unit"]]


def familiar_rows(familiar: Path, command: str, model: Path, texts: Path, key: str) -> list:
    """A column of what the program writes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        subprocess.run([str(familiar), command, "--model", str(model), "--input", str(texts), "--output", str(out)],
                       check=True, capture_output=True)
        return [json.loads(line)[key] for line in out.read_text(encoding="utf-8").splitlines()]


def check(peer: Peer, familiar: Path, model: Path, texts: Path, rows: list[list[int]]) -> str:
    """Both must compute the same thing before anything is measured: against our program, padding included, and against
    the hidden states of a third implementation where the reference outputs are at hand."""
    states, mask = peer.states(feed(rows)), feed(rows)["attention_mask"][:, :, None]
    pooled = (states * mask).sum(1) / mask.sum(1)
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    worst = float(np.abs(pooled - np.array(familiar_rows(familiar, "embed", model, texts, "embedding"))).max())
    said = f"embeddings of {len(rows)} texts differ from familiar's by {worst:.1e} at most"
    if golden := find("FAMILIAR_GOLDENS", "shared/goldens", "encoders/minilm/expected.safetensors"):
        expected = minilm_onnx.read_safetensors(golden)
        inputs = json.loads((golden.parent / "inputs.json").read_text(encoding="utf-8"))
        layers = max(int(name.split(".")[2]) for name in expected if name.startswith("hidden_states.0."))
        for k, index in enumerate(inputs["hidden_states_of"]):
            found = peer.states(feed([inputs["inputs"][index]["ids"]]))[0]
            worst = max(worst, float(np.abs(found - expected[f"hidden_states.{k}.{layers}"]).max()))
        said += f"; with the reference's hidden states {worst:.1e}"
    if not worst < TOLERANCE:
        raise SystemExit(f"onnxruntime computes something else: {said}")
    return said


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--benchmarks", type=Path, required=True, help="the executable familiar_benchmarks")
    arguments.add_argument("--familiar", type=Path, required=True, help="the program, for tokens and for the comparison of results")
    arguments.add_argument("--work", type=Path, required=True, help="folder for the graphs")
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, len(os.sched_getaffinity(0))])
    arguments.add_argument("--repeats", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=0.5, help="of one repeat of one side")
    arguments.add_argument("--clock", choices=["elapsed", "processor"], default="elapsed",
                           help="processor: that of the calling thread, for a busy machine; only with --threads 1")
    arguments.add_argument("--json", type=Path, help="write every repeat here")
    options = arguments.parse_args()
    if options.clock == "processor" and options.threads != [1]:
        arguments.error("processor time says nothing of several threads that wait for one another: give --threads 1")

    model, sst2 = find("FAMILIAR_MODELS", "models", "minilm"), find("FAMILIAR_DATA", "shared/data", "sst2/test.jsonl")
    if model is None:
        raise SystemExit("minilm is not on this machine: tools/setup.sh fetches it, or set FAMILIAR_MODELS")
    options.work.mkdir(parents=True, exist_ok=True)
    graph = options.work / "minilm.onnx"
    fused = minilm_onnx.build_optimised(model, graph)
    ours = Ours(options.benchmarks)
    peers = {threads: Peer(graph, threads) for threads in sorted(set(options.threads))}

    random = np.random.default_rng(0)
    cases: list[tuple[str, str, list[Feed]]] = []
    for rows, length in SHAPES:
        cases.append((f"{rows}×{length}", f"{rows}x{length}", [feed(random.integers(0, 30522, (rows, length)).tolist())]))
    if sst2 is None:
        print("sst2 is not on this machine (FAMILIAR_DATA): nothing of unequal length is measured, no results compared", file=sys.stderr)
    else:
        texts = options.work / "sst2.jsonl"
        texts.write_text("".join(sst2.read_text(encoding="utf-8").splitlines(keepends=True)[:32]), encoding="utf-8")
        rows = familiar_rows(options.familiar, "tokenize", model, texts, "ids")
        print(check(peers[options.threads[0]], options.familiar, model, texts, rows))
        ordered = sorted(rows, key=len)
        name = f"{len(rows)} of sst2 ({sum(map(len, rows))} tokens), onnxruntime "
        cases.append((name + f"padded to {max(map(len, rows))}", "sst2_32_rows", [feed(rows)]))
        cases.append((name + "sorted, by 8", "sst2_32_rows", [feed(ordered[i : i + 8]) for i in range(0, len(rows), 8)]))
        cases.append((name + "row by row", "sst2_32_rows", [feed([row]) for row in rows]))

    print(f"fused operators: {', '.join(f'{count} {kind}' for kind, count in fused.items())}")
    print(f"familiar {ours.context['familiar_version']} ({ours.context['git']}, {ours.context['default_isa']}, {ours.context['flags']}), "
          f"onnxruntime {onnxruntime.__version__}, {ours.context['cpu']}; {options.repeats} repeats of {options.seconds} s, {options.clock} time; "
          f"load average before {os.getloadavg()[0]:.1f}\n")
    print("| threads | batch | familiar ms (least) | onnxruntime ms (least) | onnxruntime / familiar |\n|---|---|---|---|---|")
    results = []
    for threads, peer in peers.items():
        for title, batch, feeds in cases:
            mine, theirs = [], []
            for _ in range(options.repeats):
                mine.append(1e3 * ours.seconds(batch, threads, options.seconds, options.clock))
                theirs.append(1e3 * peer.seconds(feeds, options.seconds, options.clock))
                time.sleep(0.2)  # its threads spin for a while after a pass; they must not be in our way
            a, b = statistics.median(mine), statistics.median(theirs)
            print(f"| {threads} | {title} | {a:.2f} ({min(mine):.2f}) | {b:.2f} ({min(theirs):.2f}) | {b / a:.2f} |", flush=True)
            results.append({"threads": threads, "batch": title, "familiar_ms": mine, "onnxruntime_ms": theirs})
    print(f"\nload average after {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps({"context": ours.context, "onnxruntime": onnxruntime.__version__, "results": results}, indent=1))


if __name__ == "__main__":
    main()
