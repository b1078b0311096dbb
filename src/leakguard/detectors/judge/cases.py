"""What a judge is asked about every text, and what its answers mean: one case for each rubric, or for each rubric and trait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leakguard.core.chat import Unanswered
from leakguard.core.finding import Mark
from leakguard.core.ports import ChatModel
from leakguard.core.rubric import Rubric
from leakguard.core.trait import Trait
from leakguard.detectors.judge.question import Asked, Asker, kind_of
from leakguard.detectors.judge.reply import Said, read


@dataclass(frozen=True, slots=True)
class Case:
    """One rubric, about one trait where it is per trait, and the mark of its findings."""

    rubric: Rubric
    trait: Trait | None
    mark: Mark

    @property
    def id(self) -> str:
        """The id of its rule."""
        return self.mark.rule.id


def cases(rubrics: Sequence[Rubric], traits: Sequence[Trait]) -> tuple[Case, ...]:
    """Every rubric, and every trait for those that are per trait."""
    pairs = [(rubric, trait) for rubric in rubrics for trait in (traits if rubric.per_trait else (None,))]
    return tuple(Case(rubric, trait, Mark(rubric.rule(trait), rubric.severity, "text")) for rubric, trait in pairs)


@dataclass(frozen=True, slots=True)
class Bench:
    """A judge at work: the model, how it is asked, and how its replies are read."""

    chat: ChatModel
    asker: Asker
    cases: tuple[Case, ...]
    certainty: float = 0.0
    threshold: int | None = None

    def asked(self, case: Case, text: str, salt: str = "") -> Asked:
        """The question of a case about a text."""
        return self.asker.ask(case.rubric, case.trait, kind_of(text), text, salt=salt)

    def say(self, case: Case, text: str, salt: str = "", *, on_silence: Callable[[Unanswered], None] = lambda error: None) -> Said:
        """Ask, and read the reply; whatever keeps an answer away is told to `on_silence`, and leaves the text undetermined."""
        asked = self.asked(case, text, salt)
        try:
            answer = self.chat.ask(asked.question)
        except Exception as error:
            # Whatever goes wrong with a model, one text is undetermined and the run goes on.
            silence = error if isinstance(error, Unanswered) else Unanswered(f"{type(error).__name__}: {error}")
            on_silence(silence)
            return Said(None, str(silence))
        return read(asked, answer, certainty=self.certainty, threshold=self.threshold)
