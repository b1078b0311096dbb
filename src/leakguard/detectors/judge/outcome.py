"""The outcome of judging one text."""

from dataclasses import dataclass

from leakguard.core.finding import Mark


@dataclass(frozen=True, slots=True)
class JudgeOutcome:
    """The marks of a text, and why it is undetermined ("" if it is not); `judged` is False for a text that needs no judge."""

    marks: tuple[Mark, ...] = ()
    missed: str = ""
    judged: bool = True
