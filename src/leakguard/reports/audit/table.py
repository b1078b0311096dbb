"""An audit as text: the verdict, its figures, how comparable the datasets are, and readable features that differ."""

from leakguard.core.audit import ComparedFigure, LeakVerdict
from leakguard.core.dataset_audit import AuditedData, DatasetAudit
from leakguard.core.version import __version__
from leakguard.reports.audit.conclusion import EMPTY_TABLE, conclude, describe_detectable, list_features, list_figures, suggest_steps
from leakguard.reports.audit.panel import HEADS, describe_panel, list_traits
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_files, printable_name

COLOURS = {LeakVerdict.DRIFT: "bold red", LeakVerdict.NO_DRIFT_FOUND: "green"}


def render(audit: DatasetAudit, style: Style) -> str:
    """Return the whole report."""
    page = Page(width=style.width, color=style.color)
    page.line(f"leakguard {__version__} audit: {name_data(audit.data)} against {name_data(audit.control)}", "bold")
    first, *rest = conclude(audit)
    page.line(first, COLOURS.get(audit.verdict, "bold yellow"))
    for line in rest:
        page.line(line)
    page.line()
    page.columns(["figure", "value"], [[(name, ""), (value, "")] for name, value in list_figures(audit)], words=2, wrapped=(1,))
    _write_panel(page, audit)
    _write_comparability(page, audit)
    _write_detectable(page, audit)
    _write_features(page, audit)
    page.steps(suggest_steps(audit, style.again))
    return page.text


def name_data(data: AuditedData) -> str:
    """Return the name of the only file, or the number of files."""
    return printable_name(data.files[0].name) if len(data.files) == 1 else format_files(len(data.files))


def format_figure(one: ComparedFigure) -> list[str]:
    """Return the cells of a compared figure: name, data, control, p-value, and whether it differs."""
    data, control = ("-" if value is None else f"{value:.4g}" for value in (one.data, one.control))
    p_value = "-" if one.p_value is None else f"{one.p_value:.3f}"
    return [one.name, data, control, p_value, "differs" if one.differs else "-"]


def _write_panel(page: Page, audit: DatasetAudit) -> None:
    if not audit.panel:
        return
    page.line()
    page.line("Trait panel: which prompt the data fit better than the control", "bold")
    page.columns([*HEADS], [[(cell, "") for cell in cells] for cells in list_traits(audit.panel)], words=1)
    for line in describe_panel(audit.panel):
        page.line(line)


def _write_comparability(page: Page, audit: DatasetAudit) -> None:
    found = audit.result.comparability
    page.line()
    page.line("Comparability: what else differs between data and control", "bold")
    lines = [[(cell, "") for cell in format_figure(one)] for one in found.figures]
    page.columns(["figure", "data", "control", "adjusted p", ""], lines, words=1)
    chance = "no better than chance: AUROC" if found.nuisance_auroc <= 0.5 else "with AUROC"
    page.line(
        f"Prompts, format and length alone tell the datasets apart {chance} {found.nuisance_auroc:.3f} per row (lower 95 % bound "
        f"{found.nuisance_low:.3f}); overlap {found.overlap:.2f}."
    )
    for note in found.notes:
        page.line(printable_name(note))


def _write_detectable(page: Page, audit: DatasetAudit) -> None:
    if not audit.result.detectable:
        return
    page.line()
    page.line("Smallest difference that would be found, by kind", "bold")
    lines = [[(cell, "") for cell in describe_detectable(one)] for one in audit.result.detectable]
    page.columns(["kind", "AUROC per row", "rows a dataset for the tolerance"], lines, words=1)


def _write_features(page: Page, audit: DatasetAudit) -> None:
    page.line()
    page.line("Readable features that differ (family-wise adjusted p)", "bold")
    lines = [[(printable_name(cell), "") for cell in cells] for cells in list_features(audit.result)]
    if lines:
        page.columns(["feature", "data", "control", "adjusted p"], lines, words=1)
    else:
        page.line(EMPTY_TABLE if audit.verdict is LeakVerdict.DRIFT else "None.")
