"""Trained probes, kept in a folder, so that a run that was interrupted does not train them again."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import Stopped, UsageError
from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


def recall_probe(folder: Path | None, describe: Callable[[], Mapping[str, Any]], dtype: str, train: Callable[[], Checkpoint]) -> Checkpoint:
    """Return the probe that `train` makes, from `folder` if an earlier run kept it there under the same description.

    `describe` returns everything that decides about its weights. A LoRA adapter is merged into the weights either way, so that a kept probe
    gives the same scores as one that was just trained. Without a folder nothing is kept. Raises Stopped if the folder cannot be written.
    """
    # The folder of a probe is renamed when it is complete. One that cannot be loaded any more is made again.
    place = folder / f"probe-{content_digest(describe())[:32]}" if folder else None
    if place and place.is_dir():
        try:
            return load_checkpoint(str(place), dtype)
        except UsageError:
            shutil.rmtree(place, ignore_errors=True)
    probe = train()
    if place:
        unfinished = place.with_name(f"{place.name}.part")
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            save_checkpoint(probe, unfinished)
            unfinished.rename(place)
        except OSError as error:
            raise Stopped(f"{place}: the probe cannot be written: {error.strerror or error}") from error
    if hasattr(probe.model, "merge_and_unload"):
        probe.model = probe.model.merge_and_unload()
    return probe
