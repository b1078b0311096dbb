"""What a judge is asked about every text, and what its answers mean: one case for each rubric, or for each rubric and trait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leakguard.core.chat import Unanswered
from leakguard.core.finding import Mark
from leakguard.core.ports import ChatModel
from leakguard.core.rubric import Rubric
from leakguard.core.trait import Trait
from leakguard.detectors.judge.question import JudgeQuestion, QuestionBuilder, guess_kind
from leakguard.detectors.judge.reply import JudgeReply, read_reply


@dataclass(frozen=True, slots=True)
class JudgeCase:
    """One rubric, about one trait where it is per trait, and the mark of its findings."""

    rubric: Rubric
    trait: Trait | None
    mark: Mark

    @property
    def id(self) -> str:
        """The id of its rule."""
        return self.mark.rule.id


def build_cases(rubrics: Sequence[Rubric], traits: Sequence[Trait]) -> tuple[JudgeCase, ...]:
    """Every rubric, and every trait for those that are per trait."""
    pairs = [(rubric, trait) for rubric in rubrics for trait in (traits if rubric.per_trait else (None,))]
    return tuple(JudgeCase(rubric, trait, Mark(rubric.rule(trait), rubric.severity, "text")) for rubric, trait in pairs)


@dataclass(frozen=True, slots=True)
class JudgeClient:
    """A judge at work: the model, how it is asked, and how its replies are read."""

    chat: ChatModel
    asker: QuestionBuilder
    cases: tuple[JudgeCase, ...]
    certainty: float = 0.0
    threshold: int | None = None

    def asked(self, case: JudgeCase, text: str, salt: str = "") -> JudgeQuestion:
        """The question of a case about a text."""
        return self.asker.ask(case.rubric, case.trait, guess_kind(text), text, salt=salt)

    def say(
        self, case: JudgeCase, text: str, salt: str = "", *, on_silence: Callable[[Unanswered], None] = lambda error: None
    ) -> JudgeReply:
        """Ask, and read the reply; whatever keeps an answer away is told to `on_silence`, and leaves the text undetermined."""
        asked = self.asked(case, text, salt)
        try:
            answer = self.chat.ask(asked.question)
        except Exception as error:
            # Whatever goes wrong with a model, one text is undetermined and the run goes on.
            silence = error if isinstance(error, Unanswered) else Unanswered(f"{type(error).__name__}: {error}")
            on_silence(silence)
            return JudgeReply(None, str(silence))
        return read_reply(asked, answer, certainty=self.certainty, threshold=self.threshold)
