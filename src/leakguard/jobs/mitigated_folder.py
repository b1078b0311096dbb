"""The folder of a mitigation: rows to train on, added and dropped rows, and the manifest, which is written last."""

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.example import Example
from leakguard.core.gate import GatedFile
from leakguard.core.mitigated_data import MitigatedData
from leakguard.documents.mitigation import is_mitigation, mitigation_to_dict
from leakguard.harness.examples import render_examples
from leakguard.harness.finished_files import write_whole
from leakguard.outputs.folder import lock_folder
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.safe_paths import MANIFEST

WORK = ".leakguard-work"
"""Folder in the output folder for evidence that was gathered; it is removed when the rows are written. A run locks it."""
NEW, LEAVING, BEFORE = "new", "leaving", "before"
"""Folders in it while a result is replaced: new files, a part of the earlier result, and all of it."""
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
    there = sorted({path.name for path in folder.iterdir() if path.name != WORK} - {path.name for path in folder.glob(CERTIFICATES)})
    ours = not there or (MANIFEST in there and is_mitigation(folder / MANIFEST) and {*there} <= {MANIFEST, ROWS, ADDED, DROPPED})
    if not ours:
        raise UsageError(f"`output` {folder}: holds files that no mitigation wrote ({there[0]}); give another folder")
    if there and not overwrite:
        raise UsageError(f"`output` {folder}: holds the result of another run; give another folder, or `overwrite`")


def write_folder(result: MitigatedData, files: Mapping[str, Sequence[Example]], folder: Path) -> MitigatedData:
    """Write the rows of each file that has some, and the manifest, in place of an earlier result; return the result with the files.

    The folder must be held (`hold_folder`). Raises Stopped; the earlier result with its certificates is kept then.
    """
    earlier = (folder / MANIFEST).exists()
    place = folder / WORK / NEW
    try:
        place.mkdir()
        outputs = []
        for name, rows in files.items():
            if rows:
                write_whole(place / name, render_examples(rows))
                outputs.append(describe_file(place / name, name))
        result = replace(result, outputs=tuple(outputs))
        write_whole(place / MANIFEST, json.dumps(mitigation_to_dict(result), indent=2) + "\n")
        _swap(folder, [*(one.name for one in outputs), MANIFEST])
    except OSError as error:
        kept = "; the earlier result is kept" if earlier else ""
        raise Stopped(f"{folder}: the rows cannot be written: {error.strerror or error}{kept}") from error
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return result


@contextmanager
def hold_folder(folder: Path, overwrite: bool) -> Iterator[frozenset[str]]:
    """Hold the lock of an output folder, which is made first; yield the names of the evidence that an earlier run left in it.

    Evidence stays for the next run, everything else of an unfinished run is removed, and so are folders that are left empty. Raises
    UsageError for a folder that another process uses or that cannot be written, and as `check_folder` does.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`output` {folder}: this is not a folder; give another path")
    work, handle = folder / WORK, None
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        work.mkdir(parents=True, exist_ok=True)
        handle = lock_folder(work)
        _put_back(folder)
    except OSError as error:
        raise UsageError(f"`output` {folder}: cannot be written: {error.strerror or error}; nothing was mitigated") from error
    try:
        check_folder(folder, overwrite)
        yield frozenset(path.name for path in work.iterdir())
    finally:
        with suppress(OSError):
            _put_back(folder)
        for path in (work, *made):
            with suppress(OSError):
                path.rmdir()
        if handle is not None:
            os.close(handle)


def remove_evidence(folder: Path, kept: Collection[str]) -> None:
    """Remove the evidence that was gathered in a folder, apart from these files of an earlier run."""
    for path in (folder / WORK).iterdir():
        if path.name in kept:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _list_result(folder: Path) -> list[Path]:
    """Return the files of the result in a folder, the manifest first, and its certificates."""
    return [path for name in (MANIFEST, ROWS, ADDED, DROPPED, CERTIFICATES) for path in sorted(folder.glob(name))]


def _swap(folder: Path, names: Sequence[str]) -> None:
    """Replace the result in a folder by the new files of these names, the manifest last. Raises OSError."""
    # The earlier result is moved away file by file, and its new place is renamed when it is complete: see _put_back.
    work = folder / WORK
    (work / LEAVING).mkdir()
    for path in _list_result(folder):
        os.replace(path, work / LEAVING / path.name)
    os.replace(work / LEAVING, work / BEFORE)
    for name in names:
        os.replace(work / NEW / name, folder / name)


def _put_back(folder: Path) -> None:
    """Move the earlier result back unless it was replaced to the end, and remove the rest of an unfinished run. Raises OSError."""
    # With BEFORE and no manifest, what lies in the folder are new files, some of them missing. With LEAVING it is a part of the earlier
    # result. So this can itself be interrupted at any step and be done again.
    work = folder / WORK
    if (work / BEFORE).is_dir() and not (folder / MANIFEST).exists():
        for path in _list_result(folder):
            path.unlink()
        os.replace(work / BEFORE, work / LEAVING)
    if (work / LEAVING).is_dir():
        for path in sorted((work / LEAVING).iterdir()):
            os.replace(path, folder / path.name)
    for name in (NEW, LEAVING, BEFORE):
        shutil.rmtree(work / name, ignore_errors=True)
