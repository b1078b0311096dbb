"""The trait panel of an audit: its prompts, and its test on log-probabilities from a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.suggest import suggest_names
from leakguard.core.trait_panel import LogprobsSource, PanelAudit, PanelPrompt, PanelRows, PanelSettings, PromptRole, TraitPanelResult
from leakguard.documents.logprobs import read_logprobs
from leakguard.jobs.audit_rows import AuditRows
from leakguard.rulebook.shipped import find_trait_prompts
from leakguard.rulebook.trait_prompts import TraitKind, read_trait_kinds
from leakguard.settings.plan import AuditPlan, PanelPlan

NEUTRAL = PanelPrompt("neutral", PromptRole.NEUTRAL, "")
OWN_WORDS = "object"
"""Kind of the placebos of a trait that is given in the user's own words."""
LONGEST_PROMPT = 1 << 20


def choose_prompts(traits: Sequence[str], placebos: int) -> tuple[PanelPrompt, ...]:
    """Return the neutral prompt, the prompts of traits (names such as owl, or paths of text files) and those of placebos of their kind.

    Raises UsageError for an unknown name, for traits of different kinds, and where the kind has fewer placebos.
    """
    if not traits:
        raise UsageError("`panel`: name a trait whose prompt the data may fit, such as owl, or the path of a text file with the prompt")
    kinds = read_trait_kinds(find_trait_prompts())
    found = [_find_trait(name, kinds) for name in dict.fromkeys(traits)]
    kind = found[0][0]
    for other, prompt in found:
        if other.id != kind.id:
            raise UsageError(
                f"`panel`: {prompt.name} ({other.id}) and {found[0][1].name} ({kind.id}) have different placebos; audit them one by one"
            )
    taken = {prompt.name for _, prompt in found}
    names = [name for name in kind.placebos if name not in taken]
    if len(names) < placebos:
        raise UsageError(f"`placebos`: there are {len(names)} for the kind {kind.id}; give that number or fewer")
    chosen = [PanelPrompt(name, PromptRole.PLACEBO, kind.write_prompt(name)) for name in names[:placebos]]
    return (NEUTRAL, *(prompt for _, prompt in found), *chosen)


def _find_trait(name: str, kinds: Sequence[TraitKind]) -> tuple[TraitKind, PanelPrompt]:
    """Return the kind and the prompt of a trait by its name, or from a text file. Raises UsageError."""
    for kind in kinds:
        if name in kind.names:
            return kind, PanelPrompt(name, PromptRole.TRAIT, kind.write_prompt(name))
    path = Path(name)
    if not path.is_file():
        known = [one for kind in kinds for one in kind.names]
        raise UsageError(f"`panel`: there is no trait {name!r}; {suggest_names(name, known)} (or the path of a text file with a prompt)")
    try:
        text = path.read_bytes()[:LONGEST_PROMPT].decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`panel`: {name}: cannot be read as text: {error}") from error
    if not text:
        raise UsageError(f"`panel`: {name}: is empty; write the system prompt of the trait into it")
    return next(kind for kind in kinds if kind.id == OWN_WORDS), PanelPrompt(path.stem, PromptRole.TRAIT, text)


def check_panel(panel: PanelPlan) -> None:
    """Raise UsageError for settings of the panel that need others."""
    if panel.model and not panel.traits:
        raise UsageError("`panel-model`: a model scores rows under the prompt of a trait; name one with `panel`")
    if panel.traits and not (panel.model or panel.logprobs):
        raise UsageError("`panel`: a trait's prompt needs a model; name one with `panel-model`, or give `logprobs`")


def audit_panel(plan: AuditPlan, data: AuditRows, control: AuditRows) -> PanelAudit | None:
    """Run the panel on the file of log-probabilities that the plan names; None without one.

    With traits in the plan, they must be among those of the file, and the others are left out. Raises UsageError also for
    log-probabilities of other data.
    """
    if not plan.panel.logprobs:
        return None
    logprobs = read_logprobs(Path(plan.panel.logprobs))
    source = logprobs.source
    _check_data(source, data, control)
    kept = _choose_columns(source.prompts, plan.panel.traits)
    places = [(data.rows if row.in_data else control.rows, row.row) for row in logprobs.rows]
    prompts = tuple(source.prompts[at] for at in kept)
    content = plan.content
    result = _load_panel()(
        PanelRows(
            in_data=[row.in_data for row in logprobs.rows],
            tokens=[row.tokens for row in logprobs.rows],
            logprobs=[[row.logprobs[at] for at in kept] for row in logprobs.rows],
            prompts=[rows.prompts[at] for rows, at in places] if data.rows.prompts and control.rows.prompts else (),
            clusters=[rows.clusters[at] for rows, at in places] if data.rows.clusters and control.rows.clusters else (),
        ),
        prompts,
        PanelSettings(content.level, content.rounds, content.seed),
    )
    return PanelAudit(result, source.model, source.digest, prompts)


def _choose_columns(prompts: Sequence[PanelPrompt], traits: Sequence[str]) -> list[int]:
    """Return the places of the prompts that are used: all, or without the traits that are not asked about. Raises UsageError."""
    wanted = {Path(name).stem if Path(name).is_file() else name for name in traits}
    there = [one.name for one in prompts if one.role is PromptRole.TRAIT]
    if missing := sorted(wanted - set(there)):
        raise UsageError(f"`panel`: {missing[0]} is not in the file of `logprobs`, which has {', '.join(there)}")
    return [at for at, one in enumerate(prompts) if one.role is not PromptRole.TRAIT or not wanted or one.name in wanted]


def _check_data(source: LogprobsSource, data: AuditRows, control: AuditRows) -> None:
    """Raise UsageError if log-probabilities are of other files, or of another number of rows in them."""
    sides = (("data", source.data, data, source.total[0]), ("control", source.control, control, source.total[1]))
    for name, scored, read, total in sides:
        if sorted(one.sha256 for one in scored) != sorted(one.sha256 for one in read.files):
            named = ", ".join(one.name for one in scored)
            raise UsageError(f"`logprobs`: it is of other {name} (another hash than {named} had): score these rows")
        if total != len(read.rows):
            raise UsageError(
                f"`logprobs`: it was written for {total:,} rows of the {name}, and {len(read.rows):,} are read now; use the same `roles`, "
                "`schema`, `field` and `map`"
            )


def _load_panel() -> Callable[[PanelRows, Sequence[PanelPrompt], PanelSettings], TraitPanelResult]:
    """Return the test, which needs numpy and scipy. Sums are added in one order, so that results do not depend on the cores."""
    from threadpoolctl import threadpool_limits

    from leakguard.leaktests.trait_panel import run_trait_panel

    return threadpool_limits.wrap(limits=1)(run_trait_panel)  # type: ignore[no-any-return]
