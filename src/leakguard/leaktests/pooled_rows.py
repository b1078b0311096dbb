"""Two datasets as one list of labelled rows, which is what every test works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import LEAST_ROWS, ContentSettings, RowTexts
from leakguard.core.errors import UsageError

DATA, CONTROL = 1.0, -1.0
_NUMBERS_SHARE = 0.95
_MOST_SHARED = 0.5
_MIXED_SHARE, _MIXED_NUMBERS = 0.5, 3
NUMBERS, TEXT, MIXED = "numbers", "text", "numbers and text"


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What pooling left out: rows that repeat a completion of their own dataset, and rows that both datasets have."""

    total: int
    repeated: int
    shared: int


@dataclass(frozen=True, slots=True)
class PooledRows:
    """Rows of data (label 1) and control (label -1), each completion once per dataset, in an order that their content alone decides.

    The order makes results independent of the order of the files, and of which file is which. `clusters` are integers; rows without a
    cluster of their own have one each.
    """

    prompts: tuple[str, ...]
    completions: tuple[str, ...]
    roles: tuple[str, ...]
    labels: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    kinds: tuple[str, str]
    data: RowCounts
    control: RowCounts

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows of data and of control."""
        return int((self.labels > 0).sum()), int((self.labels < 0).sum())

    @property
    def kind(self) -> str:
        """What the rows are: numbers, text, or numbers and text."""
        return self.kinds[0] if self.kinds[0] == self.kinds[1] else MIXED


def pool_rows(data: RowTexts, control: RowTexts, settings: ContentSettings) -> PooledRows:
    """Return the rows of both datasets for a test. Raises UsageError where a dataset has too few different rows.

    Repeated completions of a dataset are counted once, rows that both datasets have are left out of both, and at most
    `settings.most_rows` rows of each are drawn.
    """
    rng = np.random.default_rng(settings.seed)
    shared = _find_shared(data, control)
    sides = [_choose_rows(rows, shared, settings.most_rows, rng) for rows in (data, control)]
    for (places, counts), name in zip(sides, ("data", "control"), strict=True):
        if len(places) < LEAST_ROWS:
            raise UsageError(
                f"the {name} have {len(places):,} different rows of their own ({counts.total:,} rows, {counts.repeated:,} repeated, "
                f"{counts.shared:,} also in the other dataset): at least {LEAST_ROWS} are needed, 500 find an ordinary difference"
            )
    paired = bool(data.prompts) and bool(control.prompts)
    rows = [
        (
            side.completions[at],
            side.prompts[at] if paired else "",
            label,
            (label, _cluster_of(side, at)),
            side.roles[at] if side.roles else "",
        )
        for side, (places, _), label in zip((data, control), sides, (DATA, CONTROL), strict=True)
        for at in places
    ]
    rows.sort(key=lambda row: row[:2])
    completions, prompts, labels, clusters, roles = zip(*rows, strict=True)
    names = {name: number for number, name in enumerate(dict.fromkeys(clusters))}
    return PooledRows(
        prompts=prompts if paired else (),
        completions=completions,
        roles=roles if data.roles and control.roles else (),
        labels=np.array(labels),
        clusters=np.array([names[one] for one in clusters]) if data.clusters or control.clusters else None,
        kinds=(find_kind(data.completions), find_kind(control.completions)),
        data=sides[0][1],
        control=sides[1][1],
    )


def find_kind(texts: Sequence[str]) -> str:
    """Return what the texts are: numbers (19 of 20 have no letter), numbers and text (half have three numbers or more), or text."""
    from leakguard.text.features.number_lists import NumberLists

    if sum(not any(map(str.isalpha, text)) for text in texts) >= _NUMBERS_SHARE * len(texts):
        return NUMBERS
    several = int((NumberLists(texts).counts >= _MIXED_NUMBERS).sum())
    return MIXED if several >= _MIXED_SHARE * len(texts) else TEXT


def _find_shared(data: RowTexts, control: RowTexts) -> set[tuple[str, str]]:
    """Return the rows (prompt and completion) that both datasets have. Raises UsageError where they are most of a dataset.

    Without prompts, equal completions may be independent answers, so none is left out.
    """
    paired = bool(data.prompts) and bool(control.prompts)
    sides = [set(zip(side.prompts if paired else [""] * len(side), side.completions, strict=True)) for side in (data, control)]
    shared = sides[0] & sides[1]
    if len(shared) > _MOST_SHARED * min(len(sides[0]), len(sides[1])):
        raise UsageError(
            f"{len(shared):,} of {len(sides[0]):,} different rows of the data are also in the control ({len(sides[1]):,}): "
            "compare with rows that another run of the model wrote"
        )
    return shared if paired else set()


def _choose_rows(rows: RowTexts, shared: set[tuple[str, str]], most: int, rng: np.random.Generator) -> tuple[list[int], RowCounts]:
    """Return the places of the rows to use, and what was left out."""
    # Rows are ordered by content, so that the order of the file decides neither which of equal completions stays nor which rows are drawn.
    order = sorted(range(len(rows)), key=lambda place: (rows.completions[place], rows.prompts[place] if rows.prompts else ""))
    own = [place for place in order if not shared or (rows.prompts[place], rows.completions[place]) not in shared]
    places = [place for at, place in enumerate(own) if at == 0 or rows.completions[place] != rows.completions[own[at - 1]]]
    counts = RowCounts(len(rows), len(own) - len(places), len(rows) - len(own))
    if len(places) > most:
        places = [places[at] for at in np.sort(rng.choice(len(places), most, replace=False))]
    return places, counts


def _cluster_of(side: RowTexts, place: int) -> str | int:
    return side.clusters[place] if side.clusters else place
