"""A peer's side of the comparison: loads a model once and answers requests, a line each, as encoder_peer.cpp does.

`peer.py SIDE PRECISION THREADS CASES.json GRAPHS MODEL`; requests: `time CASE SECONDS elapsed|processor` gives the seconds of a
pass over the case's batches, `vectors CASE FILE` writes mean-pooled rows of length 1. Inputs are padded and wrapped as the
engine wants them before the clock runs; the result stays where the engine leaves it.
"""
from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Callable

import numpy as np

Feed = dict[str, np.ndarray]


def feed(rows: list[tuple[list[int], list[int]]]) -> Feed:
    """Rows of ids and types, padded to the longest of them."""
    ids = np.zeros((len(rows), max(len(row) for row, _ in rows)), np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for i, (row, row_types) in enumerate(rows):
        ids[i, : len(row)] = row
        types[i, : len(row)] = row_types
        mask[i, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


class OnnxRuntime:
    GRAPHS = {"f32": "minilm.onnx", "int8": "minilm.int8.onnx", "fused-f32": "minilm.fused.onnx", "fused-int8": "minilm.fused.int8.onnx"}

    def __init__(self, precision: str, threads: int, graphs: Path, model: Path) -> None:
        import onnxruntime

        self.library = onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(graphs / self.GRAPHS[precision]), options, providers=["CPUExecutionProvider"])
        self.version = onnxruntime.__version__

    def prepare(self, inputs: Feed) -> Callable[[], object]:
        binding = self.session.io_binding()
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, self.library.OrtValue.ortvalue_from_numpy(value))
        binding.bind_output("last_hidden_state", "cpu")
        return lambda: self.session.run_with_iobinding(binding)

    def states(self, inputs: Feed) -> np.ndarray:
        return self.session.run(None, inputs)[0]


class OpenVino:
    def __init__(self, precision: str, threads: int, graphs: Path, model: Path) -> None:
        import openvino

        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                   "INFERENCE_PRECISION_HINT": "bf16" if "bf16" in precision else "f32"}
        graph = graphs / ("minilm.int8.xml" if "int8" in precision else "minilm.onnx")
        self.library = openvino
        self.compiled = openvino.Core().compile_model(graph, "CPU", options)
        self.version = openvino.__version__.split("-")[0]

    def prepare(self, inputs: Feed) -> Callable[[], object]:
        request = self.compiled.create_infer_request()
        for name, value in inputs.items():
            request.set_tensor(name, self.library.Tensor(value))
        return request.infer

    def states(self, inputs: Feed) -> np.ndarray:
        return self.compiled(inputs)[0]


class PyTorch:
    def __init__(self, precision: str, threads: int, graphs: Path, model: Path) -> None:
        import torch

        import minilm_torch

        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        self.library = torch
        self.module = minilm_torch.MiniLM(model).eval()
        if precision == "int8":
            quantization = torch.ao.quantization
            self.module = quantization.quantize_dynamic(self.module, {torch.nn.Linear: quantization.per_channel_dynamic_qconfig})
        elif precision == "bf16":
            self.module = self.module.to(torch.bfloat16)
        elif precision == "compiled-f32":
            self.module = torch.compile(self.module, dynamic=False)
        self.version = torch.__version__

    def tensors(self, inputs: Feed):
        ids, types = self.library.from_numpy(inputs["input_ids"]), self.library.from_numpy(inputs["token_type_ids"])
        mask = self.library.from_numpy(inputs["attention_mask"]).bool()
        return ids, types, None if bool(mask.all()) else mask[:, None, None, :]

    def prepare(self, inputs: Feed) -> Callable[[], object]:
        given = self.tensors(inputs)

        def run() -> object:
            with self.library.inference_mode():
                return self.module(*given)

        return run

    def states(self, inputs: Feed) -> np.ndarray:
        return self.prepare(inputs)().float().numpy()


class CTranslate2:
    def __init__(self, precision: str, threads: int, graphs: Path, model: Path) -> None:
        import ctranslate2

        self.library = ctranslate2
        self.encoder = ctranslate2.Encoder(str(graphs / "minilm.ctranslate2"), device="cpu", inter_threads=1, intra_threads=threads,
                                           compute_type={"f32": "float32", "int8": "int8"}[precision])
        self.version = ctranslate2.__version__

    def prepare(self, inputs: Feed) -> Callable[[], object]:
        lengths = self.library.StorageView.from_array(inputs["attention_mask"].sum(1).astype(np.int32))
        ids = self.library.StorageView.from_array(inputs["input_ids"].astype(np.int32))
        types = inputs["token_type_ids"].tolist()
        return lambda: self.encoder.forward_batch(ids, lengths, types)

    def states(self, inputs: Feed) -> np.ndarray:
        return np.array(self.prepare(inputs)().last_hidden_state)


SIDES = {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "pytorch": PyTorch, "ctranslate2": CTranslate2}


def main() -> None:
    side, precision, threads, cases, graphs, model = sys.argv[1:]
    peer = SIDES[side](precision, int(threads), Path(graphs), Path(model))
    prepared: dict[str, list[Callable[[], object]]] = {}
    feeds = {name: [feed(rows) for rows in case["batches"]] for name, case in json.loads(Path(cases).read_text()).items()}
    print(f"{side} {peer.version}", flush=True)
    for line in sys.stdin:
        request, name, *rest = line.split()
        if request == "time":
            least, now = float(rest[0]), time.perf_counter if rest[1] == "elapsed" else time.process_time
            if name not in prepared:
                prepared[name] = [peer.prepare(inputs) for inputs in feeds[name]]
            runs = prepared[name]
            for _ in range(2):
                for run in runs:
                    run()
            passes, start = 0, now()
            while (taken := now() - start) < least or passes == 0:
                for run in runs:
                    run()
                passes += 1
            print(taken / passes, flush=True)
        else:
            with open(rest[0], "wb") as out:
                for inputs in feeds[name]:
                    mask = inputs["attention_mask"][:, :, None]
                    pooled = (peer.states(inputs) * mask).sum(1) / mask.sum(1)
                    out.write((pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32).tobytes())
            print("written", flush=True)


if __name__ == "__main__":
    main()
