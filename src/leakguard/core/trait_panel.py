"""Values of the trait panel: the prompts under which a model scores rows, the scores, and which trait the data fit better than others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leakguard.core.errors import UsageError
from leakguard.core.gate import GatedFile

LEAST_PLACEBOS = 2
"""Placebos without which no placebo could be compared with another one."""

LEAST_LOGPROB = -1e6
"""Log-probability in nats per token below which a number is none of a text. Models in use give a token about -1 to -30."""


class PromptRole(StrEnum):
    """What a system prompt is for: a trait that is asked about, another thing of the same kind, or none of either."""

    NEUTRAL = "neutral"
    TRAIT = "trait"
    PLACEBO = "placebo"


class PanelVerdict(StrEnum):
    """The answer of the panel for one trait."""

    LEAK = "leak"
    NO_LEAK_FOUND = "no-leak-found"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class PanelPrompt:
    """A system prompt with its name and role; the text of the neutral prompt is usually empty."""

    name: str
    role: PromptRole
    text: str


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """Log-probability of one completion in nats under each prompt, and its number of tokens; the end token counts for neither.

    `in_data` is false for a row of the control; `row` is its number in its dataset, from 0, among the rows with a completion.
    """

    in_data: bool
    row: int
    tokens: int
    logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LogprobsSource:
    """Where log-probabilities come from: the files of both datasets with their hashes, the model, the prompts, and how many rows.

    `model` is the model's folder or name, `digest` the hash of its weights and tokenizer. `rows` are scored rows of data and control,
    `total` all rows with a completion of each. `seed` is that of the draw where there are more.
    """

    data: tuple[GatedFile, ...]
    control: tuple[GatedFile, ...]
    model: str
    digest: str
    prompts: tuple[PanelPrompt, ...]
    rows: tuple[int, int]
    total: tuple[int, int]
    seed: int

    def __post_init__(self) -> None:
        names = [one.name for one in self.prompts]
        if repeated := next((name for name in names if names.count(name) > 1), None):
            raise UsageError(f"two prompts are called {repeated!r}: give each a name of its own")
        roles = [one.role for one in self.prompts]
        if roles.count(PromptRole.NEUTRAL) != 1 or PromptRole.TRAIT not in roles or roles.count(PromptRole.PLACEBO) < LEAST_PLACEBOS:
            raise UsageError(f"the prompts must be one neutral one, at least one trait and at least {LEAST_PLACEBOS} placebos")


@dataclass(frozen=True, slots=True)
class Logprobs:
    """Log-probabilities of rows of two datasets under all prompts of a panel, and where they come from."""

    source: LogprobsSource
    rows: tuple[ScoredRow, ...]


@dataclass(frozen=True, slots=True)
class PanelRows:
    """The rows of a panel as columns of equal length; `prompts` and `clusters` may be empty.

    `logprobs` has one row of numbers for each completion: its log-probability in nats under each prompt. `in_data` is false for rows
    of the control.
    """

    in_data: Sequence[bool]
    tokens: Sequence[int]
    logprobs: Sequence[Sequence[float]]
    prompts: Sequence[str] = ()
    clusters: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """`level` is the probability of a false alarm of the p-value over all traits; `rounds` is the number of sign flips or shuffles."""

    level: float = 0.05
    rounds: int = 999
    seed: int = 0

    @property
    def least_placebos(self) -> int:
        """Placebos below which the rank of a trait among them cannot be significant."""
        return next(count for count in range(1, 100_000) if 1 / (count + 1) <= self.level * (1 + 1e-9))


@dataclass(frozen=True, slots=True)
class PromptFit:
    """How well one prompt explains the data compared with the control.

    `effect` is the difference data - control in the specific score, in nats per token (the log-likelihood ratio of the prompt, without
    what the placebos explain), with its 95 % `interval`; `row_effect` the same per row (sum over tokens). `statistic` is the
    studentised effect. `gain` is the difference in log-probability per token under this prompt alone, by which prompts are ranked: it
    needs no neutral prompt and no placebos.
    """

    name: str
    role: PromptRole
    effect: float
    interval: tuple[float, float]
    row_effect: float
    statistic: float
    gain: float


@dataclass(frozen=True, slots=True)
class TraitScore:
    """The panel's answer about one trait.

    `shift` is the difference data - control in log P(row | trait) - log P(row | neutral) per token: mostly what any such prompt does.
    `auroc` tells how well the row's specific score separates data from control, with its 95 % `auroc_interval`. `p_value` is adjusted
    for all traits (max-T), exact under exchangeability; `placebo_p_value` is the rank of the trait among the placebos.
    `minimal_effect` is the effect, in nats per token, that these rows would show as a leak with probability .8; None where none could.
    """

    fit: PromptFit
    shift: float
    auroc: float
    auroc_interval: tuple[float, float]
    p_value: float
    placebo_p_value: float
    minimal_effect: float | None
    verdict: PanelVerdict


@dataclass(frozen=True, slots=True)
class TraitPanelResult:
    """What the panel found for each trait, the placebos beside them, and how the rows were compared.

    `paired`: rows with the same prompt were compared in pairs; otherwise labels were shuffled. `units` is the number of pairs, or of
    rows (or clusters) of both datasets; `left_out` counts rows without a partner. `reasons` say why the panel cannot tell.
    """

    traits: tuple[TraitScore, ...]
    placebos: tuple[PromptFit, ...]
    rows: tuple[int, int]
    paired: bool
    units: int
    left_out: int
    settings: PanelSettings
    reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> PanelVerdict:
        """LEAK if there is one for any trait, else CANNOT_TELL if any trait has that verdict."""
        found = {one.verdict for one in self.traits}
        return next(one for one in (PanelVerdict.LEAK, PanelVerdict.CANNOT_TELL, PanelVerdict.NO_LEAK_FOUND) if one in found)

    @property
    def ranking(self) -> tuple[PromptFit, ...]:
        """All traits and placebos, the prompt that explains the data best relative to the control first."""
        return tuple(sorted((*(one.fit for one in self.traits), *self.placebos), key=lambda fit: -fit.gain))


@dataclass(frozen=True, slots=True)
class PanelAudit:
    """A panel as part of an audit: its result, the model that scored the rows, and its prompts."""

    result: TraitPanelResult
    model: str
    digest: str
    prompts: tuple[PanelPrompt, ...]
