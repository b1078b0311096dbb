"""How duplicates are counted in a run: what the settings ask for, and the prints of all rows as they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leakguard.core.duplicates import Counting, Duplicates, Mode
from leakguard.core.errors import SettingsError
from leakguard.core.policy import EXACT, NEAR, Action, Policy
from leakguard.io.contents import Reader
from leakguard.io.inputs import STDIN
from leakguard.pipeline.copies import Copies, find_copies
from leakguard.pipeline.duplicates import Groups, count, group
from leakguard.pipeline.overlap import overlap
from leakguard.pipeline.prints import Printer, Store
from leakguard.settings import Settings

_ORDER = tuple(Mode)


@dataclass(slots=True)
class Other:
    """Rows of files that are held against the data: their name in the settings, their prints, and how many could not be read."""

    name: str
    counting: Counting
    unseen: int = 0
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.counting)


class Counter:
    """Collects the prints of all rows of the data, then says which are duplicates."""

    def __init__(self, counting: Counting, printer: Printer) -> None:
        self.counting, self.printer, self.store = counting, printer, Store(counting)
        self._groups: Groups | None = None

    def result(self, others: Sequence[Other] = ()) -> Duplicates:
        """The counts, once all rows were added."""
        overlaps = tuple(overlap(other.name, self.store, other.store, other.unseen) for other in others)
        return count(self.store, self._grouped(), overlaps)

    def copies(self, policy: Policy) -> Copies:
        """The rows on which the policy acts, once all rows were added."""
        return find_copies(self.store, self._grouped(), policy)

    def _grouped(self) -> Groups:
        if self._groups is None:
            self._groups = group(self.store)
        return self._groups


def counter_of(settings: Settings) -> Counter | None:
    """What counts duplicates as the settings ask; None if they do not. Raises SettingsError."""
    if STDIN in settings.against:
        raise SettingsError("--against: standard input cannot be held against the data; give a file")
    counting = counting_of(settings)
    reader = Reader(settings.schema, settings.field)
    return Counter(counting, Printer(reader.texts_of, counting)) if counting.mode is not Mode.OFF else None


def counting_of(settings: Settings) -> Counting:
    """How duplicates are counted: as the setting says, and at least so that the policy, the gate and `against` can be answered."""
    counting = Counting.read(settings.duplicates)
    policy = dict(settings.policy)
    asked = [counting.mode]
    if settings.gate.max_duplicates < 1 or policy.get(EXACT, Action.KEEP.label) != Action.KEEP.label:
        asked.append(Mode.EXACT)
    if policy.get(NEAR, Action.KEEP.label) != Action.KEEP.label or (settings.against and counting.mode is Mode.OFF):
        asked.append(Mode.NEAR)
    return replace(counting, mode=max(asked, key=_ORDER.index))
