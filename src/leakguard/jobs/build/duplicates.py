"""Whether and how duplicates are counted in a run: as the settings say, and as the policy, the gate and held-out data need it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from leakguard.core.counting import Counting, Mode
from leakguard.core.errors import SettingsError
from leakguard.core.policy import EXACT, NEAR, Action
from leakguard.readers.files.inputs import STDIN
from leakguard.settings import Settings
from leakguard.settings.columns import map_columns

if TYPE_CHECKING:
    from leakguard.jobs.duplicate_counter import Counter

_ORDER = tuple(Mode)


def build_counter(settings: Settings) -> "Counter | None":
    """What counts duplicates as the settings ask; None if they do not. Raises SettingsError."""
    if STDIN in settings.against:
        raise SettingsError("--against: standard input cannot be held against the data; give a file")
    counting = choose_counting(settings)
    if counting.mode is Mode.OFF:
        return None
    # Starting a scan that counts nothing shall not pay for this: some 20 ms.
    from leakguard.jobs.duplicate_counter import Counter
    from leakguard.pipeline.prints import Printer
    from leakguard.readers.rows.row_contents import ContentReader

    reader = ContentReader(settings.schema, settings.field, map_columns(settings.map))
    return Counter(counting, Printer(reader.texts_of, counting))


def choose_counting(settings: Settings) -> Counting:
    """How duplicates are counted: as the setting says, and at least so that the policy, the gate and `against` can be answered."""
    counting = Counting.read(settings.duplicates)
    asked = [counting.mode]
    if settings.gate.max_duplicates < 1 or duplicate_action(settings, EXACT) > Action.KEEP:
        asked.append(Mode.EXACT)
    if duplicate_action(settings, NEAR) > Action.KEEP or (settings.against and counting.mode is Mode.OFF):
        asked.append(Mode.NEAR)
    return replace(counting, mode=max(asked, key=_ORDER.index))


def duplicate_action(settings: Settings, name: str) -> Action:
    """What the policy does with copies, equal ones (EXACT) or nearly equal ones (NEAR): keep them, unless it has an entry."""
    return Action[dict(settings.policy).get(name, Action.KEEP.label).upper()]
