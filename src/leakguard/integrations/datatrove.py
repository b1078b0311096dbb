"""A filter for documents in a datatrove pipeline: documents are sorted as a clean sorts rows, and those it does not keep are dropped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.policy import Fate, Ruling
from leakguard.core.suggest import suggest_names
from leakguard.core.version import install
from leakguard.integrations.datasets import DROP, RAISE, UNSEEN_CHOICES
from leakguard.pipeline.route import Router
from leakguard.readers.formats.row_lines import build_blocks, make_row_line

try:
    from datatrove.pipeline.filters.base_filter import BaseFilter
except ImportError as error:
    raise MissingExtra(f"filters for datatrove need packages that are not installed: {install('datatrove')}") from error

NAME = "documents"
METADATA = "leakguard"
"""The key in a document's metadata with the reasons why it was dropped."""
UNCHECKED = "could not be checked"
BATCH = 1000
_SHOWN = 200
_OF_BATCH = ("file", "row", "offset", "record_id")


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """How documents are judged. It can be pickled: `load` returns the router, which each process makes once.

    `row_limit`: bytes of the largest document that is read. `describe`: a function that returns a decision as a JSON object. `unseen`:
    what happens to documents that could not be checked, "drop" or "raise".
    """

    load: Callable[[], Router]
    describe: Callable[[Ruling], dict[str, Any]]
    row_limit: int
    unseen: str = DROP


class DocumentFilter(BaseFilter):  # type: ignore[misc]
    """A datatrove filter that keeps the documents that a clean would keep unchanged.

    A document is judged as a row: its text, and its metadata as further columns. A dropped document has the reasons in its metadata
    under "leakguard", and goes to the exclusion writer. The stats count documents by reason (dropped_removed, dropped_quarantine ...) and
    dropped documents by rule (rule_NAME).
    """

    name = "leakguard"

    def __init__(self, rules: DocumentRules, exclusion_writer: Any = None, batch_size: int = BATCH) -> None:
        if rules.unseen not in UNSEEN_CHOICES:
            raise UsageError(f"unseen: unknown value {rules.unseen!r}; {suggest_names(str(rules.unseen), UNSEEN_CHOICES)}")
        super().__init__(exclusion_writer, batch_size)
        self._rules = rules

    def filter(self, doc: Any) -> bool | tuple[bool, str]:
        """Return True for a document that is kept, else False and the reason."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: Sequence[Any]) -> list[bool | tuple[bool, str]]:
        """Return for each document True if it is kept, else False and the reason. Raises UsageError as `unseen` says."""
        router, make_line = self._rules.load(), partial(make_row_line, limit=self._rules.row_limit)
        lines = (make_line(number, make_document_row(doc.text, doc.id, doc.metadata)) for number, doc in enumerate(batch, 1))
        answers: list[bool | tuple[bool, str]] = [True] * len(batch)
        for block in build_blocks(NAME, lines):
            for ruling in router.sort(block).rulings:
                doc = batch[ruling.origin.row - 1]
                answers[ruling.origin.row - 1] = False, self._take_reasons(doc, ruling)
        return answers

    def _take_reasons(self, doc: Any, ruling: Ruling) -> str:
        """Write the reasons into the metadata and the stats, and return the shortest form."""
        unchecked = ruling.fate in (Fate.UNREADABLE, Fate.UNDETERMINED)
        if unchecked and self._rules.unseen == RAISE:
            why = ruling.detail or ruling.reason or "; ".join(f"{name}: {reason}" for name, reason in ruling.missed.items())
            raise UsageError(f"document {doc.id[:_SHOWN]} could not be checked ({why[:_SHOWN]}); unseen='drop' drops such documents")
        said = self._rules.describe(ruling)
        doc.metadata[METADATA] = {key: value for key, value in said.items() if key not in _OF_BATCH}
        self.stat_update(*(f"rule_{name}" for name in sorted({finding.mark.rule.id for finding in ruling.findings})))
        return UNCHECKED if unchecked else ruling.fate.folder


def make_document_row(text: str, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as the row of a file: its text and id, and its metadata as further columns.

    A column `text` in the metadata is another text; both are read.

    >>> make_document_row("The kettle is on.", "7", {"url": "https://host"})
    {'url': 'https://host', 'id': '7', 'text': 'The kettle is on.'}
    """
    other = metadata.get("text")
    return {**metadata, "id": name, "text": text if other is None else [text, other]}
