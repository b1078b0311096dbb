"""Build what counts duplicate rows."""

from typing import TYPE_CHECKING

from leakguard.core.counting import Counting, Mode
from leakguard.settings.plan import ReadPlan

if TYPE_CHECKING:
    from leakguard.pipeline.duplicate_counter import Counter


def build_counter(read: ReadPlan, counting: Counting) -> "Counter | None":
    """Return a counter of duplicates, or None if none are counted."""
    if counting.mode is Mode.OFF:
        return None
    # Importing these takes 20 ms, which a scan that counts nothing shall not pay for.
    from leakguard.pipeline.duplicate_counter import Counter
    from leakguard.pipeline.prints import Printer
    from leakguard.readers.rows.row_contents import ContentReader

    reader = ContentReader(read.schema, read.fields, read.columns)
    return Counter(counting, Printer(reader.texts_of, counting))
