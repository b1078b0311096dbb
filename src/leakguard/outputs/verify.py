"""Check a manifest against its folder: every hash is computed again and every sum is added up again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leakguard.core.check import Check, CheckStatus
from leakguard.core.digests import content_digest
from leakguard.core.errors import LeakguardError
from leakguard.core.mitigated_data import MitigatedData
from leakguard.core.policy import Fate
from leakguard.core.store_address import StoreAddress, find_address, get_bucket
from leakguard.documents.manifest import SHOWN
from leakguard.documents.tally import read_tally
from leakguard.outputs.checkpoint import CHECKPOINT, WORK, is_half_moved
from leakguard.pipeline.clean import count_fates
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.places import ResultPlace, join_place, list_names, measure_place
from leakguard.readers.files.safe_paths import MANIFEST, refuse_links


def verify(said: Mapping[str, Any], folder: ResultPlace, *, version: str, packs: Mapping[str, str]) -> Iterator[Check]:
    """Check all that a manifest (from `read_manifest`) says of outputs in `folder`.

    `packs` maps the ids of the packs that can be read now to their hashes. The order is that of the report: an interrupted clean, the
    manifest itself, the version, the tally, inputs, outputs, files that no clean wrote, packs.
    """
    if isinstance(folder, Path) and is_half_moved(folder / WORK / CHECKPOINT):
        yield Check(
            "outputs", CheckStatus.UNSEEN, f"a clean was interrupted while it moved its outputs to {folder}; run the same clean again"
        )
    yield _same("manifest", said["digest"], content_digest(said), "the manifest was changed after it was written")
    yield _same("leakguard", said["tool"]["version"], version, f"written by {said['tool']['version'][:SHOWN]}, this is {version}")
    yield _balance(said)
    for entry in said["inputs"]:
        yield _input(f"input {entry['name']}", entry["path"], folder, entry)
        if why := entry.get("broken"):
            yield Check(
                f"rows of {entry['name']}", CheckStatus.UNSEEN, f"{why}: those before the damage may be garbled; clean a whole copy"
            )
    for entry in said["outputs"]:
        yield _output(folder, entry)
    yield from _unlisted(folder, {entry["path"] for entry in said["outputs"]})
    for entry in said["packs"]:
        what = f"pack {entry['id']} {entry['version']}"
        if entry["id"] in packs:
            yield _same(what, entry["digest"], packs[entry["id"]], "its rules are not those of the run")
        else:
            yield Check(what, CheckStatus.UNSEEN, "it is not here: give its file with the setting rules")


def check_files(said: MitigatedData, folder: ResultPlace) -> Iterator[Check]:
    """Check the files that the manifest of a mitigation names: those that were read, as they were named, and outputs in `folder`."""
    for what, one in (*(("data", file) for file in said.inputs), *said.others.items()):
        yield _input(f"{what} {one.name}", one.name, Path(), asdict(one))
    for one in said.outputs:
        yield _output(folder, {**asdict(one), "path": one.name})


def outputs_match(said: Mapping[str, Any], folder: ResultPlace) -> bool:
    """Return whether every output has the hash of the manifest, the manifest its own, and the folders hold no other file."""
    files = (_output(folder, entry) for entry in said["outputs"])
    checks = (*files, *_unlisted(folder, {entry["path"] for entry in said["outputs"]}))
    return content_digest(said) == said["digest"] and all(check.verdict is CheckStatus.HOLDS for check in checks)


def _same(what: str, before: object, now: object, otherwise: str) -> Check:
    return Check(what, CheckStatus.HOLDS) if before == now else Check(what, CheckStatus.DIFFERS, otherwise)


def _balance(said: Mapping[str, Any]) -> Check:
    """Check that the tally adds up, and that each fate has as many rows in the inputs as in the outputs."""
    tally = read_tally(said["tally"])
    try:
        tally.check()
    except LeakguardError as error:
        return Check("tally", CheckStatus.DIFFERS, str(error))
    for fate, rows in count_fates(tally).items():
        written = rows if fate is Fate.UNREADABLE else sum(entry["rows"] for entry in said["outputs"] if entry["fate"] == fate.folder)
        # A file that could not be read counts as one row.
        unread = len(said.get("unread", ())) if fate is Fate.UNREADABLE else 0
        counted = sum(entry["rows"][fate.folder] for entry in said["inputs"]) + unread
        if not rows == written == counted:
            return Check("tally", CheckStatus.DIFFERS, f"{rows} rows {fate.folder}, {counted} in the inputs, {written} in the outputs")
    return Check("tally", CheckStatus.HOLDS)


def _output(folder: ResultPlace, said: Mapping[str, Any]) -> Check:
    """Check one output. A link on the way to it is refused: it could lead to a file outside of the folder."""
    try:
        if isinstance(folder, Path):
            refuse_links(folder, said["path"])
    except OSError as error:
        return Check(said["path"], CheckStatus.DIFFERS, str(error))
    return _file(said["path"], join_place(folder, said["path"]), said)


def _input(what: str, name: str | None, folder: ResultPlace, said: Mapping[str, Any]) -> Check:
    """Check an input. Of objects, only those in the bucket of the manifest are read: a manifest must not choose where requests go."""
    if not name:
        return Check(what, CheckStatus.UNSEEN, "standard input cannot be read again")
    if address := find_address(name):
        if isinstance(folder, StoreAddress) and get_bucket(address) == get_bucket(folder):
            return _file(what, address, said)
        return Check(what, CheckStatus.UNSEEN, f"{address} is in a store, which is not asked for a manifest; compare its SHA-256 by hand")
    if isinstance(folder, StoreAddress) and not Path(name).is_absolute():
        return Check(what, CheckStatus.UNSEEN, f"{name}: this path is relative to the folder where the clean ran; verify it there")
    return _file(what, Path(name) if isinstance(folder, StoreAddress) else folder / name, said)


def _file(what: str, path: ResultPlace, said: Mapping[str, Any]) -> Check:
    otherwise = f"{path} has changed"
    try:
        # A file of another size need not be read.
        if measure_place(path) not in (None, said["bytes"]):
            return Check(what, CheckStatus.DIFFERS, otherwise)
        now = hash_file(path)
    except OSError as error:
        return Check(what, CheckStatus.UNSEEN, f"{path}: {error.strerror or error}")
    return _same(what, (said["sha256"], said["bytes"]), (now.sha256, now.bytes), otherwise)


def _unlisted(folder: ResultPlace, known: set[str]) -> Iterator[Check]:
    """Report files and links in the folders of outputs that the manifest does not name: a model could be trained on them."""
    for fate in Fate:
        try:
            names = list_names(folder, fate.folder)
        except OSError as error:
            yield Check(fate.folder, CheckStatus.UNSEEN, f"{join_place(folder, fate.folder)}: cannot be listed: {error.strerror or error}")
            continue
        for name in names:
            if name not in known:
                yield Check(name, CheckStatus.DIFFERS, f"{MANIFEST} does not list this file")
