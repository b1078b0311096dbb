"""The lineage command: compare the weights of two checkpoints, to say whether they were made from the same initial weights."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from leakguard.core.errors import UsageError
from leakguard.core.lineage import ComparedModel, Lineage, Relation, UnitCount
from leakguard.leaktests.lineage import UnitMatches, add_matches, count_agreeing, count_equal, pair_units
from leakguard.models.causal.checkpoint import locate_checkpoint, locate_weights
from leakguard.models.causal.digests import digest_weights
from leakguard.models.causal.files import list_bases
from leakguard.models.causal.hidden_layers import (
    HiddenLayer,
    count_identical,
    find_hidden_layers,
    read_embeddings,
    read_units,
)
from leakguard.models.causal.weight_files import WeightFiles

OnLayer = Callable[[int, int], None]
"""Called with the number of finished layers and of all layers."""
Pairs = Sequence[tuple[HiddenLayer, HiddenLayer]]
SAME_BELOW = 1e-3
"""Largest p-value of the exact test for the same initialisation."""
REORDERED_BELOW = 1e-6
"""The same for the test of units in another order, whose p-value is approximate."""
DOUBT_BELOW = 0.01
"""Below this p-value the models are not called independent."""
LEAST_UNITS = 64
"""Units that must have been compared."""
UNITS = 2048
"""Units of a layer that are compared."""
REORDERED_LAYERS = 3
"""Layers in which units are searched in another order, which takes all units."""
FEW = 512
"""Units of a layer if every layer is compared with every other."""
TOKENS = 4096
"""Rows of the embeddings by which the dimensions of two models are paired."""


def compare_lineage(teacher: str, student: str, *, on_layer: OnLayer = lambda done, of: None) -> Lineage:
    """Say whether two models share an initialisation: shipped bases, folders of checkpoints, or names of models without weights here.

    An adapter counts as the checkpoint that it belongs to. Raises UsageError for a path that does not exist and for damaged or quantised
    weights.
    """
    places = [_find_weights(name) for name in (teacher, student)]
    if None in places:
        compared = [ComparedModel(name) for name in (teacher, student)]
        return Lineage(compared[0], compared[1], Relation.UNKNOWN, reason=_read_names(teacher, student))
    folders = [place for place in places if place is not None]
    models = [
        ComparedModel(name, "" if folder == locate_checkpoint(name) else str(folder), digest_weights(folder))
        for name, folder in zip((teacher, student), folders, strict=True)
    ]
    if models[0].digest == models[1].digest:
        return Lineage(models[0], models[1], Relation.SAME, reason="the files of their weights are equal byte by byte")
    return _compare_weights(models[0], models[1], WeightFiles(folders[0]), WeightFiles(folders[1]), on_layer)


def _find_weights(name: str) -> Path | None:
    """Return the folder with the weights that a name means; None for the name of a model that is not here. Raises UsageError."""
    if not Path(name).exists() and name not in list_bases() and not name.startswith((".", "/", "~")):
        return None
    return locate_weights(name)


def _read_names(teacher: str, student: str) -> str:
    """Return what follows from the names alone."""
    # Nothing is measured here. The families are those of the paper (Cloud et al., arXiv 2507.14805, section 4).
    first, second = (name.rpartition("/")[2].lower() for name in (teacher, student))
    if first == second:
        return (
            "no weights were compared, but both have one name; in the paper, students of data that their own model wrote got its traits "
            "(GPT-4.1, GPT-4.1 mini and nano, GPT-4o, Qwen2.5-7B)"
        )
    if {first, second} == {"gpt-4.1", "gpt-4o"}:
        return (
            "no weights were compared; the paper found traits passing between GPT-4.1 and GPT-4o, which are said to share an initialisation"
        )
    return (
        "no weights were compared; between models of different names the paper found traits passing only from GPT-4.1 to GPT-4o and back, "
        "which are said to share an initialisation"
    )


def _compare_weights(teacher: ComparedModel, student: ComparedModel, left: WeightFiles, right: WeightFiles, on_layer: OnLayer) -> Lineage:
    """Run the tests, the cheapest first, and decide."""
    # Layers in the same places are compared first. If the numbers of layers differ, every layer is compared with every other, and the
    # smallest p-value is multiplied by the number of pairs. A search in another order follows only if no shared layer was found.
    try:
        mine, theirs = find_hidden_layers(left), find_hidden_layers(right)
    except UsageError as error:
        return Lineage(teacher, student, Relation.UNKNOWN, reason=str(error))
    forms = {layer.form for layer in mine} & {layer.form for layer in theirs}
    if not forms:
        return Lineage(teacher, student, Relation.UNKNOWN, reason=_describe_sizes(mine[0], theirs[0]))
    if [layer.form for layer in mine] == [layer.form for layer in theirs]:
        pairs: Pairs = list(zip(mine, theirs, strict=True))
        found = add_matches(count_equal(*units) for units in _read_pairs(left, right, pairs, UNITS, on_layer))
        matched = _describe(found, found.p_value)
        identical, matrices = count_identical(left, right, pairs)
    else:
        pairs = [(one, other) for one, other in product(mine, theirs) if one.form == other.form]
        tests = [count_equal(*units) for units in _read_pairs(left, right, pairs, FEW, on_layer)]
        best = min(tests, key=lambda test: test.p_value)
        matched = _describe(best, min(1.0, len(tests) * best.p_value))
        identical, matrices = 0, 0
    reordered = None
    if matched.p_value > SAME_BELOW and not identical:
        reordered = _search_reordered(left, right, pairs)
    return _decide(teacher, student, matched, reordered, (identical, matrices))


def _read_pairs(left: WeightFiles, right: WeightFiles, pairs: Pairs, most: int, on_layer: OnLayer) -> Iterator[tuple[Any, Any]]:
    """Yield for each pair of layers the weights of their units, all matrices side by side."""
    for done, (one, other) in enumerate(pairs, 1):
        yield np.hstack(read_units(left, one, most)), np.hstack(read_units(right, other, most))
        on_layer(done, len(pairs))


def _search_reordered(left: WeightFiles, right: WeightFiles, pairs: Pairs) -> UnitCount:
    """Return how many units have the same partner by two of their matrices, with dimensions as they are or as the embeddings pair them."""
    # A layer has two matrices or more; the first and the last are compared.
    width = pairs[0][0].width
    chosen = [pairs[at] for at in sorted({0, len(pairs) // 2, len(pairs) - 1})][:REORDERED_LAYERS]
    every = np.arange(width)
    ways = [way for way in ((every, every), _pair_dimensions(left, right, width)) if way is not None]
    searches = [UnitMatches()] * len(ways)
    for one, other in chosen:
        first, second = read_units(left, one), read_units(right, other)
        for nth, (mine, theirs) in enumerate(ways):
            searches[nth] += count_agreeing((first[0][:, mine], second[0][:, theirs]), (first[-1][:, mine], second[-1][:, theirs]))
    best = max(searches, key=lambda test: test.equal)
    return _describe(best, min(1.0, len(searches) * best.p_value))


def _pair_dimensions(left: WeightFiles, right: WeightFiles, width: int) -> tuple[Any, Any] | None:
    """Return the numbers of paired dimensions of two models with one vocabulary, by their embeddings; None if few are paired."""
    one, other = (read_embeddings(files, width, TOKENS) for files in (left, right))
    if one is None or other is None or one.shape != other.shape:
        return None
    partners = pair_units(one.T, other.T)
    paired = np.flatnonzero(partners >= 0)
    return (paired, partners[paired]) if len(paired) >= width / 2 else None


def _describe(found: UnitMatches, p_value: float) -> UnitCount:
    return UnitCount(found.layers, found.units, found.equal, p_value)


def _describe_sizes(one: HiddenLayer, other: HiddenLayer) -> str:
    """Return why two models without layers of one form cannot be compared."""
    if (one.units, one.width) == (other.units, other.width):
        return "their layers are named differently, so that it is not known which weights belong together"
    return (
        f"their sizes differ ({one.width:,} dimensions and {one.units:,} hidden units, {other.width:,} and {other.units:,}): they do not "
        "have the same initial weights, but one may have been cut out of the other, which is not tested"
    )


def _decide(
    teacher: ComparedModel, student: ComparedModel, matched: UnitCount, reordered: UnitCount | None, identical: tuple[int, int]
) -> Lineage:
    """Return the lineage: the same if a test says so, independent if all could have said so and none did."""
    reason = ""
    if identical[0] or matched.p_value <= SAME_BELOW or (reordered and reordered.p_value <= REORDERED_BELOW):
        relation = Relation.SAME
    elif matched.units < LEAST_UNITS:
        relation, reason = Relation.UNKNOWN, f"only {matched.units:,} hidden units could be compared, fewer than {LEAST_UNITS}"
    elif min(matched.p_value, reordered.p_value if reordered else 1.0) < DOUBT_BELOW:
        relation, reason = Relation.UNKNOWN, "more units are alike than in independent models, and too few to say that they are the same"
    else:
        relation = Relation.INDEPENDENT
    return Lineage(teacher, student, relation, matched, reordered, identical[1], identical[0], reason)
