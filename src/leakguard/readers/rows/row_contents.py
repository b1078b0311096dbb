"""Read all text of a row, prompts as well as answers, for comparing whole rows."""

from collections.abc import Mapping, Sequence

from leakguard.core.batch import Batch
from leakguard.readers.rows.same_keys import SameKeys
from leakguard.readers.rows.text_columns import TextPicker

# All roles by name. "all" would also read columns that are no turns, such as an id, and no two rows would be equal.
EVERYONE = "trained,user,system,tool"


class ContentReader:
    """Reads all turns of the rows of a batch, of every role. Columns that are in no shape are ignored."""

    def __init__(self, schema: str, fields: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        """`schema`, `fields` and `names` are those of RowParser."""
        self._made_with = schema, tuple(fields), dict(names or {})
        self._texts = TextPicker(schema, fields, EVERYONE, names)

    def __reduce__(self) -> tuple[type["ContentReader"], tuple[str, tuple[str, ...], dict[str, str]]]:
        return ContentReader, self._made_with

    def texts_of(self, batch: Batch) -> tuple[Sequence[str], Sequence[int]]:
        """Return all texts of the batch's readable rows, and the index of each text's line."""
        rows = batch.rows
        picked = self._texts.pick_same_keys(rows) if isinstance(rows, SameKeys) else None
        if picked is None:
            live = range(len(rows)) if None not in rows else [i for i, row in enumerate(rows) if row is not None]
            if not live:
                return (), ()
            picked = self._texts.pick(rows, live)
        return picked.texts, picked.owners
