"""The reasons why rows were not kept: one JSON object per row (reasons.jsonl of a clean)."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from leakguard.core.policy import Ruling
from leakguard.reports.kit.escape import escape_json
from leakguard.reports.kit.findings import list_fields
from leakguard.reports.kit.wording import printable_name

_FIELDS_OF_ROW = ("file", "row", "record_id")


class ReasonLines:
    """Writes decisions about rows as JSON lines; `redact` (none, mask, hash) is applied to quotes."""

    def __init__(self, redact: str = "none") -> None:
        self._redact = redact

    def __call__(self, rulings: Iterable[Ruling]) -> Iterator[bytes]:
        """Return an iterator over the lines, in the order of the rows."""
        return (escape_json(orjson.dumps(self.describe(ruling)).decode()).encode() + b"\n" for ruling in rulings)

    def describe(self, ruling: Ruling) -> dict[str, Any]:
        """Return the decision about one row as a JSON object."""
        # Keys without a value are left out; fields of the row are not repeated in its findings.
        origin = ruling.origin
        entry: dict[str, Any] = {"file": printable_name(origin.file), "row": origin.row, "offset": origin.offset}
        if ruling.record_id:
            entry["record_id"] = ruling.record_id
        entry["fate"] = ruling.fate.name.lower()
        if ruling.reason:
            entry["reason"] = ruling.reason
        if ruling.detail:
            entry["detail"] = ruling.detail
        if ruling.copy_of:
            entry["duplicate_of"] = {"file": printable_name(ruling.copy_of.file), "row": ruling.copy_of.row, "near": ruling.near}
        if ruling.missed:
            entry["missed"] = dict(ruling.missed)
        findings = [list_fields(finding, self._redact) for finding in ruling.findings]
        entry["findings"] = [{key: value for key, value in finding.items() if key not in _FIELDS_OF_ROW} for finding in findings]
        if ruling.more:
            entry["findings_not_listed"] = ruling.more
        return entry
