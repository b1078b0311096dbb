"""The folder of a mitigation: rows to train on, added and dropped rows, and the manifest, which is written last."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.example import Example
from leakguard.core.gate import GatedFile
from leakguard.core.mitigated_data import MitigatedData
from leakguard.documents.mitigation import is_mitigation, mitigation_to_dict
from leakguard.harness.examples import render_examples
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.safe_paths import MANIFEST

WORK = ".leakguard-work"
"""Folder in the output folder for evidence that was gathered; it is removed when the rows are written."""
CERTIFICATES = "certificate-*.json"
"""Names of the certificates about the rows, which training writes beside them."""
ROWS, ADDED, DROPPED = "rows.jsonl", "added.jsonl", "dropped.jsonl"


def describe_file(path: Path, name: str) -> GatedFile:
    """Return a file's hash and size under a name. Raises UsageError for a file that cannot be read."""
    try:
        found = hash_file(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    return GatedFile(name, found.sha256, found.bytes)


def check_folder(folder: Path, overwrite: bool) -> None:
    """Raise UsageError for a folder with files that no mitigation wrote, or with a result unless `overwrite`."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"`output` {folder}: this is not a folder; give another path")
    there = sorted({path.name for path in folder.iterdir() if path.name != WORK} - {path.name for path in folder.glob(CERTIFICATES)})
    ours = not there or (MANIFEST in there and is_mitigation(folder / MANIFEST) and {*there} <= {MANIFEST, ROWS, ADDED, DROPPED})
    if not ours:
        raise UsageError(f"`output` {folder}: holds files that no mitigation wrote ({there[0]}); give another folder")
    if there and not overwrite:
        raise UsageError(f"`output` {folder}: holds the result of another run; give another folder, or `overwrite`")


def write_folder(result: MitigatedData, files: Mapping[str, Sequence[Example]], folder: Path) -> MitigatedData:
    """Write the rows of each file that has some, and the manifest; return the result with the files. Raises Stopped."""
    # Everything is written to a folder beside the results and moved at the end, the manifest last.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (MANIFEST, *files, *(path.name for path in folder.glob(CERTIFICATES))):
            (folder / name).unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=WORK) as place:
            outputs = []
            for name, rows in files.items():
                if rows:
                    path = Path(place) / name
                    path.write_text(render_examples(rows), encoding="utf-8")
                    outputs.append(describe_file(path, name))
            result = replace(result, outputs=tuple(outputs))
            (Path(place) / MANIFEST).write_text(json.dumps(mitigation_to_dict(result), indent=2) + "\n", encoding="utf-8")
            for name in (*(one.name for one in outputs), MANIFEST):
                os.replace(Path(place) / name, folder / name)
        shutil.rmtree(folder / WORK, ignore_errors=True)
    except OSError as error:
        raise Stopped(f"{folder}: the rows cannot be written: {error.strerror or error}") from error
    return result
