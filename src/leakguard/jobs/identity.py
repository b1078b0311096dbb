"""The identity of a clean: everything that decides about the bytes it writes. Runs with the same identity write the same bytes."""

from collections.abc import Sequence
from typing import Any

from leakguard.core.version import __version__
from leakguard.jobs.build.readers import expand_paths
from leakguard.jobs.guard import Guard
from leakguard.outputs.hashed_inputs import HashedInput, describe_unread
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.places import ResultPlace
from leakguard.settings import OPTIONS
from leakguard.settings.option import CLEAN
from leakguard.settings.plan import Plan


def build_identity(plan: Plan, guard: Guard, inputs: Sequence[HashedInput], files: Sequence[str], place: ResultPlace) -> dict[str, Any]:
    """Return version, settings, packs, the inputs with their hashes, and the unreadable ones of `files`, for a manifest in `place`."""
    return {
        "tool": {"name": "leakguard", "version": __version__},
        "settings": {key: value for key, value in plan.settings.as_mapping().items() if CLEAN in OPTIONS[key].decides},
        "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in guard.packs],
        "inputs": [entry.described(place) for entry in inputs],
        "unread": describe_unread(files, place),
        **_describe_learners(plan, guard),
        "baseline": {"sha256": guard.baseline.digest, "entries": len(guard.baseline.entries)} if guard.baseline else None,
    }


def _describe_learners(plan: Plan, guard: Guard) -> dict[str, Any]:
    """Return what the learners depend on in addition to settings and packs, such as hashes of models and of control data."""
    needed = plan.read.control if any(learner.reads_control for learner in guard.learners) else None
    control = {file: hash_file(file).sha256 for file in expand_paths(plan.read, [needed])} if needed else {}
    found: dict[str, Any] = {"meaning": None, "judge_weights": None}
    for learner in guard.learners:
        found |= learner.describe(control)
    return found
