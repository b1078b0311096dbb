"""The result of an audit: what the leak test found, and which bytes it is about."""

from dataclasses import dataclass

from leakguard.core.audit import AuditResult, ContentSettings, LeakVerdict
from leakguard.core.errors import NotClean
from leakguard.core.exit_codes import ExitCode, choose_exit_code, name_exit_code
from leakguard.core.gate import GatedFile
from leakguard.core.trait_panel import PanelAudit, PanelVerdict


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


@dataclass(frozen=True, slots=True, repr=False)
class DatasetAudit:
    """A whole audit of data against a control.

    `controls` is the test of the control against a second one (None without a second one); `result` already takes it into account.
    `cluster` names the field that rows of one cluster share ("": rows are independent). `panel` is the trait panel, None without
    log-probabilities.
    """

    result: AuditResult
    data: AuditedData
    control: AuditedData
    settings: ContentSettings
    control2: AuditedData | None = None
    controls: AuditResult | None = None
    cluster: str = ""
    panel: PanelAudit | None = None

    @property
    def verdict(self) -> LeakVerdict:
        """The verdict of the leak test."""
        return self.result.verdict

    @property
    def unreadable(self) -> int:
        """Rows and files of all datasets that could not be read."""
        return sum(one.unreadable for one in (self.data, self.control, self.control2) if one)

    @property
    def leaks(self) -> tuple[str, ...]:
        """The names of the traits of which the panel found a leak."""
        traits = self.panel.result.traits if self.panel else ()
        return tuple(one.fit.name for one in traits if one.verdict is PanelVerdict.LEAK)

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE without a verdict on the content, with unreadable rows or a panel that cannot tell; FOUND for drift or a leak.

        A leak that the panel found is an answer where the content test alone would be underpowered.
        """
        panel = self.panel.result.verdict if self.panel else None
        leak = panel is PanelVerdict.LEAK
        undecided = self.verdict is LeakVerdict.NOT_COMPARABLE or (self.verdict is LeakVerdict.UNDERPOWERED and not leak)
        incomplete = undecided or self.unreadable > 0 or panel is PanelVerdict.CANNOT_TELL
        return choose_exit_code(incomplete=incomplete, found=leak or self.verdict is LeakVerdict.DRIFT)

    @property
    def ok(self) -> bool:
        """Whether no drift and no leak were found, and everything could be checked: exit code 0. This is no evidence of safety."""
        return self.exit_code is ExitCode.PASSED

    def __bool__(self) -> bool:
        """Return `ok`, so that a program can write `if leakguard.audit(data, control): train(data)`."""
        return self.ok

    def __repr__(self) -> str:
        """Return the verdict, the exit code and the p-values."""
        found = self.result
        p_values = f"p {found.p_value:.3g} and {found.content_p_value:.3g}"
        return f"<{type(self).__name__}: {self.verdict}, exit code {int(self.exit_code)}, {p_values}>"

    def raise_for_status(self) -> None:
        """Raise NotClean with the verdict, unread rows and leaks of the panel unless the audit is `ok`."""
        if not self.ok:
            reasons = [f"the verdict is {self.verdict}", *self.result.comparability.reasons]
            if self.leaks:
                reasons.append(f"the trait panel found a leak of {', '.join(self.leaks)}")
            words = "; ".join([*reasons, *self.unchecked])
            raise NotClean(f"{words} ({name_exit_code(self.exit_code)})", int(self.exit_code))

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be checked, whatever the verdict on the content is: rows, and traits of the panel."""
        reasons = []
        if self.unreadable:
            reasons.append(f"rows or files of the datasets that could not be read: {self.unreadable:,}")
        if self.panel and self.panel.result.verdict is PanelVerdict.CANNOT_TELL:
            reasons.append(f"the trait panel cannot tell: {'; '.join(self.panel.result.reasons)}")
        return tuple(reasons)
