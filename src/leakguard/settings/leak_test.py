"""The options of the leak test, which `Settings` inherits."""

from dataclasses import dataclass

from leakguard.settings import values as read
from leakguard.settings.option import Group, option
from leakguard.settings.paths import anchor_file

LEAK_TEST = Group("Leak test", ("audit",))
CONTROL = ("Data of the same kind by the same model without the trait.", "required")
"""Help and default of the option `control` in an audit."""


@dataclass(frozen=True, slots=True)
class LeakTestSettings:
    """The options of an audit. They decide about its result alone: scans, cleans and gates do not show them."""

    control2: str | None = option(
        None,
        read.TEXT,
        LEAK_TEST,
        "Second control, made like the first in another run: if the two differ, no verdict is given.",
        metavar="PATH",
        anchor=anchor_file,
        keyword=False,
        decides=(),
        page="audit.md",
    )
    cluster: str | None = option(
        None,
        read.TEXT,
        LEAK_TEST,
        "Rows with the same value of this field are not independent (a document, a conversation).",
        metavar="FIELD",
        decides=(),
        page="audit.md",
    )
    alpha: float = option(0.05, read.RATE, LEAK_TEST, "Probability of a false alarm.", decides=(), page="audit.md")
    tolerance: float = option(
        0.6,
        read.RATE,
        LEAK_TEST,
        "Smallest difference that matters, as AUROC per row: above 0.5, below 1.",
        metavar="AUROC",
        decides=(),
        page="audit.md",
    )
    rounds: int = option(999, read.count(99, 99_999), LEAK_TEST, "Number of permutations of the labels.", decides=(), page="audit.md")
    seed: int = option(0, read.count(0), LEAK_TEST, "Seed of everything that is drawn.", decides=(), page="audit.md")
    most_rows: int = option(
        50_000,
        read.count(30),
        LEAK_TEST,
        "Rows of each dataset that are tested, drawn at random.",
        decides=(),
        page="audit.md",
    )
