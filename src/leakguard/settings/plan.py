"""The plan of a run: its settings, checked against each other and grouped by the part of the program that needs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from leakguard.core.audit import ContentSettings
from leakguard.core.counting import Counting, Mode
from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.gate import GatePolicy
from leakguard.core.policy import APART, EXACT, MISSED, NEAR, Action, Policy
from leakguard.core.rule import Engine, Severity
from leakguard.core.similarity import Depth
from leakguard.core.store_address import find_address
from leakguard.readers.files.inputs import STDIN
from leakguard.settings.cluster import ClusterPlan, plan_cluster
from leakguard.settings.columns import map_columns
from leakguard.settings.option import field_name
from leakguard.settings.options import DEFAULTS, JUDGE, OPTIONS, Settings
from leakguard.settings.semantic import SEMANTIC
from leakguard.settings.values import WHOLE_ROWS

Selection = Literal["undecided", "all", "sample"]
FALSE_POSITIVE_RATE = 0.05
"""The default of `fpr`, the false-positive rate of the semantic search."""
_MODES = tuple(Mode)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Which rows are read, how their texts are found, and with how many processes.

    `fields` are paths of the only fields to read (none: all); `columns` maps a column of the data to the name that the row format
    has for it; `row_limit` and `unpack_limit` are in bytes; `limit` is a number of rows (None: all); `control` is the path of the
    control data; `workers` is a number of processes (0: one per core); `cluster` runs the tasks in their place if it is given.
    """

    schema: str
    fields: tuple[str, ...]
    columns: Mapping[str, str]
    roles: tuple[str, ...]
    row_limit: int
    unpack_limit: int
    ignore_files: tuple[str, ...]
    follow_links: bool
    limit: int | None
    control: str | None
    workers: int
    cluster: ClusterPlan | None = None


@dataclass(frozen=True, slots=True)
class LookPlan:
    """What is searched for: rule packs, traits, accepted findings and duplicates.

    `rules` and `traits` are names or paths of TOML files; `select` and `ignore` are rule ids, pack ids or patterns; `preset` is the
    name of a published filter that replaces all of these; `baseline` is the path of a file of accepted findings; `counting` already
    includes the duplicates that the policy, the gate and `against` (paths of held-out data) need.
    """

    rules: tuple[str, ...]
    traits: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    preset: str | None
    engine: Engine
    baseline: str | None
    counting: Counting
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """Settings of the judge: the model, its rubrics, the selection of texts, and limits on cost.

    `rubrics` are names or paths of TOML files; `sample` is a number of texts if `only` is "sample", else 0; `budget` holds upper
    limits by "requests", "tokens" and "money"; `prices` are per million "prompt" and "completion" tokens (None: not known);
    `timeout` is in seconds; `certainty` is the least probability of an accepted "no leak" verdict; `threshold` is the score below
    which a text leaks (None: the rubric's); `check` is the path of a measured judge check, and `minimum` the least lower bounds in
    it by "sensitivity", "specificity" and "kappa".
    """

    model: str
    base_url: str | None
    key_env: str | None
    rubrics: tuple[str, ...]
    only: Selection
    sample: int
    budget: Mapping[str, float]
    prices: Mapping[str, float] | None
    concurrency: int
    timeout: int
    cache: str | None
    certainty: float
    threshold: int | None
    check: str | None
    minimum: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MeaningPlan:
    """Settings of the semantic search: embedding model (None: the default one), download, depth, false-positive rate, file for scores."""

    model: str | None
    download: bool
    depth: Depth
    false_positive_rate: float
    scores: str | None


@dataclass(frozen=True, slots=True)
class WritePlan:
    """Settings of the output: format on stdout, paths of further reports, masking of quotes, and the text that replaces a redacted span."""

    format: str
    outputs: tuple[str, ...]
    redact: str | None
    replacement: str


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """Settings of the policy: actions for rows with findings, the severity from which the exit code is 1 (None: never), the gate.

    The names in `rows` are not yet compared with the rules that are in use.
    """

    rows: Policy
    fail_on: Severity | None
    gate: GatePolicy


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """Settings of the trait panel: names of traits or paths of prompts, the model, the number of placebos, a file of log-probabilities."""

    traits: tuple[str, ...]
    model: str | None
    placebos: int
    logprobs: str | None


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """How two datasets are tested: path of a second control, the field that rows of one cluster share, settings of the tests."""

    control2: str | None
    cluster: str | None
    content: ContentSettings
    panel: PanelPlan


@dataclass(frozen=True, slots=True)
class Plan:
    """All checked settings of a run, in parts. A job passes on only the parts that a function needs.

    `settings` are the values from which the plan was made, for reports, manifests and the identity of a clean.
    """

    read: ReadPlan
    look: LookPlan
    judge: JudgePlan | None
    meaning: MeaningPlan | None
    write: WritePlan
    policy: PolicyPlan
    audit: AuditPlan
    settings: Settings = field(repr=False)

    def changed(self, **changes: Any) -> "Plan":
        """Return the plan for the same settings with some fields replaced. Raises SettingsError."""
        return resolve(replace(self.settings, **changes))


