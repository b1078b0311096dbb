"""Build the chat model of a judge: a fake, a local model or an endpoint, behind a cache, a budget and retries."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from leakguard.core.errors import SettingsError
from leakguard.core.ports import Cache, ChatModel
from leakguard.core.rubric import Rubric
from leakguard.core.rule import RulePack
from leakguard.core.suggest import suggest_names
from leakguard.jobs.build.endpoints import OPENAI, check_endpoint, read_endpoint_key
from leakguard.jobs.build.traits import TRAITS
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import Budget, Prices, UsageMeter
from leakguard.models.endpoint.client import Patience, wrap_chat
from leakguard.models.endpoint.openai import Endpoint, OpenAIChat
from leakguard.models.endpoint.retries import PATIENCE
from leakguard.models.fakes.chat import CONDUCT, Faults, FlakyChat, GullibleChat, RulesChat
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import list_packs
from leakguard.settings.plan import JudgePlan

FAKES, FAKE, LOCAL = ("rules", "gullible", "flaky"), "fake:", "local:"


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """A chat model with its answer cache and its usage meter; `halt` stops calls that wait for a retry."""

    chat: ChatModel
    answers: AnswerCache
    meter: UsageMeter
    halt: Event


@dataclass(frozen=True, slots=True)
class FakeKnowledge:
    """What the fake models judge by: ids of traits, the rubrics that they are asked about, the injection pack, and a cache for packs."""

    traits: Sequence[str]
    rubrics: Sequence[Rubric]
    injection: RulePack
    memory: Cache | None = None


def build_chat(plan: JudgePlan, knowledge: FakeKnowledge, environ: Mapping[str, str] = os.environ) -> JudgeModel:
    """Return the model of the plan. Raises SettingsError, MissingExtra and UsageError."""
    answers = AnswerCache(_cache_path(plan, environ), "name another file with `judge-cache`")
    meter = UsageMeter(Budget(**plan.budget), Prices(**plan.prices) if plan.prices else None)
    halt = Event()
    chat, reliable = _model(plan, knowledge, environ, halt)
    concurrency = 1 if plan.model.startswith(LOCAL) else plan.concurrency
    patience = None if reliable else Patience(float(PATIENCE * plan.timeout), halt)
    return JudgeModel(wrap_chat(chat, answers, meter, concurrency=concurrency, patience=patience), answers, meter, halt)


def _model(plan: JudgePlan, knowledge: FakeKnowledge, environ: Mapping[str, str], halt: Event) -> tuple[ChatModel, bool]:
    """Return the model, and whether its calls never fail temporarily."""
    if plan.model.startswith(FAKE):
        return _fake(plan.model.removeprefix(FAKE), knowledge)
    if plan.model.startswith(LOCAL):
        from leakguard.models.causal.chat import LocalChat

        return LocalChat(plan.model.removeprefix(LOCAL)), True
    url = plan.base_url or OPENAI
    check_endpoint(url, plan.key_env, ("`judge-base-url`", "`judge-key-env`"))
    key = read_endpoint_key(url, plan.key_env, environ, ("`judge-model`", "`judge-key-env` or `judge-base-url`"))
    return OpenAIChat(Endpoint(plan.model, url, key, float(plan.timeout)), halt), False


def _fake(kind: str, knowledge: FakeKnowledge) -> tuple[ChatModel, bool]:
    """Return a deterministic fake, which finds what the rules of the traits find."""
    general = any(not rubric.per_trait for rubric in knowledge.rubrics)
    names = {*knowledge.traits, *(CONDUCT if general else ())}
    pack = read_pack(list_packs()[TRAITS], knowledge.memory)
    rules = RulesChat([rule for rule in pack.rules if rule.id.split(".")[1] in names], knowledge.injection, knowledge.memory)
    if kind not in FAKES:
        raise SettingsError(f"`judge-model`: there is no fake {kind!r}; {suggest_names(kind, FAKES)}")
    if kind == "flaky":
        return FlakyChat(rules, Faults(), time.sleep), False
    return (rules if kind == "rules" else GullibleChat(rules)), True


def _cache_path(plan: JudgePlan, environ: Mapping[str, str]) -> Path | None:
    """Return the path of the answer cache; answers of fakes cost nothing and are cached only if the setting names a path."""
    if plan.cache:
        return Path(plan.cache)
    if plan.model.startswith(FAKE):
        return None
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leakguard" / "judge.sqlite"
