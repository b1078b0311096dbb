"""The gate before training: its policy, the result of each check, and the result of all checks together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import ge, le
from typing import Any

from leakguard.core.errors import GateBlocked
from leakguard.core.exit_codes import ExitCode, choose_exit_code, name_exit_code
from leakguard.core.results import ScanResult

KIND = "leakguard gate"
SHOWN = 5
MANIFEST_STRICTNESS = ("off", "auto", "required")


class GateAnswer(StrEnum):
    """The status of a gate check or of a whole gate: passed, failed, or not made (UNSEEN), which does not count as passed."""

    PASSED = "passed"
    REFUSED = "failed"
    UNSEEN = "could not be checked"


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One check of a gate: its name, the observed value, the limit, the answer, and the reason if it did not pass.

    `kind` is one of "rows", "rate", "detector", "unreadable", "undetermined", "unscanned", "duplicates", "overlap", "manifest",
    "result", "certificate", "lineage", "signature" and "data".
    """

    kind: str
    what: str
    observed: str
    limit: str
    answer: GateAnswer
    detail: str = ""

    @property
    def words(self) -> str:
        """The check as text for messages: name, observed value, limit and reason."""
        return f"{self.what}: {self.observed}, allowed: {self.limit}{' (' + self.detail + ')' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class GatedFile:
    """A data file that a gate checked: its name, hexadecimal SHA-256 and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class RequiredResult:
    """A result document that a gate requires: its file, the accepted kinds of document (none: any) and the accepted verdicts.

    `max_tolerance` is the largest tolerance of an audit that is accepted, None for any.
    """

    file: str
    verdicts: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    max_tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class RequiredCertificate:
    """The certificates that a gate requires of mitigated data: for each of `traits` one with the verdict STOPPED.

    `left` is the largest upper end of what is left of the effect; `skill` and `loss` are the smallest lower ends of what is kept of them,
    0 asks for none, and `seeds` is the smallest number of students. `files` are the certificates (none: those beside the data). `base` is
    the model that will be trained ("": that of the certificate), `recipe` has keys of its recipe. `weights` says that the trainer applies
    loss weights, without which rows that have them are refused.
    """

    traits: tuple[str, ...]
    left: float = 0.2
    skill: float = 0.98
    loss: float = 0.98
    seeds: int = 2
    files: tuple[str, ...] = ()
    base: str = ""
    recipe: Mapping[str, str | int | float] = field(default_factory=dict)
    weights: bool = False


@dataclass(frozen=True, slots=True)
class RequiredLineage:
    """A saved result of `leakguard lineage` (`file`) that must say INDEPENDENT about the models `teacher` and `student`.

    Each model is a shipped base, the folder of a checkpoint, or the SHA-256 of its weights as `leakguard lineage` prints it.
    """

    file: str
    teacher: str
    student: str


IGNORED_FIELDS = (
    *("id", "ids", "_id", "uuid", "guid", "uid", "idx", "index", "hash", "sha256", "md5"),
    *("source", "dataset", "origin", "url", "urls", "link", "file", "filename", "path", "license", "author"),
    *("lang", "language", "date", "time", "timestamp", "created", "created_at", "updated_at", "version", "split"),
    *("model", "model_name", "generator", "category", "categories", "tag", "tags", "topic", "task", "type", "label"),
)
"""Names of metadata columns (ids, sources, dates, categories): by default, a gate allows words in them that were not scanned."""


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The limits of a gate. Limits are shares of rows, 0 to 1; `rates` maps a severity (findings at or above it), pack or rule to one.

    `ignored_fields` may contain prose that was not scanned: names of columns (with all fields inside them) or patterns with *.
    `max_unscanned` limits the rows without any scanned text, `max_duplicates` the exact and near duplicates, and `max_overlap` the rows
    of each file of `against` that occur in the data; 1 is no limit.

    `manifest` is "auto" (checked if there is one for the data), "required" or "off". `confidence` is the level of confidence intervals.

    `signed_by` are files of public keys, one of which must have signed an attestation about each file of the data and each document that
    the gate relies on (none: no signature is required). `attestations` are the files of these attestations (none: those beside the data).
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
    certificate: RequiredCertificate | None = None
    lineage: RequiredLineage | None = None
    signed_by: tuple[str, ...] = ()
    attestations: tuple[str, ...] = ()


def find_laxer(said: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return the differences, as texts for messages, in which policy `said` allows more than policy `wanted`; [] if it is as strict.

    Both are policies read from JSON (keys: the fields of GatePolicy). Policies with different keys count as laxer.
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
    """Return whether the limit `there` (None: no limit) allows more than the limit `most`.

    A limit of 0 is compared with the number of rows with findings, any other with a confidence interval of their rate. So 0 and a
    positive limit cannot replace each other: the pair counts as laxer in both directions.
    """
    return there is None or there > most or (there == 0) != (most == 0)


def _is_as_strict(there: Mapping[str, Any] | None, limit: Mapping[str, Any] | None) -> bool:
    """Return whether the required certificate `there` allows no more than `limit` (None: none is required). Where they lie is no matter."""
    if limit is None or there is None:
        return limit is None
    least = all(there[key] >= limit[key] for key in ("skill", "loss", "seeds"))
    same = limit["base"] in ("", there["base"]) and limit["recipe"].items() <= there["recipe"].items()
    return set(limit["traits"]) <= set(there["traits"]) and there["left"] <= limit["left"] and least and same


# Key of a policy -> function that returns whether the first value is at least as strict as the second ("max": all keys max_...).
# Keys that are not listed must be equal.
STRICT: Mapping[str, Callable[[Any, Any], bool]] = {
    "max": le,
    "confidence": ge,
    "manifest": lambda there, limit: MANIFEST_STRICTNESS.index(there) >= MANIFEST_STRICTNESS.index(limit),
    "manifest_inputs": ge,
    "detectors": lambda there, limit: set(limit) <= set(there),
    "results": lambda there, limit: all(one in there for one in limit),
    "certificate": _is_as_strict,
    "lineage": lambda there, limit: limit is None or (there is not None and {**there, "file": ""} == {**limit, "file": ""}),
    "signed_by": lambda there, limit: not limit or (bool(there) and set(there) <= set(limit)),
    "attestations": lambda there, limit: True,
    "ignored_fields": lambda there, limit: set(there) <= set(limit),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The parts of a result document that a gate compares: kind, verdict, and SHA-256 hashes of the data that the result is about.

    `flaw` is the reason why the file cannot be used ("" if it can). `whole` is the whole document if it is the result of a gate. Of an
    audit, `unchecked` says what it could not check, `refusal` what it found beside its verdict, and `tolerance` which difference mattered.
    `sha256` is the hash of the bytes that were read.
    """

    kind: str = ""
    verdict: str = ""
    hashes: frozenset[str] = frozenset()
    flaw: str = ""
    whole: Mapping[str, Any] = field(default_factory=dict)
    unchecked: str = ""
    refusal: str = ""
    tolerance: float | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Comparison of a trainer's rows with the gated data: number of rows, of rows that are in the data, and the first that is not.

    `stranger` is the number (from 1) of that row, None if there is none. `flaw` is the reason why rows could not be compared.
    """

    rows: int = 0
    known: int = 0
    stranger: int | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class GateResult:
    """The result of a gate: all checks in order, the data files, the policy, and the scan of the data (None if it could not be made).

    `unverified` are sentences about mitigated data without a certificate, where the policy requires none.
    """

    checks: tuple[GateCheck, ...]
    data: tuple[GatedFile, ...]
    policy: GatePolicy
    scan: ScanResult | None = None
    settings_file: str | None = None
    unverified: tuple[str, ...] = ()

    @property
    def answer(self) -> GateAnswer:
        """UNSEEN if a check could not be made, else REFUSED if a check failed, else PASSED."""
        answers = {check.answer for check in self.checks}
        if GateAnswer.UNSEEN in answers or not answers:
            return GateAnswer.UNSEEN
        return GateAnswer.REFUSED if GateAnswer.REFUSED in answers else GateAnswer.PASSED

    @property
    def ok(self) -> bool:
        """Whether every check passed, so that the data may be trained on."""
        return self.answer is GateAnswer.PASSED

    def __repr__(self) -> str:
        """Return the answer and the numbers of passed and of all checks."""
        passed = sum(one.answer is GateAnswer.PASSED for one in self.checks)
        return f"<{type(self).__name__}: {self.answer}, {passed} of {len(self.checks)} checks passed>"

    def __bool__(self) -> bool:
        """Return `ok`, so that a program can write `if leakguard.gate(data): train(data)`."""
        return self.ok

    def raise_for_status(self) -> None:
        """Raise GateBlocked unless every check passed; the message lists the first checks that did not."""
        if not self.ok:
            why = [check.words for check in self.checks if check.answer is not GateAnswer.PASSED]
            more = f" (and {len(why) - SHOWN} more)" if len(why) > SHOWN else ""
            words = f"the gate is blocked: {'; '.join(why[:SHOWN]) or 'nothing was checked'}{more} ({name_exit_code(self.exit_code)})"
            raise GateBlocked(words, int(self.exit_code))

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the command: 0 passed, 1 blocked by a failed check, 3 a check could not be made, 130 interrupted."""
        unseen, refused = self.answer is GateAnswer.UNSEEN, self.answer is GateAnswer.REFUSED
        return choose_exit_code(interrupted=bool(self.scan and self.scan.interrupted), incomplete=unseen, found=refused)
