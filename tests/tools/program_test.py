#!/usr/bin/env python3
"""The program as a user runs it, on files that this test writes and on the sample task. Usage: program_test.py PROGRAM SOURCE"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, SOURCE = Path(sys.argv[1]), Path(sys.argv[2])
TASK = SOURCE / "data" / "support"


def models() -> Path | None:
    places = [Path(p) for p in [os.environ.get("FAMILIAR_MODELS")] if p] + [SOURCE / "models", SOURCE.parent / "models"]
    return next((p for p in places if (p / "minilm").is_dir() and (p / "smollm2-135m").is_dir()), None)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="familiar-program-")
        self.addCleanup(self.scratch.cleanup)
        self.folder = Path(self.scratch.name)

    def run_program(self, *arguments, status=0, **environment):
        env = {**os.environ, "FAMILIAR_CACHE": str(self.folder / "cache"), "NO_COLOR": "1", **environment}
        done = subprocess.run([str(PROGRAM), *map(str, arguments)], cwd=self.folder, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, timeout=280, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout[-400:]} {done.stderr[-400:]}")
        return done

    def write_rows(self, name, rows):
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def need_models(self) -> Path:
        found = models()
        if found is None:
            print("SKIPPED: the default models are not on this machine", file=sys.stderr)
            self.skipTest("the default models are not on this machine")
        return found

    def task(self):
        """A task that needs no model: a plug-in whose predictions stand in a file."""
        folder = self.folder / "task"
        folder.mkdir()
        rows = [{"id": f"r{i}", "text": f"text number {i}", "label": "ab"[i % 2]} for i in range(6)]
        (folder / "task.json").write_text(json.dumps({"name": "t", "description": "d", "labels": ["a", "b"], "fields": ["text"]}))
        for split in ("train", "test"):
            (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        predictions = self.write_rows("predictions.jsonl", [{"id": row["id"], "label": "a", "confidence": 0.75} for row in rows])
        return folder, predictions

    # ------------------------------------------------------------ no model is needed
    def test_a_store_of_grimoires_is_listed_shown_and_edited(self):
        folder, _ = self.task()
        self.assertEqual(json.loads(self.run_program("grimoire", "list", folder, "--json").stdout), [])
        store = folder / "grimoires"
        store.mkdir()
        front = ["name: mine", "task: t", "strategy: profound", "parent:", "strong: x", "weak:", "samples: []", "seed: 0",
                 f"prompt_hash: {'0' * 64}", f"text_hash: {'0' * 64}"]
        path = store / "mine.md"
        path.write_text("\n".join(["---", *front, "---", "Rules.", ""]), encoding="utf-8")
        listed = self.run_program("grimoire", "list", folder, "--json")
        self.assertEqual([(row["name"], row["length"]) for row in json.loads(listed.stdout)], [("mine", 6)])
        self.assertIn("mine was edited by hand", listed.stderr)
        shown = self.run_program("grimoire", "show", folder, "mine")
        self.assertEqual((shown.stdout, shown.stderr), ("Rules.\n", ""))
        self.assertIn("Did you mean mine?", self.run_program("grimoire", "show", folder, "mien", status=2).stderr)
        self.assertIn("--weak", self.run_program("grimoire", "write", folder, "--strategy", "mistakes", "--strong", "none", status=2).stderr)
        path.write_text("no front matter", encoding="utf-8")
        self.assertIn("mine.md, line 1:", self.run_program("grimoire", "list", folder, status=1).stderr)

    def test_help_and_version(self):
        self.assertIn("supericl", self.run_program("run", "--help").stdout)
        self.assertRegex(self.run_program("--version").stdout, r"^familiar \d+\.\d+\.\d+\n$")

    def test_wrong_use_names_the_nearest(self):
        self.assertIn("tokenize", self.run_program("tokenise", status=2).stderr)
        self.assertIn("--method", self.run_program("run", TASK, "--methd", "icl", status=2).stderr)
        self.assertIn("supericl", self.run_program("run", TASK, "--method", "superICL", status=2).stderr)
        self.run_program(status=2)

    def test_policies_lists_parameters(self):
        listed = json.loads(self.run_program("policies", "--json").stdout)
        http = next(p for p in listed if p["name"] == "http")
        self.assertIn("base_url", [p["name"] for p in http["parameters"]])

    def test_a_run_without_models(self):
        folder, predictions = self.task()
        arguments = ("run", folder, "--method", "plugin", "--plugin", f"precomputed:{predictions}", "--out", "out")
        report = json.loads(self.run_program(*arguments, "--json").stdout)
        self.assertEqual((report["rows"], report["accuracy"], report["calls"]), (6, 0.5, 0))
        rows = [json.loads(line) for line in (self.folder / "out" / "predictions.jsonl").read_text().splitlines()]
        self.assertEqual([row["id"] for row in rows], [f"r{i}" for i in range(6)])
        self.assertEqual({row["decided_by"] for row in rows}, {"plugin"})
        before = (self.folder / "out" / "predictions.jsonl").read_bytes()
        self.run_program(*arguments)
        self.assertEqual((self.folder / "out" / "predictions.jsonl").read_bytes(), before)
        self.assertIn("out", self.run_program(*arguments, "--seed", 5, status=2).stderr)
        self.assertIn("plugin", self.run_program("compare", "out").stdout)
        self.run_program(*arguments[:-1], "other", "--seed", 5)
        table = self.run_program("compare", "out", "other/").stdout  # runs of one method are told apart by their folders
        self.assertIn("plugin (out)", table)
        self.assertIn("plugin (other)", table)

    def test_a_prediction_that_is_missing_is_named(self):
        folder, _ = self.task()
        few = self.write_rows("few.jsonl", [{"id": "r0", "label": "a", "confidence": 1.0}])
        message = self.run_program("run", folder, "--method", "plugin", "--plugin", f"precomputed:{few}", "--out", "out", status=1).stderr
        self.assertIn("r1", message)

    def test_a_dead_endpoint_is_named(self):
        folder, _ = self.task()
        spec = json.dumps({"type": "http", "base_url": "http://127.0.0.1:9/v1", "model": "m", "key_env": "", "retries": 0})
        self.assertIn("127.0.0.1:9", self.run_program("run", folder, "--method", "zero-shot", "--llm", spec, "--out", "out", status=1).stderr)

    def test_missing_files_are_named(self):
        self.assertIn("gone", self.run_program("tokenize", "--model", "gone", "--input", "gone.jsonl", status=1).stderr)
        self.assertIn("gone", self.run_program("run", "gone", status=1).stderr)
        self.assertIn("gone", self.run_program("models", "gone", status=1).stderr)

    # ------------------------------------------------------------ with the default models
    def test_rows_through_the_encoder(self):
        model = self.need_models() / "minilm"
        rows = self.write_rows("rows.jsonl", [{"id": 1, "text": "a parcel"}, {"text_a": "one", "text_b": "two"}])
        tokens = [json.loads(line) for line in self.run_program("tokenize", "--model", model, "--input", rows).stdout.splitlines()]
        self.assertEqual(tokens[0]["id"], 1)
        self.assertEqual(tokens[0]["tokens"], ["[CLS]", "a", "parcel", "[SEP]"])
        self.assertEqual(tokens[1]["type_ids"], [0, 0, 0, 1, 1])
        vectors = json.loads(self.run_program("embed", "--model", model, "--input", rows, "--json").stdout)
        self.assertAlmostEqual(sum(x * x for x in vectors[0]["embedding"]), 1.0, places=5)
        self.assertEqual(json.loads(self.run_program("models", model, "--json").stdout)["architecture"], "bert")

    def test_a_local_llm(self):
        model = self.need_models() / "smollm2-135m"
        text = self.run_program("complete", "--model", model, "--prompt", "The capital of France is", "--max-tokens", 3, "--stream", "--quiet").stdout
        self.assertIn("Paris", text)
        scores = json.loads(self.run_program("score", "--model", model, "--prompt", "The capital of France is", "--choices", " Paris",
                                             "--choices", " banana").stdout)["logprobs"]
        self.assertGreater(scores[0], scores[1])

    def test_a_language_model_is_profiled(self):
        model = self.need_models() / "smollm2-135m"
        for phase in ("prefill", "decode"):
            out = json.loads(self.run_program("profile", "--model", model, "--shape", "2x16", "--phase", phase, "--passes", 2, "--json").stdout)
            self.assertEqual(out["phase"], phase)
            rows = {row["operation"]: row["shape"] for row in out["operations"]}
            self.assertEqual(rows["head"], [2, 49152, 576])  # only what follows the last tokens is asked for
            self.assertEqual(rows["gate"], [30 * (32 if phase == "prefill" else 2), 1536, 576])
            self.assertAlmostEqual(sum(row["milliseconds"] for row in out["operations"]) + out["idle_milliseconds"], out["milliseconds"], 3)

    def test_the_main_job_on_a_few_rows(self):
        where = {"FAMILIAR_MODELS": str(self.need_models())}
        self.assertIn("calls: 4", self.run_program("run", TASK, "--limit", 4, "--plan", **where).stdout)
        report = json.loads(self.run_program("run", TASK, "--limit", 4, "--demos", 2, "--out", "out", "--json", **where).stdout)
        self.assertEqual((report["rows"], report["failed"], report["calls"]), (4, 0, 4))
        self.assertGreater(report["tokens"]["reused"], 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
