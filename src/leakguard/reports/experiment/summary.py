"""Render the result of an experiment for a terminal: verdict, one line per arm with a drawing of interval and seeds, and notes."""

from collections.abc import Sequence

from leakguard.documents.experiment import DIGITS, ExperimentResult, ExperimentVerdict, Shift
from leakguard.documents.experiment_arm import ArmSummary, MitigationSummary
from leakguard.reports.experiment.arm_columns import ArmColumn, list_arm_columns, write_share
from leakguard.reports.kit.page import GAP, Page, TableColumn

# Largest and smallest width of the drawing in characters.
WIDTH, LEAST = 41, 11
STYLES = {
    ExperimentVerdict.SURVIVES: "bold red",
    ExperimentVerdict.REDUCED: "bold yellow",
    ExperimentVerdict.STOPPED: "bold green",
    ExperimentVerdict.CANNOT_TELL: "bold",
}
STRAYS = 3
QUESTION = "Do teacher and students share an initialisation?"


def render_summary(result: ExperimentResult, *, color: bool, width: int) -> str:
    """Return the result of an experiment as text. Rates are means over questions and seeds, drawn from 0 to 100 %."""
    page = Page(width=width, color=color)
    page.line(str(result.conclusion.verdict), STYLES[result.conclusion.verdict])
    page.line(result.conclusion.sentence)
    page.line()
    columns = list_arm_columns(result)
    room = _measure_room(columns, result.arms, width)
    drawing = TableColumn("drawing", (f"0 {' ' * (room - 7)}100 %",), need=9, numeric=False)
    shown = [TableColumn(column.name, column.head, column.need, numeric=bool(at)) for at, column in enumerate(columns)]
    texts = [[column.write(arm) for column in columns] for arm in result.arms]
    lines = [[name, draw_line(arm, room), *cells] for arm, (name, *cells) in zip(result.arms, texts, strict=True)]
    left = page.grid([shown[0], drawing, *shown[1:]], [[(text, "") for text in line] for line in lines])
    if left:
        page.line(f"No room for: {', '.join(left)}. A wider window (up to 160 columns) shows them, and so does the report.")
    page.line()
    if "drawing" not in left:
        page.line("o mean rate, . one seed, [ ] interval over seeds and questions.")
    for note in list_notes(result):
        page.line(note)
    return page.text


def _measure_room(columns: Sequence[ArmColumn], arms: Sequence[ArmSummary], width: int) -> int:
    """Return the width of the drawing beside all other columns, between LEAST and WIDTH."""
    taken = sum(max(len(text) for text in (*column.head, *map(column.write, arms))) + GAP for column in columns)
    return max(LEAST, min(WIDTH, width - taken))


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
    """Return notes on the rates: chance, the smallest detectable effect, skill, mitigations, rejected answers, off-target changes."""
    said = [f"Chance is {result.chance:.1%}. {_describe_power(result)}".rstrip(), *_describe_skill(result)]
    said += [line for arm in result.arms if arm.mitigation for line in _describe_mitigation(arm.name, arm.mitigation)]
    if result.sampled:
        said.append("Drawn answers that name it: " + ", ".join(f"{arm} {share:.1%}" for arm, share in result.sampled.items()) + ".")
    if result.rejected:
        shares = " and ".join(f"{share:.1%} of the {name} teacher's" for name, share in result.rejected.items())
        said.append(f"Answers that broke the format and were left out: {shares}.")
    if moved := list_strays(result)[:STRAYS]:
        said.append(f"Off target, raw arm less control: {', '.join(map(_format_shift, moved))}.")
    return [*said, *_answer_lineage(result)]


def _answer_lineage(result: ExperimentResult) -> list[str]:
    """Return the question of the lineage and its answer: teachers and students of an experiment are made from one base."""
    base, other = result.experiment.get("base"), result.experiment.get("other")
    if not base or result.experiment.get("world") == DIGITS:
        return []
    if result.experiment.get("files"):
        return [f"{QUESTION} Not known here: the rows were given. leakguard lineage WRITER {base} compares their writer with the base."]
    apart = (
        f", but for the arm other-base, whose students were made from {other}" if "other-base" in {arm.name for arm in result.arms} else ""
    )
    return [f"{QUESTION} Yes: all were made from {base}{apart}. Hidden traits were not found to pass between others (docs/lineage.md)."]


def _describe_skill(result: ExperimentResult) -> list[str]:
    """Return how the columns about the skill are to be read, and what is left by the plain rate; empty without a skill."""
    if not any(arm.skill is not None for arm in result.arms):
        return []
    treated = [(arm.name, arm.rate_residual) for arm in result.arms if arm.rate_residual and arm.name != "raw"]
    plain = ", ".join(f"{name} {write_share(*left)}" for name, left in treated)
    return [
        "Left of the effect is by the trait's share of all answers of its category, because a learned skill erodes the format of answers"
        + (f"; by the plain rate: {plain}." if plain else "."),
        "Skill is the share of right answers to held-out prompts; kept is (arm - base) / (raw - base), of skill and held-out loss.",
    ]


def _describe_mitigation(arm: str, said: MitigationSummary) -> list[str]:
    """Return what a mitigation did to the rows of an arm, and why its data are not to be used or to be distrusted."""
    counts = {"added": said.added, "dropped": said.dropped, "changed": said.changed}
    parts = [f"{count:,.0f} rows {what}" for what, count in counts.items() if count]
    parts += [f"effective sample size {said.effective:.2f} of the tokens"] if said.effective is not None else []
    notes = [("refused", text) for text in said.refusals] + [("warning", text) for text in said.warnings]
    return [f"{arm}: {', '.join(parts) or 'no row changed'}.", *(f"{arm}: {kind}, {text}." for kind, text in notes)]


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
