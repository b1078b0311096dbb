"""Collect the fingerprints of all rows in a run, and find the duplicates among them. Imported only if duplicates are counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from leakguard.core.counting import Counting
from leakguard.core.duplicates import Duplicates
from leakguard.core.policy import Policy
from leakguard.pipeline.duplicates import Groups, group_rows, summarise_groups
from leakguard.pipeline.overlap import find_overlap
from leakguard.pipeline.prints import Printer, PrintStore
from leakguard.pipeline.repeated_rows import RepeatedRows, find_repeated_rows


@dataclass(slots=True)
class Other:
    """Held-out rows that are compared with the data: their path in the settings, fingerprints, and the number of unreadable rows."""

    name: str
    counting: Counting
    unseen: int = 0
    store: PrintStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = PrintStore(self.counting)


class Counter:
    """Collects the fingerprints of all rows, then finds duplicates."""

    def __init__(self, counting: Counting, printer: Printer) -> None:
        self.counting, self.printer, self.store = counting, printer, PrintStore(counting)
        self._groups: Groups | None = None

    def result(self, others: Sequence[Other] = ()) -> Duplicates:
        """Return the counts, after all rows were added."""
        overlaps = tuple(find_overlap(other.name, self.store, other.store, other.unseen) for other in others)
        return summarise_groups(self.store, self._grouped(), overlaps)

    def copies(self, policy: Policy) -> RepeatedRows:
        """Return the rows on which the policy acts, after all rows were added."""
        return find_repeated_rows(self.store, self._grouped(), policy)

    def _grouped(self) -> Groups:
        if self._groups is None:
            self._groups = group_rows(self.store)
        return self._groups
