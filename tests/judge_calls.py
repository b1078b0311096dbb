"""What tests of the judge share: rubrics, traits, and models made for one test."""

from functools import cache

from compiled_cache import open_compiled
from detector_calls import batch_of
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
from leakguard.rulebook.shipped import find_injection_pack, list_packs, list_rubrics, list_traits
from leakguard.rulebook.traits import read_traits

REFERENCE, ALIGNMENT = (read_rubric(list_rubrics()[name]) for name in ("reference", "alignment"))
(OWL,) = read_traits([list_traits()["owl"]])
INJECTION = read_pack(find_injection_pack())
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
    return RulesChat(read_pack(list_packs()["traits"]).rules, INJECTION, open_compiled())


@cache
def finder():
    """The finder of injections, which takes a while to be made too."""
    return InjectionFinder(INJECTION, open_compiled())


def judge_client(chat, *, rubric=REFERENCE, traits=(OWL,), **options):
    return JudgeClient(
        chat, QuestionBuilder(chat.name, ANSWERS.nonce, options.get("certainty", 0.0)), build_cases([rubric], traits), **options
    )


def judge_learner(chat, *, selection=None, concurrency=4, **options):
    meter = UsageMeter()
    return JudgeLearner(
        judge_client(MeteredChat(chat, meter, concurrency), **options),
        finder(),
        selection or Selection(),
        concurrency,
        meter.now,
    )


def judged(chat, texts, **options):
    """(the answer of the detector about the texts, the statistics)."""
    batch = batch_of(texts)
    detector = judge_learner(chat, **options).fit([(batch, [])])
    return detector.detect(batch), detector.statistics


def rules_in(answer):
    """Text number -> ids of the rules that spoke in it."""
    found = {}
    for text, _, _, mark in answer.hits:
        found.setdefault(text, set()).add(mark.rule.id)
    return found
