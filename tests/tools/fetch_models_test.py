#!/usr/bin/env python3
"""tools/fetch_models.py against a hub on this machine that serves right, wrong, short and endless files. Usage: … SOURCE"""
from __future__ import annotations

import contextlib
import hashlib
import http.server
import importlib.util
import sys
import tempfile
import threading
import unittest
from pathlib import Path

spec = importlib.util.spec_from_file_location("fetch_models", Path(sys.argv[1]) / "tools" / "fetch_models.py")
fetch_models = importlib.util.module_from_spec(spec)
sys.modules["fetch_models"] = fetch_models
sys.dont_write_bytecode = True
spec.loader.exec_module(fetch_models)

CONTENT = b"weights" * 1000
MODEL = {"name": "tiny", "hub": "owner/tiny", "package": "none", "version": "0", "licence": "x",
         "files": [{"path": "model.bin", "member": "m", "bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}]}


@contextlib.contextmanager
def hub(body: bytes, status: int = 200):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
    finally:
        server.shutdown()
        server.server_close()


class FetchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="familiar-fetch-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def left(self):
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def test_a_good_file_is_placed_whole(self):
        with hub(CONTENT) as (url, asked):
            fetch_models.fetch(MODEL, self.folder, url)
        self.assertEqual(asked, ["/owner/tiny/resolve/main/model.bin"])
        self.assertEqual((self.folder / "tiny" / "model.bin").read_bytes(), CONTENT)
        self.assertTrue(fetch_models.in_place(self.folder, MODEL, verify=True))

    def test_other_bytes_are_refused_and_nothing_is_left(self):
        for body in (CONTENT[:-1], CONTENT + b"x", b"X" + CONTENT[1:], b""):
            with hub(body) as (url, _), self.assertRaises(fetch_models.Failure):
                fetch_models.fetch(MODEL, self.folder, url)
            self.assertEqual(self.left(), [])

    def test_a_missing_file_is_a_message(self):
        with hub(b"", 404) as (url, _), self.assertRaisesRegex(fetch_models.Failure, "model.bin"):
            fetch_models.fetch(MODEL, self.folder, url)

    def test_a_damaged_model_is_seen_and_replaced(self):
        (self.folder / "tiny").mkdir()
        (self.folder / "tiny" / "model.bin").write_bytes(b"Y" * len(CONTENT))
        self.assertTrue(fetch_models.in_place(self.folder, MODEL, verify=False))
        self.assertFalse(fetch_models.in_place(self.folder, MODEL, verify=True))
        with hub(CONTENT) as (url, _):
            fetch_models.fetch(MODEL, self.folder, url)
        self.assertTrue(fetch_models.in_place(self.folder, MODEL, verify=True))
        self.assertEqual(self.left(), ["tiny/model.bin"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
