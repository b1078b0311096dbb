"""Check a manifest against what is there now: every hash and every sum is taken again."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leakguard.core.check import Check, CheckStatus
from leakguard.core.digests import content_digest
from leakguard.core.errors import LeakguardError
from leakguard.core.policy import Fate
from leakguard.documents.manifest import SHOWN
from leakguard.documents.tally import read_tally
from leakguard.outputs.checkpoint import CHECKPOINT, WORK, is_half_moved
from leakguard.pipeline.clean import count_fates
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.safe_paths import MANIFEST, list_files, refuse_links


def verify(said: Mapping[str, Any], folder: Path, *, version: str, packs: Mapping[str, str]) -> Iterator[Check]:
    """Check all that a manifest (from `read_manifest`) says of outputs in `folder`; `packs` maps the packs that can be read now to their
    hashes."""
    if is_half_moved(folder / WORK / CHECKPOINT):
        yield Check(
            "outputs", CheckStatus.UNSEEN, f"a clean was interrupted while it moved its outputs to {folder}; run the same clean again"
        )
    yield _same("manifest", said["digest"], content_digest(said), "the manifest was changed after it was written")
    yield _same("leakguard", said["tool"]["version"], version, f"written by {said['tool']['version'][:SHOWN]}, this is {version}")
    yield _balance(said)
    for entry in said["inputs"]:
        yield _file(f"input {entry['name']}", folder / entry["path"] if entry["path"] else None, entry)
        if why := entry.get("broken"):
            yield Check(
                f"rows of {entry['name']}", CheckStatus.UNSEEN, f"{why}: those before the damage may be garbled; clean a whole copy"
            )
    for entry in said["outputs"]:
        yield _output(folder, entry)
    yield from _strangers(folder, {entry["path"] for entry in said["outputs"]})
    for entry in said["packs"]:
        what = f"pack {entry['id']} {entry['version']}"
        if entry["id"] in packs:
            yield _same(what, entry["digest"], packs[entry["id"]], "its rules are not those that looked")
        else:
            yield Check(what, CheckStatus.UNSEEN, "it is not here: name its file with --rules")


def outputs_match(said: Mapping[str, Any], folder: Path) -> bool:
    """Are all outputs of this manifest what they were, and nothing beside them?"""
    files = (_output(folder, entry) for entry in said["outputs"])
    checks = (*files, *_strangers(folder, {entry["path"] for entry in said["outputs"]}))
    return content_digest(said) == said["digest"] and all(check.verdict is CheckStatus.HOLDS for check in checks)


def _same(what: str, before: object, now: object, otherwise: str) -> Check:
    return Check(what, CheckStatus.HOLDS) if before == now else Check(what, CheckStatus.DIFFERS, otherwise)


def _balance(said: Mapping[str, Any]) -> Check:
    """The tally balances, and its rows are those of the inputs and of the outputs."""
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


def _output(folder: Path, said: Mapping[str, Any]) -> Check:
    """An output lies in the folder itself: a link on the way to it would let another file speak for it."""
    try:
        refuse_links(folder, said["path"])
    except OSError as error:
        return Check(said["path"], CheckStatus.DIFFERS, str(error))
    return _file(said["path"], folder / said["path"], said)


def _file(what: str, path: Path | None, said: Mapping[str, Any]) -> Check:
    if path is None:
        return Check(what, CheckStatus.UNSEEN, "standard input cannot be read again")
    otherwise = f"{path} has changed"
    try:
        # A file of another size need not be read.
        if path.is_file() and path.stat().st_size != said["bytes"]:
            return Check(what, CheckStatus.DIFFERS, otherwise)
        now = hash_file(path)
    except OSError as error:
        return Check(what, CheckStatus.UNSEEN, f"{path}: {error.strerror or error}")
    return _same(what, (said["sha256"], said["bytes"]), (now.sha256, now.bytes), otherwise)


def _strangers(folder: Path, known: set[str]) -> Iterator[Check]:
    """Files and links in the folders of outputs that the manifest does not name: a model could be trained on them."""
    for fate in Fate:
        home = folder / fate.folder
        for path in [home] if home.is_symlink() else sorted(list_files(home)):
            name = path.relative_to(folder).as_posix()
            if name not in known:
                yield Check(name, CheckStatus.DIFFERS, f"{MANIFEST} does not list this file")
