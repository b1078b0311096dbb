"""The gate: what a training run may find in its data, each statement that was checked, and what came of all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import ge, le
from typing import Any

from leakguard.core.errors import GateBlocked
from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.results import ScanResult

KIND = "leakguard gate"
SHOWN = 5
MANIFEST_STRICTNESS = ("off", "auto", "required")


class GateAnswer(StrEnum):
    """The result of one check; a check that could not be made (UNSEEN) is not a pass."""

    PASSED = "passed"
    REFUSED = "failed"
    UNSEEN = "could not be checked"


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One statement about the data: what was observed, what is allowed, the answer, and why if it is not a pass.

    `kind` is one of "rows", "rate", "detector", "unreadable", "undetermined", "unscanned", "duplicates", "overlap", "manifest",
    "result" and "data".
    """

    kind: str
    what: str
    observed: str
    limit: str
    answer: GateAnswer
    detail: str = ""

    @property
    def words(self) -> str:
        """The check as part of a sentence."""
        return f"{self.what}: {self.observed}, allowed: {self.limit}{' (' + self.detail + ')' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class GatedFile:
    """A file that was looked at: its name, hexadecimal SHA-256 and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class RequiredResult:
    """A result that must be there: its file, the kinds of result (none: any) and the verdicts that are accepted."""

    file: str
    verdicts: tuple[str, ...]
    kinds: tuple[str, ...] = ()


IGNORED_FIELDS = (
    *("id", "ids", "_id", "uuid", "guid", "uid", "idx", "index", "hash", "sha256", "md5"),
    *("source", "dataset", "origin", "url", "urls", "link", "file", "filename", "path", "license", "author"),
    *("lang", "language", "date", "time", "timestamp", "created", "created_at", "updated_at", "version", "split"),
    *("model", "model_name", "generator", "category", "categories", "tag", "tags", "topic", "task", "type", "label"),
)
"""Columns that say where a row comes from or of what kind it is: a gate is open for words in them that were not looked at."""


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What is allowed. `rates` map a severity (at or above it), pack or rule to a share of the rows, 0 to 1.

    `ignored_fields` may hold prose that was not looked at: names of columns (with all that stands below them) or patterns with *;
    `max_unscanned` is the share of rows in which nothing was looked at. `max_duplicates` is the share of rows that repeat an earlier
    one, and `max_overlap` that of the rows of each file of `against` that stand in the data; 1 allows any.

    `manifest` is "auto" (checked where one speaks for the data), "required" or "off"; `confidence` is that of the intervals.
    """

    rates: Mapping[str, float] = field(default_factory=lambda: {"error": 0.0})
    detectors: tuple[str, ...] = ()
    max_unreadable: float = 0.0
    max_undetermined: float = 0.0
    max_unscanned: float = 0.0
    max_duplicates: float = 1.0
    max_overlap: float = 1.0
    ignored_fields: tuple[str, ...] = IGNORED_FIELDS
    confidence: float = 0.95
    manifest: str = "auto"
    manifest_inputs: bool = True
    results: tuple[RequiredResult, ...] = ()


def find_laxer(said: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Where a policy allows more than another one that is asked for, in words; nothing where it is at least as strict.

    Both are policies as JSON says them (the fields of GatePolicy). What one of the two does not know counts as laxer.
    """
    if set(said) != set(wanted):
        return [f"its keys are {', '.join(sorted(said))}, but {', '.join(sorted(wanted))} are required"]
    why = []
    for key, limit in wanted.items():
        there, name = said[key], "max" if key.startswith("max_") else key
        if key == "rates":
            why += [
                f"rate of {of}: {there.get(of, 'no limit')}, not {most}" for of, most in limit.items() if _laxer_rate(there.get(of), most)
            ]
        elif not (STRICT[name](there, limit) if name in STRICT else there == limit):
            why.append(f"{key.replace('_', '-')}: {there}, not {limit}")
    return why


def _laxer_rate(there: float | None, most: float) -> bool:
    """Whether a rate allows more than another one. A ban (0) counts the rows there are, any other rate is about such data: neither
    stands in for the other."""
    return there is None or there > most or (there == 0) != (most == 0)


# Key of a policy -> is the first value at least as strict as the second? Shares and ignored fields at most as many; else the same.
STRICT: Mapping[str, Callable[[Any, Any], bool]] = {
    "max": le,
    "confidence": ge,
    "manifest": lambda there, limit: MANIFEST_STRICTNESS.index(there) >= MANIFEST_STRICTNESS.index(limit),
    "manifest_inputs": ge,
    "detectors": lambda there, limit: set(limit) <= set(there),
    "results": lambda there, limit: all(one in there for one in limit),
    "ignored_fields": lambda there, limit: set(there) <= set(limit),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a result file says: its kind, verdict and hashes of the data that it is about; `flaw` is why it says nothing.

    `whole` is everything in the answer of a gate.
    """

    kind: str = ""
    verdict: str = ""
    hashes: frozenset[str] = frozenset()
    flaw: str = ""
    whole: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """Rows that a trainer holds, how many of them stand in the data, and the number (from 1) of the first that does not."""

    rows: int = 0
    known: int = 0
    stranger: int | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class GateResult:
    """All checks in order, the data they are about, and the scan that was made for them (None where none could be made)."""

    checks: tuple[GateCheck, ...]
    data: tuple[GatedFile, ...]
    policy: GatePolicy
    scan: ScanResult | None = None
    settings_file: str | None = None

    @property
    def answer(self) -> GateAnswer:
        """UNSEEN if anything could not be looked at, REFUSED if anything is not allowed, PASSED if every check passed."""
        answers = {check.answer for check in self.checks}
        if GateAnswer.UNSEEN in answers or not answers:
            return GateAnswer.UNSEEN
        return GateAnswer.REFUSED if GateAnswer.REFUSED in answers else GateAnswer.PASSED

    @property
    def ok(self) -> bool:
        """True only if every check passed: the gate is open."""
        return self.answer is GateAnswer.PASSED

    def __repr__(self) -> str:
        """The answer, and how many checks gave it."""
        passed = sum(one.answer is GateAnswer.PASSED for one in self.checks)
        return f"<GateResult: {self.answer}, {passed} of {len(self.checks)} checks passed>"

    def __bool__(self) -> bool:
        """The same as `ok`: `if leakguard.gate(data):` trains only on data that were let through."""
        return self.ok

    def raise_for_status(self) -> None:
        """Raise GateBlocked with the first reasons unless every check passed."""
        if not self.ok:
            why = [check.words for check in self.checks if check.answer is not GateAnswer.PASSED]
            more = f" (and {len(why) - SHOWN} more)" if len(why) > SHOWN else ""
            raise GateBlocked(f"the gate is blocked: {'; '.join(why[:SHOWN]) or 'nothing was checked'}{more}")

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the gate's answer."""
        unseen, refused = self.answer is GateAnswer.UNSEEN, self.answer is GateAnswer.REFUSED
        return choose_exit_code(interrupted=bool(self.scan and self.scan.interrupted), incomplete=unseen, found=refused)
