"""What collects the prints of all rows in a run, and says which of them are duplicates. It is loaded only where they are counted."""

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
    """Rows of files that are held against the data: their name in the settings, their prints, and how many could not be read."""

    name: str
    counting: Counting
    unseen: int = 0
    store: PrintStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = PrintStore(self.counting)


class Counter:
    """Collects the prints of all rows of the data, then says which are duplicates."""

    def __init__(self, counting: Counting, printer: Printer) -> None:
        self.counting, self.printer, self.store = counting, printer, PrintStore(counting)
        self._groups: Groups | None = None

    def result(self, others: Sequence[Other] = ()) -> Duplicates:
        """The counts, once all rows were added."""
        overlaps = tuple(find_overlap(other.name, self.store, other.store, other.unseen) for other in others)
        return summarise_groups(self.store, self._grouped(), overlaps)

    def copies(self, policy: Policy) -> RepeatedRows:
        """The rows on which the policy acts, once all rows were added."""
        return find_repeated_rows(self.store, self._grouped(), policy)

    def _grouped(self) -> Groups:
        if self._groups is None:
            self._groups = group_rows(self.store)
        return self._groups
