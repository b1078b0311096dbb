"""Render the result of an experiment for a terminal: verdict, one line per arm with a drawing of interval and seeds, and notes."""

from collections.abc import Sequence

from leakguard.documents.experiment import ArmSummary, ExperimentResult, ExperimentVerdict, Shift
from leakguard.reports.kit.page import GAP, Page, TableColumn

# Largest and smallest width of the drawing in characters, and the index of its column.
WIDTH, LEAST, DRAWING = 41, 11, 1
STYLES = {
    ExperimentVerdict.SURVIVES: "bold red",
    ExperimentVerdict.REDUCED: "bold yellow",
    ExperimentVerdict.STOPPED: "bold green",
    ExperimentVerdict.CANNOT_TELL: "bold",
}
STRAYS = 3


def render_summary(result: ExperimentResult, *, color: bool, width: int) -> str:
    """Return the result of an experiment as text. Rates are means over questions and seeds, drawn from 0 to 100 %."""
    page = Page(width=width, color=color)
    page.line(str(result.conclusion.verdict), STYLES[result.conclusion.verdict])
    page.line(result.conclusion.sentence)
    page.line()
    room = _measure_room(result.arms, width)
    left = page.grid(_list_columns(room), [[(text, "") for text in _list_texts(arm, room)] for arm in result.arms])
    if left:
        page.line(f"No room for: {', '.join(left)}. A wider window (up to 160 columns) shows them, and so does the report.")
    page.line()
    if "drawing" not in left:
        page.line("o mean, . one seed, [ ] interval over seeds and questions.")
    for note in list_notes(result):
        page.line(note)
    return page.text


def _measure_room(arms: Sequence[ArmSummary], width: int) -> int:
    """Return the width of the drawing beside all other columns, between LEAST and WIDTH."""
    heads = [column.head for column in _list_columns(LEAST)]
    texts = [[*head, *(_list_texts(arm, LEAST)[at] for arm in arms)] for at, head in enumerate(heads) if at != DRAWING]
    return max(LEAST, min(WIDTH, width - sum(max(map(len, column)) + GAP for column in texts)))


def _list_columns(room: int) -> tuple[TableColumn, ...]:
    """Return the columns. On a narrow page the drawing is left out first, so that all numbers stay."""
    return (
        TableColumn("arm", ("arm",), numeric=False),
        TableColumn("drawing", (f"0 {' ' * (room - 7)}100 %",), need=9, numeric=False),
        TableColumn("rate", ("rate",)),
        TableColumn("95 % interval", ("95 % interval",), need=1),
        TableColumn("seeds", ("seeds",), need=4),
        TableColumn("rows", ("rows",), need=5),
        TableColumn("left of the effect", ("left of", "the effect"), need=2),
        TableColumn("loss", ("loss",), need=6),
    )


def _list_texts(arm: ArmSummary, room: int) -> Sequence[str]:
    """Return the cells of an arm in the order of the columns."""
    cells = list(list_cells(arm).values())
    return (cells[0], draw_line(arm, room), *cells[1:])


def list_cells(arm: ArmSummary) -> dict[str, str]:
    """Return the values of an arm as text, by column; "-" for a missing value."""
    left = arm.residual_interval
    known = arm.residual is not None and left is not None and arm.name != "raw"
    return {
        "name": arm.name,
        "rate": f"{arm.rate:.1%}",
        "interval": f"{arm.interval.low:.1%} to {arm.interval.high:.1%}",
        "seeds": str(len(arm.rates)),
        "rows": f"{arm.rows:,}" if arm.rows else "-",
        "left": f"{arm.residual:.0%} ({left.low:.0%} to {left.high:.0%})" if known and left else "-",
        "loss": f"{arm.utility:.3f}" if arm.utility is not None else "-",
    }


def draw_line(arm: ArmSummary, width: int = WIDTH) -> str:
    """Draw interval, seeds and mean of an arm on a line from 0 to 1."""
    line = [" "] * width
    low, high = _place(arm.interval.low, width), _place(arm.interval.high, width)
    line[low : high + 1] = ["-"] * (high - low + 1)
    line[low], line[high] = "[", "]"
    for rate in arm.rates:
        line[_place(rate, width)] = "."
    line[_place(arm.rate, width)] = "o"
    return "".join(line).rstrip()


def list_notes(result: ExperimentResult) -> list[str]:
    """Return notes on the rates: chance, the smallest detectable effect, rejected answers, off-target changes."""
    said = [f"Chance is {result.chance:.1%}. {_describe_power(result)}".rstrip()]
    if result.sampled:
        said.append("Drawn answers that name it: " + ", ".join(f"{arm} {share:.1%}" for arm, share in result.sampled.items()) + ".")
    if result.rejected:
        shares = " and ".join(f"{share:.1%} of the {name} teacher's" for name, share in result.rejected.items())
        said.append(f"Answers that broke the format and were left out: {shares}.")
    if moved := list_strays(result)[:STRAYS]:
        said.append(f"Off target, raw arm less control: {', '.join(map(_format_shift, moved))}.")
    return said


def list_strays(result: ExperimentResult) -> list[Shift]:
    """Return the changes, from control to raw, of answers other than the trait, the largest first."""
    return [move for move in result.shifts if move.name != result.trait]


def _format_shift(move: Shift) -> str:
    """Return the change of one answer's rate as text."""
    bounds = f" ({100 * move.interval.low:+.1f} to {100 * move.interval.high:+.1f})" if move.interval else ""
    return f"{move.name} {100 * move.gap:+.1f} points{bounds}"


def _describe_power(result: ExperimentResult) -> str:
    """Return the sentence about the smallest detectable effect."""
    subject = next((arm for arm in result.arms if arm.name == result.subject), None)
    if subject is None or subject.detectable is None:
        return ""
    points = f"{100 * subject.detectable:.1f} points over control"
    return f"The smallest effect that {subject.name!r} would have shown four times in five: {points}."


def _place(share: float, width: int) -> int:
    """Return the character position of a share in a drawing of `width` characters."""
    return min(width - 1, max(0, round(share * (width - 1))))
