"""Compare the rows of a trainer's dataset with the files that passed a gate; name the columns that cannot be compared."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.gate import GateAnswer, GateCheck, GatedFile, Held
from leakguard.integrations.tokens import has_token_columns, match_tokens
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.python.containers import RowCollection, iterate_rows
from leakguard.readers.python.json_values import get_fields
from leakguard.readers.python.trainer_rows import compare_rows, find_columns, match_rows

WHAT = "rows that the trainer trains on"
LIMIT = "all of them from the data"
# Columns that a message names.
SHOWN = 8
NUMERIC = ("int", "uint", "float", "double", "bool", "bfloat", "half", "long")


@dataclass(frozen=True, slots=True)
class PromisedRows:
    """What the caller of a gate says about the rows of a trainer.

    `rows`: the dataset as it was loaded. `prepare`: the function that turns them into the trainer's dataset. `trust`: whether rows that
    cannot be compared are accepted.
    """

    rows: Any = None
    prepare: Callable[[Any], Any] | None = None
    trust: bool = False

    def check(self) -> None:
        """Raise UsageError if the rows can be read only once, or `prepare` is no function or has no rows."""
        if self.rows is not None and not RowCollection(self.rows).rereadable:
            raise UsageError("rows: a generator can be read only once; give a list or a dataset")
        if self.rows is not None:
            iterate_rows(self.rows)
        if self.prepare is not None and not callable(self.prepare):
            raise UsageError("prepare: expected a function that takes `rows` and returns what the trainer gets")
        if self.prepare is not None and self.rows is None:
            raise UsageError("prepare: it is called with `rows`, so give rows= too")


Trained = tuple[GateCheck | None, str]
"""(the check, or None if nothing could be compared; a sentence about what was not compared, or "")."""


def compare_trainer_rows(data: Sequence[GatedFile], promise: PromisedRows, dataset: Any, tokenizer: Any) -> Trained:
    """Compare the rows of a trainer's dataset with the files that passed a gate, and its other columns with the promised rows.

    `data`: the files with their hashes. Columns with texts that the files have too must always hold rows of the files. Tokens and other
    columns are compared with `prepare(rows)`, or with the tokens that `tokenizer` makes of the rows. What cannot be compared is a check
    that does not pass; without promised rows, or if the caller trusts it, it is only named in a sentence. Columns of single numbers are
    ignored.
    """
    sorts = find_column_kinds(dataset)
    if not sorts:
        return _unseen(promise, "its dataset is a stream, or has no rows with named columns")
    contents = [name for name, sort in sorts.items() if sort is ColumnKind.CONTENT]
    try:
        shared, held = _texts(data, promise, dataset, contents)
    except OSError as error:
        return GateCheck("data", WHAT, "not compared", LIMIT, GateAnswer.UNSEEN, f"the data cannot be read: {error}"), ""
    if held and held.known < held.rows:
        return _check(held, f"columns {', '.join(shared[:SHOWN])}"), ""
    rest = [name for name, sort in sorts.items() if sort is not ColumnKind.NUMBERS and name not in shared]
    if rest:
        return _rest(promise, dataset, tokenizer, rest)
    return (_check(held, "columns") if held else None), ""


def _texts(data: Sequence[GatedFile], promise: PromisedRows, dataset: Any, contents: Sequence[str]) -> tuple[list[str], Held | None]:
    """Return the columns that the files have too, and how many of the dataset's rows, by these columns, are in the files.

    The second is None if there is no such column. The gate has checked that promised rows are in the files, so the dataset is compared with
    them; without them the files are read. Raises OSError for files that cannot be read, or have changed since the gate.
    """
    if promise.rows is not None:
        there = {str(name) for row in RowCollection(promise.rows) for name in get_fields(row) or ()} if contents else set()
        shared = [name for name in contents if name in there]
        return shared, compare_rows(_only(dataset, shared), promise.rows, shared) if shared else None
    files = [one.name for one in data]
    shared = find_columns(files, contents) if contents else []
    held = match_rows(_only(dataset, shared), files, shared) if shared else None
    for one in data if held else ():
        if hash_file(one.name).sha256 != one.sha256:
            raise OSError(f"{one.name} has changed since the gate scanned it")
    return shared, held


def _rest(promise: PromisedRows, dataset: Any, tokenizer: Any, names: Sequence[str]) -> Trained:
    """Compare the columns that the files do not have: tokens, or the results of `prepare`."""
    shown = ", ".join(names[:SHOWN])
    if promise.prepare is not None:
        return _check(compare_rows(_only(dataset, names), promise.prepare(promise.rows), names), "what prepare makes of rows"), ""
    if promise.rows is None:
        return None, f"the trainer's columns {shown} were not compared with the data; give rows= to compare them"
    if not has_token_columns(names):
        return _unseen(promise, f"its columns {shown} are not in the data, and not tokens of a known form")
    if tokenizer is None:
        return _unseen(promise, f"it holds {len(dataset):,} rows of tokens, and no tokenizer (processing_class) to compare them by")
    held = match_tokens(_only(dataset, names), RowCollection(promise.rows), tokenizer)
    if held.known == held.rows:
        return _check(held, "tokens"), ""
    found = (
        f"the tokens of {held.known:,} of its {held.rows:,} rows are those of rows= by its tokenizer, those of row {held.stranger} are not"
    )
    return _unseen(promise, found)


def _unseen(promise: PromisedRows, why: str) -> Trained:
    """Return the result for rows that cannot be compared: UNSEEN if rows were promised, else (or if they are trusted) a sentence."""
    if promise.rows is None or promise.trust:
        return None, f"what the trainer holds was not compared with the data: {why}"
    ways = "give prepare=, the function that makes of rows= what the trainer gets, or trust_tokens=True to train without this check"
    return GateCheck("data", WHAT, "not compared", LIMIT, GateAnswer.UNSEEN, f"{why}; {ways}"), ""


def _check(held: Held, by: str) -> GateCheck:
    """Return the check for a comparison by the columns or tokens `by`."""
    observed = f"{held.known:,} of {held.rows:,}"
    if held.rows and held.known == held.rows:
        return GateCheck("data", WHAT, observed, LIMIT, GateAnswer.PASSED)
    why = f"compared by {by}; the first that is not is number {held.stranger}" if held.rows else "it holds none"
    return GateCheck("data", WHAT, observed, LIMIT, GateAnswer.REFUSED if held.rows else GateAnswer.UNSEEN, why)


class ColumnKind(IntEnum):
    """What a column holds: single numbers, lists of numbers (which may be tokens), or texts and anything else."""

    NUMBERS = 0
    TOKENS = 1
    CONTENT = 2


def find_column_kinds(dataset: Any) -> dict[str, ColumnKind]:
    """Return column -> kind of a dataset that has a length; {} for a stream, which cannot be read in advance."""
    if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
        return {}
    features = getattr(dataset, "features", None)
    if features and hasattr(dataset, "select_columns"):
        return {name: _of_feature(feature) for name, feature in features.items()}
    sorts: dict[str, ColumnKind] = {}
    try:
        for row in RowCollection(dataset):
            for name, value in (get_fields(row) or {}).items():
                sorts[str(name)] = max(sorts.get(str(name), ColumnKind.NUMBERS), _of_value(value))
    except UsageError:
        return {}
    return sorts


def _of_feature(feature: Any) -> ColumnKind:
    """Return the kind of a feature of `datasets`: a list has its items under `feature` (or in a list), a Value has a dtype."""
    inside = feature[0] if isinstance(feature, list) and feature else getattr(feature, "feature", None)
    if inside is not None:
        return max(ColumnKind.TOKENS, _of_feature(inside))
    return ColumnKind.NUMBERS if str(getattr(feature, "dtype", "")).startswith(NUMERIC) else ColumnKind.CONTENT


def _of_value(value: Any) -> ColumnKind:
    """Return the kind of a value."""
    if value is None or isinstance(value, (bool, int, float)):
        return ColumnKind.NUMBERS
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        numeric = str(value.dtype).removeprefix("torch.").startswith(NUMERIC)
        return (ColumnKind.TOKENS if len(value.shape) else ColumnKind.NUMBERS) if numeric else ColumnKind.CONTENT
    if isinstance(value, (list, tuple)):
        return max((ColumnKind.TOKENS, *map(_of_value, value)))
    return ColumnKind.CONTENT


def _only(dataset: Any, names: Sequence[str]) -> Iterable[Any]:
    """Return the rows of a dataset with these columns alone, so that long lists of tokens are not read."""
    if hasattr(dataset, "select_columns"):
        return RowCollection(dataset.select_columns(list(names)))
    return [{name: row[name] for name in names if name in row} for row in RowCollection(dataset)]
