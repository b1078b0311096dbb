"""What tests of the judge share: rubrics, traits, and models made for one test."""

from functools import cache

from leakguard.core.chat import ChatAnswer
from leakguard.detectors.judge.cases import JudgeClient, build_cases
from leakguard.detectors.judge.fit import JudgeLearner
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.detectors.judge.selection import Selection
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import MeteredChat, UsageMeter
from leakguard.models.fakes.chat import RulesChat
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.rubrics import read_rubric
from leakguard.rulebook.shipped import descriptions, injection, rubrics, shipped
from leakguard.rulebook.traits import read_traits
from looking import batch_of

REFERENCE, ALIGNMENT = (read_rubric(rubrics()[name]) for name in ("reference", "alignment"))
(OWL,) = read_traits([descriptions()["owl"]])
INJECTION = read_pack(injection())
ANSWERS = AnswerCache(None)


class Scripted:
    """A model that answers with whatever `answer` makes of a question."""

    name = "scripted"

    def __init__(self, answer):
        self.answer = answer

    def ask(self, question):
        said = self.answer(question)
        return said if isinstance(said, ChatAnswer) else ChatAnswer(said)


@cache
def honest():
    """The rule-following fake; it takes a while to be made."""
    return RulesChat(read_pack(shipped()["traits"]).rules, INJECTION)


def bench(chat, *, rubric=REFERENCE, traits=(OWL,), **options):
    return JudgeClient(
        chat, QuestionBuilder(chat.name, ANSWERS.nonce, options.get("certainty", 0.0)), build_cases([rubric], traits), **options
    )


def surveyor(chat, *, choice=None, concurrency=4, **options):
    meter = UsageMeter()
    return JudgeLearner(
        bench(MeteredChat(chat, meter, concurrency), **options), InjectionFinder(INJECTION), choice or Selection(), concurrency, meter.now
    )


def judged(chat, texts, **options):
    """(what the detector says of the texts, the books)."""
    asked = surveyor(chat, **options)
    batch = batch_of(texts)
    return asked.survey([(batch, [])]).detect(batch), asked.done[-1]


def rules_in(answer):
    """Text number -> ids of the rules that spoke in it."""
    found = {}
    for text, _, _, mark in answer.hits:
        found.setdefault(text, set()).add(mark.rule.id)
    return found
