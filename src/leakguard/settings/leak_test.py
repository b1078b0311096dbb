"""The options of the leak test, which `Settings` inherits."""

from dataclasses import dataclass

from leakguard.core.audit import MOST_ROUNDS
from leakguard.settings import values as read
from leakguard.settings.note_listing import NoteListing
from leakguard.settings.option import Group, option
from leakguard.settings.paths import anchor_file, anchor_model, anchor_prompt

_AUDIT, _SCORE = "audit", "audit logprobs"
LEAK_TEST, AUDITS = Group("Leak test", (_AUDIT,)), (_AUDIT, _SCORE)
CONTROL = dict.fromkeys(AUDITS, ("Data of the same kind by the same model without the trait.", "required"))
"""Help and default of the option `control` in an audit."""


@dataclass(frozen=True, slots=True)
class LeakTestSettings(NoteListing):
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
    rounds: int = option(999, read.count(99, MOST_ROUNDS), LEAK_TEST, "Number of permutations of the labels.", decides=(), page="audit.md")
    seed: int = option(0, read.count(0), LEAK_TEST, "Seed of everything that is drawn.", commands=AUDITS, decides=(), page="audit.md")
    most_rows: int = option(
        50_000,
        read.count(30),
        LEAK_TEST,
        "Rows of each dataset that are tested, drawn at random.",
        commands=AUDITS,
        wording={_SCORE: ("Rows of each dataset that are scored, drawn by their prompts.", "50000")},
        decides=(),
        page="audit.md",
    )
    panel: tuple[str, ...] = option(
        (),
        read.TEXTS,
        LEAK_TEST,
        "Trait whose system prompt the data may fit: a name such as owl, or a text file with the prompt.",
        metavar="NAME|FILE",
        flags=("trait",),
        commands=AUDITS,
        wording={_SCORE: ("Trait whose prompt rows are scored under: a name such as owl, or a text file.", "required")},
        anchor=anchor_prompt,
        decides=(),
        page="audit.md",
    )
    panel_model: str | None = option(
        None,
        read.TEXT,
        LEAK_TEST,
        "With `panel`: the model that scores the rows (extra: harness), the folder of a checkpoint; fake:markov for tests.",
        metavar="FOLDER",
        flags=("model",),
        commands=AUDITS,
        wording={_SCORE: ("The model that scores the rows, the folder of a checkpoint; fake:markov for tests.", "required")},
        anchor=anchor_model,
        decides=(),
        page="audit.md",
    )
    placebos: int = option(
        24,
        read.count(2),
        LEAK_TEST,
        "With `panel-model`: number of placebo traits, with which the traits are compared.",
        commands=AUDITS,
        wording={_SCORE: ("Number of placebo traits.", "24")},
        decides=(),
        page="audit.md",
    )
    logprobs: str | None = option(
        None,
        read.TEXT,
        LEAK_TEST,
        "Log-probabilities of the rows (from leakguard audit logprobs), instead of a model; with one, the file to write them to.",
        metavar="FILE",
        anchor=anchor_file,
        decides=(),
        page="audit.md",
    )
