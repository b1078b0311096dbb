"""Rubrics are data: what a judge is asked about a text, what it may answer, and the canaries that show whether it can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leakguard.core.rule import PROFILES, Rule, RulePack, Severity
from leakguard.core.trait import KINDS, Trait

Scale = Literal["verdict", "score"]


@dataclass(frozen=True, slots=True)
class Canaries:
    """Texts with known answers. `{leak}` stands for a leaking text in an injection, `{example}` for an example of the trait in a leak."""

    clean: tuple[str, ...]
    leaking: tuple[str, ...]
    injection: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """One rubric. `prompts` has one for each of core.trait.KINDS; `per_trait` rubrics are asked once a trait.

    `scale` is what may be answered: a verdict, 0 or 1, or a score from 0 to 100, which leaks below `threshold`. `digest` is the
    SHA-256 of the file.
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
        """Does it speak of one trait at a time?"""
        return any("{trait}" in self.prompts[kind] for kind in KINDS)

    @property
    def pack(self) -> str:
        """The pack that its findings are reported under."""
        return f"judge-{self.id}"

    def rule(self, trait: Trait | None) -> Rule:
        """Return the rule that findings by this rubric refer to."""
        name = trait.id if trait else self.scale
        meaning = self.meaning.replace("{title}", trait.title if trait else "")
        return Rule(f"{self.pack}.{name}", self.pack, "judge", name, meaning, dict.fromkeys(PROFILES, self.severity))

    def as_pack(self, rules: tuple[Rule, ...]) -> RulePack:
        """Return the rubric as a pack, which is how reports list its version and digest."""
        return RulePack(self.pack, self.version, self.title, (), False, self.digest, rules, self.file)
