"""Evidence: what was found, where in the original text, and how it was written."""

from dataclasses import dataclass
from hashlib import blake2b

from leakguard.core.rule import Profile, Rule, Severity

PLAIN = ""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """What a hit means: a rule, in a profile, in a form. Few of them exist; hits share them, and identity is equality.

    `softened` says that the text around the match, not its form, made a note of it.
    """

    rule: Rule
    severity: Severity
    profile: Profile
    form: str = PLAIN
    softened: bool = False

    @property
    def message(self) -> str:
        """The rule's meaning, and the disguise if there was one."""
        return f"{self.rule.meaning} (written as {self.form})" if self.form else self.rule.meaning

    @property
    def lowered_by(self) -> str:
        """Why the severity is below the rule's highest: the text around it, the form, or the kind of text; "" if it is not below."""
        if self.severity >= max(self.rule.severity.values(), default=self.severity):
            return ""
        if self.softened:
            return "what stands beside it is often honest"
        if self.severity < self.rule.severity.get(self.profile, self.severity):
            return f"written as {self.form}" if self.form else "weak evidence"
        return "in a list of numbers" if self.profile == "numbers" else "in a text"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of the ORIGINAL text of one turn (`field` is its path in the row)."""

    turn: int
    start: int
    end: int
    field: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule fired at one place of one record.

    `sealed` is the fingerprint where the quote was redacted on its way here and no longer says what was written.
    """

    mark: Mark
    record_id: str
    file: str
    row: int
    span: Span
    quote: str
    detector: str
    sealed: str = ""

    @property
    def fingerprint(self) -> str:
        """Hash of what was found and in which record; line numbers and file names play no part."""
        return self.sealed or fingerprint(self.mark.rule.id, self.record_id, self.quote)


def fingerprint(rule: str, record: str, quote: str) -> str:
    """32 hexadecimal digits: the record's id, then BLAKE2b over the rule's id and what was written."""
    return record + quote_digest(rule, quote)


def quote_digest(rule: str, quote: str) -> str:
    """Return the digest of rule and quote, the part of a fingerprint that does not depend on the record; callers may cache it."""
    return blake2b(f"{rule}\0{quote}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