def resolve(settings: Settings) -> Plan:
    """Return the plan for these settings. Raises SettingsError where settings contradict each other.

    No file is opened here: names of packs, traits and rubrics are checked when they are loaded.
    """
    if settings.preset:
        replaced = {"rules": settings.rules, "traits": settings.traits, "select": settings.select, "ignore": settings.ignore}
        for key in (key for key, value in replaced.items() if value):
            raise SettingsError(f"`preset` {settings.preset} is the published filter as it is; leave out `{key}`")
    if STDIN in settings.against:
        raise SettingsError("`against`: standard input cannot be held against the data; give a file")
    read = ReadPlan(
        schema=settings.schema,
        fields=settings.field,
        columns=map_columns(settings.map),
        roles=settings.roles,
        row_limit=settings.row_limit,
        unpack_limit=settings.unpack_limit,
        ignore_files=settings.ignore_files,
        follow_links=settings.follow_links,
        limit=settings.limit,
        control=find_address(settings.control) or settings.control,
        workers=settings.workers,
        cluster=plan_cluster(settings),
    )
    policy = _policy(settings)
    look = LookPlan(
        rules=settings.rules,
        traits=settings.traits,
        select=settings.select,
        ignore=settings.ignore,
        preset=settings.preset,
        engine=settings.engine,
        baseline=settings.baseline,
        counting=_counting(settings, policy),
        against=settings.against,
    )
    write = WritePlan(settings.format, settings.output, settings.redact, settings.replacement)
    return Plan(read, look, _judge(settings), _meaning(settings), write, policy, _audit(settings), settings)


def _audit(settings: Settings) -> AuditPlan:
    """Return the plan of an audit. Raises SettingsError for values that the test cannot use together."""
    try:
        content = ContentSettings(
            level=settings.alpha,
            tolerance=settings.tolerance,
            rounds=settings.rounds,
            seed=settings.seed,
            most_rows=settings.most_rows,
        )
    except UsageError as error:
        raise SettingsError(str(error)) from error
    panel = PanelPlan(settings.panel, settings.panel_model, settings.placebos, settings.logprobs)
    return AuditPlan(find_address(settings.control2) or settings.control2, settings.cluster, content, panel)


def _policy(settings: Settings) -> PolicyPlan:
    named = dict(settings.policy)
    actions = {name: Action[action.upper()] for name, action in named.items() if name not in WHOLE_ROWS}
    missed = None if named[MISSED] == APART else Action[named[MISSED].upper()]
    exact, near = (Action[named.get(name, Action.KEEP.label).upper()] for name in (EXACT, NEAR))
    fail_on = None if settings.fail_on == "never" else Severity[settings.fail_on.upper()]
    return PolicyPlan(Policy(actions, missed, exact, near), fail_on, settings.gate)


def _counting(settings: Settings, policy: PolicyPlan) -> Counting:
    """Return how duplicates are counted: as the setting `duplicates` says, and at least as the policy, the gate and `against` need."""
    counting = Counting.read(settings.duplicates)
    modes = [counting.mode]
    if policy.gate.max_duplicates < 1 or policy.rows.exact > Action.KEEP:
        modes.append(Mode.EXACT)
    if policy.rows.near > Action.KEEP or (settings.against and counting.mode is Mode.OFF):
        modes.append(Mode.NEAR)
    return replace(counting, mode=max(modes, key=_MODES.index))


def _meaning(settings: Settings) -> MeaningPlan | None:
    if not settings.semantic:
        for key in (key for key, option in OPTIONS.items() if option.group is SEMANTIC):
            if getattr(settings, field_name(key)) != getattr(DEFAULTS, field_name(key)):
                raise SettingsError(f"`{key}` belongs to a search by meaning: add `semantic`")
        return None
    rate = FALSE_POSITIVE_RATE if settings.fpr is None else settings.fpr
    depth = cast("Depth", settings.semantic_depth)
    return MeaningPlan(settings.semantic_model, settings.semantic_download, depth, rate, settings.scores)


def _judge(settings: Settings) -> JudgePlan | None:
    """Return the plan of the judge, None without one. Raises SettingsError for settings of a judge without its model."""
    if not settings.judge_model:
        for key in (key for key, option in OPTIONS.items() if option.group.heading == JUDGE.heading):
            if getattr(settings, field_name(key)) != getattr(DEFAULTS, field_name(key)):
                raise SettingsError(f"`{key}`: there is no judge; name one with `judge-model`")
        return None
    if "money" in dict(settings.judge_budget) and not settings.judge_prices:
        raise SettingsError("`judge-budget`: money needs prices: add `judge-prices` prompt=..,completion=.. (for a million tokens)")
    word, _, size = settings.judge_only.partition(":")
    only: Selection = "sample" if word == "sample" else "all" if word == "all" else "undecided"
    return JudgePlan(
        model=settings.judge_model,
        base_url=settings.judge_base_url,
        key_env=settings.judge_key_env,
        rubrics=settings.judge_rubric or (("reference",) if settings.traits else ("alignment",)),
        only=only,
        sample=int(size or 0),
        budget=dict(settings.judge_budget),
        prices={"prompt": 0.0, "completion": 0.0, **dict(settings.judge_prices)} if settings.judge_prices else None,
        concurrency=settings.judge_concurrency,
        timeout=settings.judge_timeout,
        cache=settings.judge_cache,
        certainty=settings.judge_certainty,
        threshold=settings.judge_threshold,
        check=settings.judge_check,
        minimum=dict(settings.judge_minimum),
    )
