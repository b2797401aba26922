"""llama.cpp's side of the comparison: loads a GGUF file once and answers requests, a line each, as decoder_peer.cpp does.

`llama_peer.py MODEL THREADS WORK.json`; requests: `time JOB SECONDS` gives the seconds of a job, done again and again,
`answers FILE` writes the log-probabilities that `score` gives, a line a query.

The C interface is called as it is: nothing of Python is in the loop but the call. For `score` the prefix stays in the cache; a
query costs its own tokens, a candidate what follows its first token: what llama.cpp's server does at best with its prompt cache.
"""
from __future__ import annotations

import ctypes
import json
import math
import sys
import time
from pathlib import Path

import llama_cpp as c
import numpy as np

SEQUENCES = 9  # one, and eight that share its cache


class Peer:
    def __init__(self, path: str, threads: int, work: dict) -> None:
        self.work = work
        longest = len(work["prefix"]) + max(map(len, work["queries"])) + max(map(len, work["candidates"]))
        c.llama_backend_init()
        self.model = c.llama_model_load_from_file(path.encode(), c.llama_model_default_params())
        params = c.llama_context_default_params()
        params.n_ctx = max(longest, len(work["prompt"])) + 64
        params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = threads
        params.n_seq_max = SEQUENCES
        params.kv_unified = True
        self.context = c.llama_init_from_model(self.model, params)
        if not self.model or not self.context:
            raise RuntimeError(f"llama.cpp does not load {path}")
        self.memory = c.llama_get_memory(self.context)
        self.vocabulary = c.llama_vocab_n_tokens(c.llama_model_get_vocab(self.model))
        self.batch = c.llama_batch_init(512, 0, SEQUENCES)
        self.holds = ""

    def decode(self, tokens: list[int], position: int, sequences: list[int] | None = None) -> int:
        """Tokens of sequence 0 one behind the other, or one for each of `sequences` at the same place; logits of the last one,
        or of all. Returns how many."""
        for begin in range(0, len(tokens), 512):
            some = tokens[begin : begin + 512]
            self.batch.n_tokens = len(some)
            for i, token in enumerate(some):
                self.batch.token[i] = token
                self.batch.pos[i] = position + (0 if sequences else begin + i)
                self.batch.n_seq_id[i] = 1
                self.batch.seq_id[i][0] = sequences[i] if sequences else 0
                self.batch.logits[i] = bool(sequences) or begin + i + 1 == len(tokens)
            if c.llama_decode(self.context, self.batch) != 0:
                raise RuntimeError("llama_decode failed")
        return len(tokens)

    def log_softmax(self) -> np.ndarray:
        logits = np.ctypeslib.as_array(c.llama_get_logits_ith(self.context, -1), (self.vocabulary,)).astype(np.float64)
        return logits - logits.max() - math.log(np.exp(logits - logits.max()).sum())

    def hold(self, what: str) -> None:
        """Fills the cache with what the job goes on from."""
        if self.holds == what:
            return
        c.llama_memory_clear(self.memory, True)
        self.holds = what
        if what == "prefix":
            self.decode(self.work["prefix"], 0)
        elif what == "context":
            self.decode(self.work["prompt"][: self.work["context"]], 0)
            for sequence in range(1, SEQUENCES):
                c.llama_memory_seq_cp(self.memory, 0, sequence, -1, -1)

    def cut(self, sequence: int, length: int) -> None:
        c.llama_memory_seq_rm(self.memory, sequence, length, -1)

    def run(self, job: str) -> list[list[float]]:
        prompt, context = self.work["prompt"], self.work["context"]
        if job == "prefill":
            self.holds = ""
            c.llama_memory_clear(self.memory, False)
            self.decode(prompt, 0)
        elif job == "decode":
            self.hold("context")
            self.decode(prompt[context : context + 1], context)
            self.cut(0, context)
        elif job == "decode8":
            self.hold("context")
            self.decode(prompt[context : context + 8], context, list(range(1, 9)))
            for sequence in range(1, 9):
                self.cut(sequence, context)
        else:
            return [self.score(query) for query in self.work["queries"]]
        return []

    def score(self, query: list[int]) -> list[float]:
        self.hold("prefix")
        begin = len(self.work["prefix"])
        end = begin + self.decode(query, begin)
        first, scores = self.log_softmax(), []
        for candidate in self.work["candidates"]:
            total = float(first[candidate[0]])
            for i in range(1, len(candidate)):
                self.decode(candidate[i - 1 : i], end + i - 1)
                total += float(self.log_softmax()[candidate[i]])
            self.cut(0, end)
            scores.append(total)
        self.cut(0, begin)
        return scores


def main() -> None:
    path, threads, work = sys.argv[1:]
    silent = c.llama_log_callback(lambda level, text, data: None)
    c.llama_log_set(silent, ctypes.c_void_p(0))
    peer = Peer(path, int(threads), json.loads(Path(work).read_text()))
    print(f"llama-cpp-python {c.__version__}: {c.llama_print_system_info().decode()}", flush=True)
    for line in sys.stdin:
        request, name, *rest = line.split()
        if request == "time":
            peer.run(name)
            passes, start = 0, time.perf_counter()
            while (taken := time.perf_counter() - start) < float(rest[0]) or passes == 0:
                peer.run(name)
                passes += 1
            print(taken / passes, flush=True)
        else:
            Path(name).write_text("".join(" ".join(f"{value:.9g}" for value in row) + "\n" for row in peer.run("score")))
            print("written", flush=True)


if __name__ == "__main__":
    main()
