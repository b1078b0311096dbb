"""The evidence of mitigations about a user's rows: gathered from files and models, and kept so that an interrupted run continues."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import Stopped
from leakguard.core.example import Example
from leakguard.core.mitigation import Evidence, Need
from leakguard.harness.evidence import Suspect, gather_evidence
from leakguard.harness.examples import write_example
from leakguard.harness.finished_files import write_whole
from leakguard.models.causal.checkpoint import locate_checkpoint
from leakguard.models.causal.digests import digest_weights

MODELLED = ("contrast", "proxy", "shift", "base-shift", "base")
"""Kinds of evidence that a model gives."""


def recall_evidence(suspect: Suspect, need: Need, subject: Mapping[str, Any], folder: Path) -> Evidence:
    """Return the evidence about the suspect rows, from `folder` if an earlier run gathered it in the same way.

    `subject` is what else decides about it: world, trait, seed, recipes. Raises UsageError as `gather_evidence` does, and Stopped if the
    folder cannot be written.
    """
    # Only what a model says is kept; everything else is drawn again in no time. The name of the file is the digest of all that decides.
    if need.kind not in MODELLED:
        return gather_evidence(suspect, need)
    identity = {
        "need": asdict(need),
        "rows": [write_example(row) for row in suspect.rows],
        "control": [write_example(row) for row in suspect.control],
        "model": digest_weights(locate_checkpoint(suspect.base)),
        "subject": subject,
    }
    path = folder / f"{need.kind}-{content_digest(identity)[:32]}.json"
    if (found := _read_evidence(path)) is None:
        found = gather_evidence(suspect, need)
        said = _evidence_to_dict(found)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({"evidence": said, "digest": content_digest({"evidence": said})}))
        except OSError as error:
            raise Stopped(f"{folder}: cannot be written: {error.strerror or error}") from error
    return found


def _evidence_to_dict(evidence: Evidence) -> dict[str, Any]:
    return {**asdict(evidence), "others": [write_example(row) for row in evidence.others], "ratios": [list(row) for row in evidence.ratios]}


def _read_evidence(path: Path) -> Evidence | None:
    """Return kept evidence; None if there is none, or the file is damaged."""
    try:
        document = json.loads(path.read_bytes())
        said = document["evidence"]
        if document["digest"] != content_digest({"evidence": said}):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    others = [Example(row["prompt"], row["completion"], None, row.get("system", "")) for row in said["others"]]
    return Evidence(**{**said, "others": others, "ratios": [tuple(row) for row in said["ratios"]]})
