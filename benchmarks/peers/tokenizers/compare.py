"""familiar's tokenizers beside Hugging Face's: equal ids, and bytes a second of one thread, each text once.

Both open the tokenizer anew for every repeat, so that nothing is known of the texts; they run in turn, and the best
repeat of each counts. Times are processor time of one thread, with the ids kept.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402  (reads the variable)

ENGLISH = ("sst2/train", "mnli/train", "ag_news/train", "trec/train")
LANGUAGES = ("ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")


def texts(files: list[Path]) -> list[str]:
    """Every text of the files once, without line ends."""
    seen: dict[str, None] = {}
    for file in files:
        with file.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                for key in ("text", "text_a", "text_b"):
                    text = row.get(key)
                    if isinstance(text, str) and not {"\n", "\r"} & set(text):
                        seen[text] = None
    return list(seen)


def hash_of(encodings) -> str:
    value, mask = 0xCBF29CE484222325, (1 << 64) - 1
    for encoding in encodings:
        for number in (*encoding.ids, 0xFFFFFFFF):
            value = ((value ^ number) * 0x100000001B3) & mask
    return f"{value:016x}"


def peer(model: Path, lines: list[str]) -> tuple[float, list]:
    tokenizer = tokenizers.Tokenizer.from_file(str(model))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # text is text, as ours has it
    start = time.thread_time()
    encodings = tokenizer.encode_batch_fast(lines)
    return time.thread_time() - start, encodings


def ours(program: Path, model: Path, lines: Path) -> tuple[float, str]:
    seconds, digest = subprocess.run([program, model, lines], check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), digest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", nargs="+", default=["models/minilm/tokenizer.json", "models/e5-small/tokenizer.json"],
                        help="tokenizer.json files; Unigram ones get the languages of XNLI, others English")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where the figures go too")
    args = parser.parse_args()

    sets = {"english": [args.data / f"{name}.jsonl" for name in ENGLISH],
            "xnli": [args.data / f"xnli_{code}" / f"{split}.jsonl" for code in LANGUAGES for split in ("dev", "test")]}
    lines, files = {}, {}
    for name, paths in sets.items():
        lines[name] = texts(paths)
        files[name] = args.work / f"{name}.txt"
        files[name].write_text("\n".join(lines[name]), encoding="utf-8", newline="")
    print(f"tokenizers {tokenizers.__version__}, Python {platform.python_version()}, {args.repeats} repeats in turn")
    print("| model | texts | MB | Hugging Face, MB/s | familiar, MB/s | ratio | ids |")
    print("|---|---|---|---|---|---|---|")
    results, all_equal = [], True
    for model in map(Path, args.models):
        kind = json.loads(model.read_text(encoding="utf-8"))["model"].get("type")
        name = "xnli" if kind == "Unigram" else "english"
        megabytes = sum(len(text.encode()) for text in lines[name]) / 1e6
        best = {"peer": float("inf"), "ours": float("inf")}
        for _ in range(args.repeats):
            taken, encodings = peer(model, lines[name])
            best["peer"] = min(best["peer"], taken)
            taken, digest = ours(args.program, model, files[name])
            best["ours"] = min(best["ours"], taken)
        equal = digest == hash_of(encodings)
        all_equal = all_equal and equal
        speed = {who: megabytes / seconds for who, seconds in best.items()}
        results.append({"model": str(model), "texts": name, "bytes": round(megabytes * 1e6), "equal_ids": equal,
                        "hugging_face_mb_s": speed["peer"], "familiar_mb_s": speed["ours"]})
        print(f"| {model.parent.name} ({kind}) | {name} | {megabytes:.1f} | {speed['peer']:.2f} | {speed['ours']:.1f} | "
              f"{speed['ours'] / speed['peer']:.1f} | {'equal' if equal else '**differ**'} |", flush=True)
    if args.json:
        args.json.write_text(json.dumps({"tokenizers": tokenizers.__version__, "results": results}, indent=1))
    return 0 if all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
