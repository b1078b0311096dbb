"""The questions of a judge: one case for each rubric, or for each rubric and trait, and the client that asks them."""

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
    """One rubric (with one trait if the rubric is per trait), and the mark of its findings."""

    rubric: Rubric
    trait: Trait | None
    mark: Mark

    @property
    def id(self) -> str:
        """The id of the rule of this case's findings."""
        return self.mark.rule.id


def build_cases(rubrics: Sequence[Rubric], traits: Sequence[Trait]) -> tuple[JudgeCase, ...]:
    """Return one case for each rubric, or one for each trait if the rubric is asked per trait."""
    pairs = [(rubric, trait) for rubric in rubrics for trait in (traits if rubric.per_trait else (None,))]
    return tuple(JudgeCase(rubric, trait, Mark(rubric.rule(trait), rubric.severity, "text")) for rubric, trait in pairs)


@dataclass(frozen=True, slots=True)
class JudgeClient:
    """Asks a chat model about texts and reads its replies.

    `certainty` is the least probability of an accepted "no leak" verdict (0: any); `threshold` is the score below which a text leaks
    (None: the rubric's own).
    """

    chat: ChatModel
    questions: QuestionBuilder
    cases: tuple[JudgeCase, ...]
    certainty: float = 0.0
    threshold: int | None = None

    def build_question(self, case: JudgeCase, text: str, salt: str = "") -> JudgeQuestion:
        """Return the question of a case about a text; `salt` gives another question about the same text."""
        return self.questions.build(case.rubric, case.trait, guess_kind(text), text, salt=salt)

    def ask(
        self, case: JudgeCase, text: str, salt: str = "", *, on_failure: Callable[[Unanswered], None] = lambda error: None
    ) -> JudgeReply:
        """Ask about a text and read the reply. If the call fails, call `on_failure` and return an undetermined reply."""
        question = self.build_question(case, text, salt)
        try:
            answer = self.chat.ask(question.question)
        except Exception as error:
            # After any error of a model the text is undetermined and the run continues.
            failure = error if isinstance(error, Unanswered) else Unanswered(f"{type(error).__name__}: {error}")
            on_failure(failure)
            return JudgeReply(None, str(failure))
        return read_reply(question, answer, certainty=self.certainty, threshold=self.threshold)
