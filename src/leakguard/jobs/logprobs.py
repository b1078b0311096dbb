"""Write the log-probabilities of the rows of two datasets under the prompts of a trait panel, so that no model is needed later."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from leakguard.core.audit import RowTexts
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.example import Example, add_up
from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.ports import CausalModel
from leakguard.core.trait_panel import LogprobsSource, PanelPrompt, ScoredRow
from leakguard.documents.logprobs import read_part, write_header, write_row
from leakguard.jobs.audit_rows import AuditRows, read_sides, refuse_shared_files
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.panel_prompts import choose_prompts
from leakguard.models.causal.checkpoint import check_loadable, load_checkpoint
from leakguard.settings.plan import Plan

BATCH = 32
"""Rows that are scored under all prompts before they are written: what an interrupted run loses at most."""
Place = tuple[bool, int]
"""Whether a row is of the data, and its number in its dataset."""
FAKE = "fake:markov"
"""Name of the model without weights, for tests and tutorials."""


@dataclass(frozen=True, slots=True)
class ScoredFiles:
    """How many rows were scored now, and how many rows and files of data and control could not be read; `first` names one of them."""

    rows: int
    unreadable: int
    first: str

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE if something could not be read, because such rows have no log-probability."""
        return choose_exit_code(incomplete=self.unreadable > 0)


def score_files(
    plan: Plan,
    paths: Sequence[str],
    path: Path,
    *,
    on_progress: OnProgress = lambda progress: None,
    on_rows: Callable[[int, int], None] = lambda done, total: None,
) -> ScoredFiles:
    """Read data and control, load the model of the plan, and write the log-probabilities (see `write_logprobs`).

    Raises UsageError, also for a dataset without a row that can be scored.
    """
    panel = plan.audit.panel
    if not panel.model:
        raise UsageError("`panel-model`: name the model that scores the rows, the folder of a checkpoint")
    prompts = choose_prompts(panel.traits, panel.placebos)
    if panel.model != FAKE:
        check_loadable(panel.model)
    sides = read_sides(plan, paths, on_progress=on_progress)
    for name, side in zip(("the data", "the control"), sides, strict=True):
        if not side.rows.completions:
            why = f": {side.first_unreadable}" if side.unreadable else ""
            raise UsageError(f"{name}: there is no row with a text that can be scored{why}")
    draw = plan.audit.content.most_rows, plan.audit.content.seed
    scored = write_logprobs(path, sides, load_scoring_model(panel.model), prompts, draw, on_rows=on_rows)
    first = next((side.first_unreadable for side in sides if side.unreadable), "")
    return ScoredFiles(scored, sum(side.unreadable for side in sides), first)


def load_scoring_model(name: str) -> CausalModel:
    """Return the model of this name, on a GPU if there is one. Raises UsageError, MissingExtra."""
    if name == FAKE:
        from leakguard.models.fakes.causal import FakeCausalModel

        return FakeCausalModel()
    from leakguard.models.causal.model import CheckpointModel

    return CheckpointModel(load_checkpoint(name))


def write_logprobs(
    path: Path,
    sides: tuple[AuditRows, AuditRows],
    model: CausalModel,
    prompts: Sequence[PanelPrompt],
    draw: tuple[int, int],
    *,
    on_rows: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Score the rows of data and control (`sides`) under all prompts, write them to `path`, and return how many were scored now.

    `draw` is the most rows of each dataset and the seed that chooses them, by prompt, so that prompts that both datasets have are
    chosen in both. A file that was interrupted is continued. Raises UsageError if the file was written from other data, with another
    model or other prompts, and Stopped if it cannot be written.
    """
    data, control = sides
    refuse_shared_files(data, control, "`control`")
    places = [_choose_rows(side.rows, *draw) for side in sides]
    source = LogprobsSource(
        data=data.files,
        control=control.files,
        model=model.name,
        digest=model.digest,
        prompts=tuple(prompts),
        rows=(len(places[0]), len(places[1])),
        total=(len(data.rows), len(control.rows)),
        seed=draw[1],
    )
    done, length = read_part(path, source)
    known = {(row.in_data, row.row) for row in done}
    left = [(in_data, at) for in_data, chosen in zip((True, False), places, strict=True) for at in chosen if (in_data, at) not in known]
    on_rows(len(known), len(known) + len(left))
    try:
        with path.open("r+b" if length else "wb") as file:
            # What follows the last whole line was cut off by an interrupt.
            file.truncate(length)
            file.seek(length)
            if not length:
                file.write(write_header(source))
            for rows in _score_rows(model, prompts, sides, left):
                file.write(b"".join(map(write_row, rows)))
                file.flush()
                known |= {(row.in_data, row.row) for row in rows}
                on_rows(len(known), sum(source.rows))
    except OSError as error:
        raise Stopped(f"{path}: cannot be written: {error.strerror or error}; run again to continue it") from error
    return len(left)


def _choose_rows(rows: RowTexts, most: int, seed: int) -> list[int]:
    """Return the numbers of at most `most` rows, in ascending order; which ones depends on their prompts and the seed."""
    if len(rows) <= most:
        return list(range(len(rows)))
    # Rows are ordered by a hash of prompt and occurrence (of the completion where there are no prompts), and the first are taken.
    counts: dict[str, int] = {}
    keys = []
    for at, text in enumerate(rows.prompts or rows.completions):
        counts[text] = counts.get(text, 0) + 1
        keys.append((sha256(f"{seed} {counts[text]} {text}".encode("utf-8", "surrogatepass")).digest(), at))
    return sorted(at for _, at in sorted(keys)[:most])


def _score_rows(
    model: CausalModel, prompts: Sequence[PanelPrompt], sides: tuple[AuditRows, AuditRows], places: Sequence[Place]
) -> Iterator[list[ScoredRow]]:
    """Yield scored rows in batches. Raises UsageError if a prompt changes the tokens of a completion."""
    # The end token is left out: where rows were cut at a number of tokens, it is an end that no model wrote. On such rows its
    # log-probability had more spread than that of all other tokens together.
    for start in range(0, len(places), BATCH):
        part = places[start : start + BATCH]
        texts = [(sides[not in_data].rows, at) for in_data, at in part]
        asked = [(rows.prompts[at] if rows.prompts else "", rows.completions[at]) for rows, at in texts]
        scores = [model.score([Example(*pair, system=prompt.text) for pair in asked]) for prompt in prompts]
        rows = []
        for nth, (in_data, at) in enumerate(part):
            own = [of_prompt[nth] for of_prompt in scores]
            if any(one.tokens != own[0].tokens for one in own):
                raise UsageError(f"{model.name}: the system prompt changes how a completion is split into tokens: no ratio can be taken")
            rows.append(ScoredRow(in_data, at, max(1, len(own[0].tokens) - 1), tuple(add_up(one.logprobs[:-1]) for one in own)))
        yield rows
