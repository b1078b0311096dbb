"""A result on a terminal: the verdict, a line for each arm with its interval and seeds drawn, and what else moved."""

from collections.abc import Sequence

from leakguard.documents.experiment import ArmSummary, ExperimentResult, ExperimentVerdict, Shift
from leakguard.reports.kit.page import GAP, Page, TableColumn

# Columns of the drawing, at most and at least, and its place in the table.
WIDTH, LEAST, DRAWING = 41, 11, 1
STYLES = {
    ExperimentVerdict.SURVIVES: "bold red",
    ExperimentVerdict.REDUCED: "bold yellow",
    ExperimentVerdict.STOPPED: "bold green",
    ExperimentVerdict.CANNOT_TELL: "bold",
}
STRAYS = 3


def render_summary(result: ExperimentResult, *, color: bool, width: int) -> str:
    """The page. A rate is the mean over questions and seeds, drawn from 0 to 100 %."""
    page = Page(width=width, color=color)
    page.line(str(result.conclusion.verdict), STYLES[result.conclusion.verdict])
    page.line(result.conclusion.sentence)
    page.line()
    room = _room(result.arms, width)
    left = page.grid(_columns(room), [[(text, "") for text in _cells(arm, room)] for arm in result.arms])
    if left:
        page.line(f"No room for: {', '.join(left)}. A wider window (up to 160 columns) shows them, and so does the report.")
    page.line()
    if "drawing" not in left:
        page.line("o mean, . one seed, [ ] interval over seeds and questions.")
    for note in list_notes(result):
        page.line(note)
    return page.text


def _room(arms: Sequence[ArmSummary], width: int) -> int:
    """How wide the drawing can be beside all other columns, between LEAST and WIDTH."""
    heads = [column.head for column in _columns(LEAST)]
    texts = [[*head, *(_cells(arm, LEAST)[at] for arm in arms)] for at, head in enumerate(heads) if at != DRAWING]
    return max(LEAST, min(WIDTH, width - sum(max(map(len, column)) + GAP for column in texts)))


def _columns(room: int) -> tuple[TableColumn, ...]:
    """The columns; the drawing goes first where the page is narrow, which leaves every number."""
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


def _cells(arm: ArmSummary, room: int) -> Sequence[str]:
    """Return the cells of an arm in the order of the columns."""
    cells = list(list_cells(arm).values())
    return (cells[0], draw_line(arm, room), *cells[1:])


def list_cells(arm: ArmSummary) -> dict[str, str]:
    """Return what a report says of an arm, as text; "-" where there is nothing to say."""
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
    """Interval, seeds and mean on a line from 0 to 1."""
    line = [" "] * width
    low, high = _at(arm.interval.low, width), _at(arm.interval.high, width)
    line[low : high + 1] = ["-"] * (high - low + 1)
    line[low], line[high] = "[", "]"
    for rate in arm.rates:
        line[_at(rate, width)] = "."
    line[_at(arm.rate, width)] = "o"
    return "".join(line).rstrip()


def list_notes(result: ExperimentResult) -> list[str]:
    """What belongs beside the rates: chance, what could have been seen, what was left out, what else moved."""
    said = [f"Chance is {result.chance:.1%}. {_smallest(result)}".rstrip()]
    if result.sampled:
        said.append("Drawn answers that name it: " + ", ".join(f"{arm} {share:.1%}" for arm, share in result.sampled.items()) + ".")
    if result.rejected:
        shares = " and ".join(f"{share:.1%} of the {name} teacher's" for name, share in result.rejected.items())
        said.append(f"Answers that broke the format and were left out: {shares}.")
    if moved := list_strays(result)[:STRAYS]:
        said.append(f"Off target, raw arm less control: {', '.join(map(_moved, moved))}.")
    return said


def list_strays(result: ExperimentResult) -> list[Shift]:
    """What raw data moved beside the trait, the widest first."""
    return [move for move in result.shifts if move.name != result.trait]


def _moved(move: Shift) -> str:
    bounds = f" ({100 * move.interval.low:+.1f} to {100 * move.interval.high:+.1f})" if move.interval else ""
    return f"{move.name} {100 * move.gap:+.1f} points{bounds}"


def _smallest(result: ExperimentResult) -> str:
    subject = next((arm for arm in result.arms if arm.name == result.subject), None)
    if subject is None or subject.detectable is None:
        return ""
    points = f"{100 * subject.detectable:.1f} points over control"
    return f"The smallest effect that {subject.name!r} would have shown four times in five: {points}."


def _at(share: float, width: int) -> int:
    return min(width - 1, max(0, round(share * (width - 1))))
