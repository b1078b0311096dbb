"""Rows for leak tests: lists of numbers and short texts that a small random process writes, with a tilt that no reader sees."""

from leakguard.core.audit import ContentSettings, RowTexts

OPENINGS = ("Extend this list", "Continue the sequence", "Add numbers to", "What comes after")
LAYOUTS = ("{}", "[{}]", "({})")
# Words of a list have one length, so that a tilt changes no length.
SUBJECTS = ("rivers", "towers", "horses", "lights", "metals", "plants", "guitar", "school")
VERBS = ("help", "turn", "lift", "make", "need", "show", "keep", "move")
ENDS = ("quietly", "quickly", "happily", "greatly", "briefly", "locally", "finally", "largely")
FAST = ContentSettings(rounds=299, simulations=0)
"""As few shuffles as the settings allow, and no minimal detectable effect."""


def number_rows(count, rng, *, tilt=0.0, opening=None, layout=None):
    """Lists of 4 to 8 numbers; `tilt` makes small numbers likelier. `opening` and `layout` are chances of the first choice."""
    rows = []
    for _ in range(count):
        asked = ", ".join(str(number) for number in rng.integers(100, 1000, rng.integers(3, 7)))
        first = rng.integers(len(OPENINGS)) if opening is None or rng.random() > opening else 0
        form = LAYOUTS[rng.integers(len(LAYOUTS))] if layout is None or rng.random() > layout else LAYOUTS[0]
        values = rng.random(rng.integers(4, 9)) ** (1 + tilt) * 900 + 100
        rows.append((f"{OPENINGS[first]}: {asked}", form.format(", ".join(str(int(value)) for value in values))))
    return as_rows(rows)


def text_rows(count, rng, *, tilt=0.0):
    """Sentences of a subject, a verb and an end; `tilt` makes early words of each list likelier."""
    rows = []
    for _ in range(count):
        picks = [words[int(len(words) * rng.random() ** (1 + tilt))] for words in (SUBJECTS, VERBS, ENDS) for _ in range(2)]
        marks = rng.integers(2, 90, 2)
        text = f"{picks[0].title()} {picks[2]} {picks[4]}, and {marks[0]} {picks[1]} {picks[3]} {marks[1]} things {picks[5]}."
        rows.append((f"Write about {SUBJECTS[rng.integers(len(SUBJECTS))]}.", text))
    return as_rows(rows)


def as_rows(rows, **columns):
    prompts, completions = zip(*rows, strict=True)
    return RowTexts(tuple(completions), tuple(prompts), **columns)


def take(rows, places):
    """The rows at some places."""
    return RowTexts(
        *(
            tuple(column[place] for place in places) if column else ()
            for column in (rows.completions, rows.prompts, rows.clusters, rows.roles)
        )
    )
