"""Rubrics: the question for a judge, its scale of answers, and the canaries that test the judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leakguard.core.rule import PROFILES, Rule, RulePack, Severity
from leakguard.core.trait import KINDS, Trait

Scale = Literal["verdict", "score"]


@dataclass(frozen=True, slots=True)
class Canaries:
    """Control texts with known answers, by kind. `{leak}` is replaced by a leaking text, `{example}` by an example of the trait."""

    clean: tuple[str, ...]
    leaking: tuple[str, ...]
    injection: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """A question for a judge and how its answers are read. `prompts` has one prompt for each kind of text in core.trait.KINDS.

    `scale` is the form of the answer: a verdict (0 or 1), or a score from 0 to 100, where a score below `threshold` is a leak.
    Rubrics with `per_trait` are asked once for each trait. `digest` is the SHA-256 of the file.
    """

    id: str
    version: str
    title: str
    scale: Scale
    meaning: str
    severity: Severity
    prompts: Mapping[str, str]
    canaries: Canaries
    threshold: int
    digest: str
    file: str = ""

    @property
    def per_trait(self) -> bool:
        """Whether the question is about one trait, so that it is asked once for each trait."""
        return any("{trait}" in self.prompts[kind] for kind in KINDS)

    @property
    def pack(self) -> str:
        """The pack id of this rubric's findings in reports."""
        return f"judge-{self.id}"

    def rule(self, trait: Trait | None) -> Rule:
        """Return the rule of this rubric's findings, for one trait or (None) for the rubric as a whole."""
        name = trait.id if trait else self.scale
        meaning = self.meaning.replace("{title}", trait.title if trait else "")
        return Rule(f"{self.pack}.{name}", self.pack, "judge", name, meaning, dict.fromkeys(PROFILES, self.severity))

    def as_pack(self, rules: tuple[Rule, ...]) -> RulePack:
        """Return a rule pack with the rubric's version and digest, for reports."""
        return RulePack(self.pack, self.version, self.title, (), False, self.digest, rules, self.file)
