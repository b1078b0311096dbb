"""What became of a text that was put to a judge."""

from dataclasses import dataclass

from leakguard.core.finding import Mark


@dataclass(frozen=True, slots=True)
class JudgeOutcome:
    """Marks of what was found in a text, and why it is undetermined, if it is; `judged` is False for one that needs no judge."""

    marks: tuple[Mark, ...] = ()
    missed: str = ""
    judged: bool = True
