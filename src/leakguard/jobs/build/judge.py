"""A judge, put together: model, rubrics, traits, cache and budget as the settings say; the only place that reads a key."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from leakguard.core.address import read_address, without_user
from leakguard.core.errors import SettingsError
from leakguard.core.finding import Mark
from leakguard.core.ports import ChatModel
from leakguard.core.rubric import Rubric
from leakguard.core.rule import RulePack
from leakguard.core.suggest import suggest_names
from leakguard.core.trait import Trait
from leakguard.detectors.judge.cases import JudgeClient, build_cases
from leakguard.detectors.judge.fit import JudgeLearner
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.detectors.judge.selection import Only, Selection
from leakguard.jobs.build.traits import TRAITS, choose_traits
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import Budget, Prices, UsageMeter
from leakguard.models.endpoint.client import Patience, wrap_chat
from leakguard.models.endpoint.openai import NO_KEY, Endpoint, OpenAIChat
from leakguard.models.endpoint.retries import PATIENCE
from leakguard.models.fakes.chat import CONDUCT, Faults, FlakyChat, GullibleChat, RulesChat
from leakguard.rulebook.labelled import CheckFile, read_check
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.rubrics import read_rubric
from leakguard.rulebook.shipped import injection, rubrics, shipped
from leakguard.settings import Settings
from leakguard.settings.paths import is_file_name

OPENAI, KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"
FAKES, FAKE, LOCAL = ("rules", "gullible", "flaky"), "fake:", "local:"
_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge that can be sent through data, its cache, and its meter."""

    surveyor: JudgeLearner
    answers: AnswerCache
    meter: UsageMeter

    def within(self, decides: Callable[[Mark], bool], on_answer: Callable[[int], None] = lambda answers: None) -> JudgeLearner:
        """The surveyor for a run in which `decides` says whether a finding settles what becomes of its row."""
        return replace(self.surveyor, choice=replace(self.surveyor.choice, decides=decides), on_answer=on_answer)


def build_judge(settings: Settings, *, environ: Mapping[str, str] = os.environ) -> Judge:
    """The judge that the settings name. Raises SettingsError, PackError, MissingExtra, UsageError."""
    finder = InjectionFinder(read_pack(injection()))
    answers = AnswerCache(_cache(settings, environ))
    prices = Prices(**{"prompt": 0.0, "completion": 0.0, **dict(settings.judge_prices)}) if settings.judge_prices else None
    budget = Budget(**dict(settings.judge_budget))
    if "money" in dict(settings.judge_budget) and prices is None:
        raise SettingsError("--judge-budget: money needs prices: add --judge-prices prompt=..,completion=.. (for a million tokens)")
    meter = UsageMeter(budget, prices)
    halt = Event()
    model, trusty = _model(settings, finder.pack, environ, halt)
    concurrency = 1 if (settings.judge_model or "").startswith(LOCAL) else settings.judge_concurrency
    patience = None if trusty else Patience(float(PATIENCE * settings.judge_timeout), halt)
    chat = wrap_chat(model, answers, meter, concurrency=concurrency, patience=patience)
    asker = QuestionBuilder(chat.name, answers.nonce, settings.judge_certainty)
    bench = JudgeClient(
        chat,
        asker,
        build_cases(choose_rubrics(settings), choose_judge_traits(settings)),
        settings.judge_certainty,
        settings.judge_threshold,
    )
    check = _check(settings, bench)
    measured = check.measured if check else {}
    surveyor = JudgeLearner(bench, finder, _choice(settings), settings.judge_concurrency, meter.now, measured, halt=halt)
    return Judge(surveyor, answers, meter)


def list_judge_packs() -> list[RulePack]:
    """The shipped rubrics and the injection pack, as manifests name them."""
    return [*(read_rubric(path).as_pack(()) for path in rubrics().values()), read_pack(injection())]


def choose_rubrics(settings: Settings) -> list[Rubric]:
    """The rubrics asked for: by default references where there are traits, else alignment. Raises SettingsError, PackError."""
    shelf = rubrics()
    names = settings.judge_rubric or (("reference",) if settings.traits else ("alignment",))
    for name in names:
        if name not in shelf and not is_file_name(name):
            raise SettingsError(f"--judge-rubric: there is no rubric {name!r}; {suggest_names(name, shelf)} (or the path of a .toml file)")
    found = [read_rubric(Path(name) if is_file_name(name) else shelf[name]) for name in dict.fromkeys(names)]
    for rubric in found:
        if rubric.per_trait and not settings.traits:
            raise SettingsError(f"--judge-rubric: {rubric.id!r} asks about traits: name one with --trait")
        if [other.id for other in found].count(rubric.id) > 1:
            raise SettingsError(f"--judge-rubric: two rubrics have the id {rubric.id!r}; give one of them another")
    return found


def choose_judge_traits(settings: Settings) -> list[Trait]:
    """The traits of the run: as they are described, else as their rules describe them."""
    asked = choose_traits(settings)
    described = {trait.id: trait for trait in asked.described}
    rules = {rule.id.split(".")[1]: rule for rule in read_pack(shipped()[TRAITS]).rules if rule.id.count(".") == 1} if asked.ids else {}
    traits = []
    for name in asked.ids:
        if name in described:
            traits.append(described[name])
        elif name in rules:
            rule = rules[name]
            words = ", ".join((rule.value, *rule.also[:_EXAMPLES]))
            traits.append(Trait(name, name.replace("_", " "), (f"{rule.meaning}: {words}",), {"prose": rule.hits}, rule.misses, ()))
    return traits


