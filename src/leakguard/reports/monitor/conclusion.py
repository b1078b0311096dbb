"""The conclusion of a monitor in sentences: drift or none so far, what it rests on, what it does not say, and next steps."""

from shlex import quote

from leakguard.core.monitor import MonitorRun, MonitorStep
from leakguard.reports.audit.conclusion import CAVEAT, UNSAID
from leakguard.reports.kit.steps import Step, repeat_option
from leakguard.reports.kit.wording import format_rows, printable_name

MOST_STEPS = 20
"""Blocks that a table lists."""
FORMAT = "A monitor removes neither prompts nor format: an audit of the same rows tells whether they differ in content."


def name_inputs(run: MonitorRun) -> str:
    """Return the names of the inputs in words."""
    return " against ".join(printable_name(one.name) for one in run.inputs)


def name_result(run: MonitorRun) -> str:
    """Return the result in a few words, as a heading."""
    return "Drift" if run.report.drift else "No drift so far" if run.tested else "Nothing tested yet"


def conclude(run: MonitorRun) -> list[str]:
    """Return the conclusion, a sentence each: the result first, then rows that were not tested."""
    return [*explain_result(run), *describe_untested(run)]


def explain_result(run: MonitorRun) -> list[str]:
    """Return the result with what it rests on, and what it does not say."""
    report, code = run.report, f"(exit code {int(run.exit_code)})"
    if report.drift:
        return [f"Drift: the e-value passed {format_bound(run)} within {report.pairs:,} pairs of rows {code}.", f"{UNSAID} {FORMAT}"]
    if run.tested:
        highest = f"its highest was {format_figure(report.highest)} (p {format_p(report.p_value)})"
        figures = f"the e-value is {format_figure(report.e_value)}, {highest}"
        return [f"No drift so far: after {report.pairs:,} pairs of rows {figures} {code}.", CAVEAT]
    first = run.settings.warm_up
    return [f"Nothing tested yet: the first {first:,} pairs of rows only set the scales of the features, more are needed {code}."]


def describe_untested(run: MonitorRun) -> list[str]:
    """Return the rows that were not tested, a sentence each."""
    lines = []
    if run.unreadable:
        lines.append(f"Incomplete: {format_rows(run.unreadable)} unreadable, such as {run.first_unreadable}.")
    if run.behind and not run.report.drift:
        lines.append("Incomplete: there are rows of the data without a row of the control to compare them with.")
    if run.wordless:
        lines.append(f"Left out: {format_rows(run.wordless)} without text that the model learns to write.")
    waiting = len(run.state.data), len(run.state.control)
    if any(waiting):
        lines.append(f"Not tested yet: {format_rows(waiting[0])} of the data and {waiting[1]:,} of the control wait for a full block.")
    return lines


def list_figures(run: MonitorRun) -> list[tuple[str, str]]:
    """Return the figures of the monitor as (name, value)."""
    report = run.report
    return [
        (
            "pairs of rows",
            f"{report.pairs:,} in blocks of {run.settings.block:,}, of which the first {run.settings.warm_up:,} set the scales",
        ),
        ("e-value", format_figure(report.e_value)),
        ("highest e-value", f"{format_figure(report.highest)}; drift from {format_bound(run)} (alpha {run.settings.level:g})"),
        ("p-value", f"{format_p(report.p_value)}, valid at any time"),
        ("rows read", f"{run.rows[0]:,} of the data, {run.rows[1]:,} of the control"),
    ]


def format_bound(run: MonitorRun) -> str:
    """Return the e-value from which there is drift."""
    return format_figure(1 / run.settings.level)


def format_figure(value: float) -> str:
    """Return an e-value with three digits, a large one as a whole number.

    >>> format_figure(0.03512), format_figure(29.285), format_figure(110182.8), format_figure(1e40)
    ('0.0351', '29.3', '110,183', '1e+40')
    """
    return f"{value:,.0f}" if 1_000 <= value < 1e9 else f"{value:.3g}"


def format_p(value: float) -> str:
    """Return a p-value with three decimals, a smaller one with two digits.

    >>> format_p(0.0341), format_p(0.0000091)
    ('0.034', '9.1e-06')
    """
    return f"{value:.3f}" if value >= 0.001 else f"{value:.2g}"


def choose_steps(run: MonitorRun) -> list[MonitorStep]:
    """Return at most MOST_STEPS blocks at equal distances, the last one among them."""
    stride = -(-len(run.steps) // MOST_STEPS)
    return list(run.steps[:: -stride or None][::-1]) if run.steps else []


def list_steps(run: MonitorRun) -> list[list[str]]:
    """Return the blocks of a table as cells: pairs, e-value, highest e-value, p-value."""
    reports = [one.report for one in choose_steps(run)]
    return [[f"{one.pairs:,}", format_figure(one.e_value), format_figure(one.highest), format_p(one.p_value)] for one in reports]


def suggest_steps(run: MonitorRun) -> list[Step]:
    """Return the next steps."""
    data, control = [one.name for one in run.inputs] if len(run.inputs) == 2 else ("DATA", "CONTROL")
    audit = f"leakguard audit {quote(data)}{repeat_option('control', [control])}"
    if run.report.drift:
        return [("Audit the rows of both sources, which tells whether they differ in content:", audit)]
    return [("Monitor more rows with the same state; when the data are complete, audit them:", audit)]
