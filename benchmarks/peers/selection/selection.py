#!/usr/bin/env python3
"""Exact search, k-means, average linkage and BM25 beside faiss, scikit-learn and bm25s, on the same rows with the same threads.

Rows are 300 directions with noise, of length 1; documents are words by Zipf's law. Both sides take turns, repeat by repeat; what is printed
is the median of each and their ratio. faiss is measured with its BLAS threshold as it comes and at 1, whichever is faster counts.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROWS, DIMENSION, QUERIES, NEAREST, LINKED = 100_000, 384, 256, 16, 5_000
TIMES = 3  # a repeat of what takes milliseconds


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--peer", type=Path, required=True, help="build/…/bin/familiar_selection_peer")
    p.add_argument("--work", type=Path, required=True, help="folder for the rows")
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--only", choices=("search", "kmeans", "linkage", "bm25"), action="append")
    p.add_argument("--clusters", type=int, default=64)
    p.add_argument("--json", type=Path)
    return p.parse_args()


A = parse()
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(A.threads)

import numpy  # noqa: E402  (after the threads are set)


def embeddings(count: int, seed: int) -> numpy.ndarray:
    rng, topics = numpy.random.default_rng(seed), numpy.random.default_rng(99).uniform(-1, 1, (300, DIMENSION))
    x = topics[rng.integers(300, size=count)] + rng.uniform(-1.2, 1.2, (count, DIMENSION))
    return (x / numpy.linalg.norm(x, axis=1, keepdims=True)).astype(numpy.float32)


def documents(count: int, words: int, seed: int) -> list[list[str]]:
    rng = numpy.random.default_rng(seed)
    return [[str(int(w)) for w in numpy.power(50_000, rng.random(words))] for _ in range(count)]


class Ours:
    """A process a repeat that times the work alone, as often as the peer's is timed; the fastest counts on both sides."""

    def __init__(self, job: str, folder: Path, number: int, times: int):
        self.command = [str(x) for x in (A.peer, job, folder, DIMENSION, number, A.threads, times)]

    def __call__(self) -> dict:
        out = subprocess.run(self.command, capture_output=True, text=True, check=True).stdout
        return min((json.loads(line) for line in out.splitlines()), key=lambda line: line["seconds"])


def timed(work) -> dict:
    start = time.perf_counter()
    result = work()
    return {"seconds": time.perf_counter() - start, **result}


def fastest_of(work, times: int = TIMES) -> dict:
    return min((timed(work) for _ in range(times)), key=lambda r: r["seconds"])


def compare(name: str, ours, theirs, peer: str) -> dict:
    pairs = [(ours(), theirs()) for _ in range(A.repeats)]
    a, b = (statistics.median(p[side]["seconds"] for p in pairs) for side in (0, 1))
    result = {"name": name, "peer": peer, "familiar_seconds": a, "peer_seconds": b, "ratio": b / a,
              "familiar": {k: v for k, v in pairs[-1][0].items() if k != "seconds"}, "theirs": {k: v for k, v in pairs[-1][1].items() if k != "seconds"}}
    print(f"{name}: familiar {a * 1e3:.1f} ms, {peer} {b * 1e3:.1f} ms, ratio {b / a:.2f}; {result['familiar']} {result['theirs']}", flush=True)
    return result


def search(folder: Path) -> dict:
    import faiss
    rows, queries = embeddings(ROWS, 1), embeddings(QUERIES, 2)
    rows.tofile(folder / "rows.f32")
    queries.tofile(folder / "queries.f32")
    faiss.omp_set_num_threads(A.threads)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(rows)
    default, best = faiss.cvar.distance_compute_blas_threshold, None
    for threshold in (default, 1):
        faiss.cvar.distance_compute_blas_threshold = threshold
        seconds = fastest_of(lambda: {"sum_of_indices": int(index.search(queries, NEAREST)[1].sum())})["seconds"]
        print(f"faiss {faiss.__version__}, distance_compute_blas_threshold {threshold}: {seconds * 1e3:.1f} ms", flush=True)
        best = min(best or (seconds, threshold), (seconds, threshold))
    faiss.cvar.distance_compute_blas_threshold = best[1]
    return compare(f"top {NEAREST} of {ROWS} × {DIMENSION}, {QUERIES} queries", Ours("search", folder, NEAREST, TIMES),
                   lambda: fastest_of(lambda: {"sum_of_indices": int(index.search(queries, NEAREST)[1].sum())}),
                   f"faiss IndexFlatIP (threshold {best[1]})")


def kmeans(folder: Path) -> dict:
    import sklearn.cluster
    rows = embeddings(ROWS, 3)
    rows.tofile(folder / "rows.f32")
    seeds = iter(range(10**6))

    def theirs() -> dict:
        fit = sklearn.cluster.KMeans(A.clusters, n_init=1, max_iter=300, tol=1e-4, algorithm="lloyd", random_state=next(seeds)).fit(rows)
        return {"inertia": float(fit.inertia_), "iterations": int(fit.n_iter_)}
    return compare(f"k-means of {ROWS} × {DIMENSION} into {A.clusters}, seeding counted", Ours("kmeans", folder, A.clusters, 1),
                   lambda: timed(theirs), f"scikit-learn {sklearn.__version__} Lloyd")


def linkage(folder: Path) -> dict:
    import sklearn.cluster
    rows = embeddings(LINKED, 4)
    rows.tofile(folder / "rows.f32")

    def theirs() -> dict:
        fit = sklearn.cluster.AgglomerativeClustering(n_clusters=8, metric="cosine", linkage="average", compute_distances=True).fit(rows)
        return {"last_height": float(fit.distances_[-1])}
    return compare(f"average linkage of {LINKED} × {DIMENSION}", Ours("linkage", folder, 8, 1), lambda: timed(theirs),
                   f"scikit-learn {sklearn.__version__}")


def bm25(folder: Path) -> dict:
    import bm25s
    pool, queries = documents(ROWS, 20, 5), documents(QUERIES, 12, 6)
    for name, texts in (("documents", pool), ("queries", queries)):
        (folder / f"{name}.txt").write_text("".join(" ".join(words) + "\n" for words in texts))
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    index.index(pool, show_progress=False)

    def theirs() -> dict:
        _, scores = index.retrieve(queries, k=NEAREST, show_progress=False, n_threads=A.threads)
        return {"sum_of_best": float(scores[:, 0].sum())}
    return compare(f"BM25, {ROWS} documents of 20 words, {QUERIES} queries of 12", Ours("bm25", folder, NEAREST, TIMES),
                   lambda: fastest_of(theirs), f"bm25s {bm25s.__version__}")


def main() -> int:
    results = []
    for job in (search, kmeans, linkage, bm25):
        if not A.only or job.__name__ in A.only:
            folder = A.work / job.__name__
            folder.mkdir(parents=True, exist_ok=True)
            results.append(job(folder))
    if A.json:
        A.json.write_text(json.dumps({"threads": A.threads, "results": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