def _model(settings: Settings, pack: RulePack, environ: Mapping[str, str], halt: Event) -> tuple[ChatModel, bool]:
    """The model, and whether its calls never fail in passing."""
    name = settings.judge_model or ""
    if name.startswith(FAKE):
        general = any(not rubric.per_trait for rubric in choose_rubrics(settings))
        names = {*choose_traits(settings).ids, *(CONDUCT if general else ())}
        rules = RulesChat([rule for rule in read_pack(shipped()[TRAITS]).rules if rule.id.split(".")[1] in names], pack)
        kind = name.removeprefix(FAKE)
        if kind not in FAKES:
            raise SettingsError(f"--judge-model: there is no fake {kind!r}; {suggest_names(kind, FAKES)}")
        return (rules, True) if kind == "rules" else (GullibleChat(rules), True) if kind == "gullible" else (_flaky(rules), False)
    if name.startswith(LOCAL):
        from leakguard.models.causal.chat import LocalChat

        return LocalChat(name.removeprefix(LOCAL)), True
    url = settings.judge_base_url or OPENAI
    check_endpoint(url, settings.judge_key_env, ("--judge-base-url", "--judge-key-env"))
    key = read_endpoint_key(url, settings.judge_key_env, environ, ("--judge-model", "--judge-key-env or --judge-base-url"))
    return OpenAIChat(Endpoint(name, url, key, float(settings.judge_timeout)), halt), False


def _flaky(rules: RulesChat) -> FlakyChat:
    return FlakyChat(rules, Faults(), time.sleep)


def check_endpoint(url: str, key_env: str | None, options: tuple[str, str]) -> None:
    """Check the address of an endpoint; `options` are the ones that gave it and `key_env`.

    Raises SettingsError, without a user and a password that stand in the address.
    """
    try:
        address = read_address(url)
    except ValueError as error:
        shown = without_user(url)
        raise SettingsError(
            f"{options[0]}: {shown!r} is no address of an endpoint: {error}; give one like http://localhost:8000/v1"
        ) from None
    if key_env and (address.user or address.password):
        raise SettingsError(f"{options[1]}: the address holds a user and a password already, and a request has room for one of the two")


def read_endpoint_key(url: str, asked: str | None, environ: Mapping[str, str], options: tuple[str, str]) -> str:
    """The key in the variable asked for; without one, that of OpenAI goes to OpenAI only, and other endpoints get none.

    Blanks and line ends around it are taken off. `options` are the one that wants a key and those that would help. Raises
    SettingsError for an empty variable, and for a key that no HTTP header can carry.
    """
    name = asked or (KEY if url.rstrip("/") == OPENAI else "")
    if not name:
        return NO_KEY
    key = environ.get(name, "").strip()
    if not key:
        raise SettingsError(f"{options[0]}: the environment variable {name} holds no key; set it, or use {options[1]}")
    if not key.isascii() or not key.isprintable():
        raise SettingsError(
            f"{options[0]}: the key in the environment variable {name} holds line feeds, control characters or letters beyond ASCII, "
            "which no HTTP header can carry: set it to the key alone"
        )
    return key


def _cache(settings: Settings, environ: Mapping[str, str]) -> Path | None:
    """Where answers are kept; those of the fakes cost nothing, so they are kept only where that is asked for."""
    if settings.judge_cache:
        return Path(settings.judge_cache)
    if (settings.judge_model or "").startswith(FAKE):
        return None
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leakguard" / "judge.sqlite"


def _choice(settings: Settings) -> Selection:
    word, _, size = settings.judge_only.partition(":")
    only: Only = "sample" if word == "sample" else "all" if word == "all" else "undecided"
    return Selection(only, int(size or 0))


def _check(settings: Settings, bench: JudgeClient) -> CheckFile | None:
    """What is known of this very judge. Raises SettingsError where it is another's, and where it is below the minimum."""
    if not settings.judge_check:
        if settings.judge_minimum:
            raise SettingsError("--judge-minimum: nothing is measured; run leakguard judge check -o FILE and give --judge-check FILE")
        return None
    path = Path(settings.judge_check)
    found = read_check(path)
    if found.model != bench.asker.model:
        raise SettingsError(f"--judge-check {path}: it measured {found.model}, and the judge is {bench.asker.model}: check this one")
    for case in bench.cases:
        if found.rubrics.get(case.rubric.pack) != case.rubric.digest:
            raise SettingsError(f"--judge-check {path}: it was made with another version of the rubric {case.rubric.id!r}: check again")
        if settings.judge_minimum and case.id not in found.least:
            raise SettingsError(f"--judge-minimum: {path} has not measured {case.id}: add labelled examples of it")
        for what, least in settings.judge_minimum:
            known = found.least[case.id].get(what)
            if known is None or known < least:
                said = "was not measured" if known is None else f"is {known:.3f} at worst (95 %)"
                raise SettingsError(f"--judge-minimum: the {what} of {case.id} {said}, below {least:g}: this judge is not to be relied on")
    return found
