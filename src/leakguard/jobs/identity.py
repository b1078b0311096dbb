"""Everything that decides about the bytes that a clean writes: two runs with the same identity write the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leakguard.core.version import __version__
from leakguard.jobs.build.detectors import expand_paths
from leakguard.jobs.guard import Guard
from leakguard.outputs.hashed_inputs import HashedInput, describe_unread
from leakguard.readers.files.hashes import hash_file
from leakguard.settings import OPTIONS, Settings
from leakguard.settings.option import CLEAN


def build_identity(settings: Settings, watch: Guard, inputs: Sequence[HashedInput], files: Sequence[str], place: Path) -> dict[str, Any]:
    """Version, settings, packs, inputs and their hashes, and which of `files` cannot be read, as a manifest in `place` says them."""
    return {
        "tool": {"name": "leakguard", "version": __version__},
        "settings": {key: value for key, value in settings.as_mapping().items() if CLEAN in OPTIONS[key].decides},
        "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in watch.packs],
        "inputs": [entry.described(place) for entry in inputs],
        "unread": describe_unread(files, place),
        "meaning": _meaning(settings, watch),
        "judge_weights": _judge_weights(watch),
        "baseline": {"sha256": watch.baseline.digest, "entries": len(watch.baseline.entries)} if watch.baseline else None,
    }


def _meaning(settings: Settings, watch: Guard) -> dict[str, Any] | None:
    """What a search by meaning depends on beside the settings: the model's weights, and the control's bytes."""
    if not watch.meaning:
        return None
    control = {file: hash_file(Path(file)).sha256 for file in expand_paths(settings, [settings.control])} if settings.control else {}
    return {"model": watch.meaning.embedder.name, "digest": watch.meaning.embedder.digest, "control": control}


def _judge_weights(watch: Guard) -> str | None:
    """What names a local judge together with its weights, which a folder's name in the settings does not."""
    model = watch.judge.surveyor.bench.asker.model if watch.judge else ""
    return model if model.startswith("local:") else None
