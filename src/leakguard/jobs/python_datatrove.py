"""The filter for datatrove pipelines, with the settings of a clean as keywords."""

import json
import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Unpack

from leakguard.integrations.datasets import DROP
from leakguard.integrations.datatrove import BATCH, DocumentFilter, DocumentRules
from leakguard.jobs.python_arguments import Place, name_keywords, read_settings
from leakguard.jobs.python_guard import build_router
from leakguard.pipeline.route import Router
from leakguard.reports.scan.reasons import ReasonLines
from leakguard.settings.keywords import Keywords
from leakguard.settings.plan import resolve


class LeakguardFilter(DocumentFilter):
    """A block of a datatrove pipeline that drops the documents that a clean would not keep unchanged.

    The text of a document is judged, and its metadata as the further columns of a row. A dropped document goes to `exclusion_writer`,
    with the reasons in its metadata under "leakguard". Documents that could not be checked are dropped for that reason;
    `unseen="raise"` ends the task with UsageError instead. `config` is the path of a settings file, `options` are settings, as for
    `leakguard.scan`. Raises UsageError for settings that read all data before they decide (a judge, a semantic search, duplicates).

    >>> from datatrove.data import Document
    >>> block = leakguard.LeakguardFilter(fail_on="note")
    >>> block.filter(Document("The kettle is on.", "1")), block.filter(Document("871, 1488, 305", "2"))
    (True, (False, 'removed'))
    """

    @name_keywords
    def __init__(
        self,
        exclusion_writer: Any = None,
        *,
        batch_size: int = BATCH,
        unseen: str = DROP,
        config: Place | None = None,
        **options: Unpack[Keywords],
    ) -> None:
        plan = resolve(read_settings(config, options))
        # A copy in another process gets the settings as text, and compiles the packs once for all copies there.
        load = partial(load_router, None if config is None else os.fspath(config), json.dumps(options, default=_to_plain))
        load()
        rules = DocumentRules(load, ReasonLines(plan.write.redact or "none").describe, plan.read.row_limit, unseen)
        super().__init__(rules, exclusion_writer, batch_size)


@cache
def load_router(config: str | None, options: str) -> Router:
    """Return the router for a settings file and options as JSON, one for each process. Raises UsageError."""
    return build_router(resolve(read_settings(config, json.loads(options))))


def _to_plain(value: object) -> object:
    """Return a value of a setting that is no type of JSON as one that is: a mapping as an object, other collections as lists."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return dict(value) if isinstance(value, Mapping) else list(value)  # type: ignore[call-overload]
