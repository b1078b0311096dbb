"""The outcome of judging one text: what it found (rule and severity), or the reason why it is undetermined."""

from dataclasses import dataclass

from leakguard.core.finding import Mark


@dataclass(frozen=True, slots=True)
class JudgeOutcome:
    """The marks of a judged text, and the reason if it is undetermined (else ""); `judged` is False for a text that was not sent."""

    marks: tuple[Mark, ...] = ()
    missed: str = ""
    judged: bool = True
