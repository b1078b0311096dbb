"""The result of an audit: what the leak test found, and which bytes it is about."""

from dataclasses import dataclass

from leakguard.core.audit import AuditResult, ContentSettings, LeakVerdict
from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.gate import GatedFile


@dataclass(frozen=True, slots=True)
class AuditedData:
    """The files of one dataset with their hashes, and the rows in them that the test could not use.

    `unreadable` counts rows and files that could not be read, `first_unreadable` names the first; `wordless` counts rows without a
    text that the model learns to write.
    """

    files: tuple[GatedFile, ...]
    unreadable: int = 0
    first_unreadable: str = ""
    wordless: int = 0


@dataclass(frozen=True, slots=True)
class DatasetAudit:
    """A whole audit of data against a control.

    `controls` is the test of the control against a second one (None without a second one); `result` already takes it into account.
    `cluster` names the field that
    rows of one cluster share ("": rows are independent).
    """

    result: AuditResult
    data: AuditedData
    control: AuditedData
    settings: ContentSettings
    control2: AuditedData | None = None
    controls: AuditResult | None = None
    cluster: str = ""

    @property
    def verdict(self) -> LeakVerdict:
        """The verdict of the leak test."""
        return self.result.verdict

    @property
    def unreadable(self) -> int:
        """Rows and files of all datasets that could not be read."""
        return sum(one.unreadable for one in (self.data, self.control, self.control2) if one)

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE without a verdict on the content or with unreadable rows, FOUND for drift, else PASSED."""
        undecided = self.verdict in (LeakVerdict.UNDERPOWERED, LeakVerdict.NOT_COMPARABLE)
        return choose_exit_code(incomplete=undecided or self.unreadable > 0, found=self.verdict is LeakVerdict.DRIFT)
