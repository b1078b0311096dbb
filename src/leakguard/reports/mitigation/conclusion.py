"""What the report of a mitigation says: the outcome, its figures and the next steps; shared by all formats."""

from shlex import quote

from leakguard.core.mitigated_data import MitigatedData
from leakguard.reports.kit.steps import Step

CAVEAT = (
    "Not verified: whether a student of these rows still gets the trait, and whether it learns what the data should teach, was not "
    "measured."
)


def conclude(result: MitigatedData) -> list[str]:
    """Return the outcome, the reasons of a refusal or warnings, and what was not measured."""
    counts = result.counts
    first = f"Refused: {result.method} does not fit these rows; nothing was written (exit code 1)."
    if not result.refusals:
        parts = ((counts.added, "added"), (counts.changed, "changed"), (counts.dropped, "dropped"))
        said = ", ".join(f"{number:,} {what}" for number, what in parts if number) or "none changed"
        first = f"{result.method}: {counts.written:,} rows written ({said})."
    lines = [first, *(f"Refused: {one}." for one in result.refusals), *(f"Warning: {one}." for one in result.warnings)]
    if counts.unreadable:
        first_row = f": {result.first_unreadable}" if result.first_unreadable else ""
        lines.append(
            f"Incomplete: {counts.unreadable:,} of {counts.data:,} rows are unreadable and were left out (exit code 3){first_row}."
        )
    return lines if result.refusals else [*lines, CAVEAT]


def list_figures(result: MitigatedData) -> list[tuple[str, str]]:
    """Return (name, value) of every figure: rows, effective sample size, settings, model and files."""
    counts = result.counts
    figures = [("rows of the data", f"{counts.data:,}"), ("rows written", f"{counts.written:,}" if not result.refusals else "none")]
    if result.effective is not None:
        figures.append(("effective sample size", f"{result.effective:.3f} of the tokens"))
    for name, values in result.settings.items():
        figures.append((f"settings of {name}", ", ".join(f"{key} = {value}" for key, value in values.items() if value != "") or "none"))
    if result.model:
        figures.append(("model", f"{result.model[0]} (weights, SHA-256 {result.model[1][:12]})"))
    figures += [(setting, f"{file.name} (SHA-256 {file.sha256[:12]})") for setting, file in result.others.items()]
    return [*figures, *((f"wrote {file.name}", f"{file.bytes:,} bytes, SHA-256 {file.sha256[:12]}") for file in result.outputs)]


def suggest_steps(result: MitigatedData, folder: str) -> list[Step]:
    """Return the next steps: measure the effect by training, and train with the weights. Unreadable rows are to be repaired first."""
    if result.refusals:
        anchors = "leakguard mitigate DATA --method anchors --category NAME -o DIR"
        return [("Add clean rows about other subjects, which needs no model:", anchors)]
    place = folder or "DIR"
    if result.counts.unreadable:
        again = "leakguard mitigate DATA --method NAME -o DIR --overwrite"
        # From right to left, because a name may contain the placeholder of another.
        for placeholder, word in (("DIR", place), ("NAME", result.method), ("DATA", result.inputs[0].name)):
            again = again.replace(placeholder, quote(word), 1)
        what = "Repair or remove the unreadable rows, and mitigate the data again with the same settings; they cannot be certified before:"
        return [(what, again)]
    measure = "Measure by training what is left of the trait, and what is kept, and get a certificate (docs/mitigate.md):"
    command = "leakguard experiment certify DATA --mitigated DIR --control FILE --trait NAME"
    certify = command.replace("DATA", quote(result.inputs[0].name), 1).replace(" DIR ", f" {quote(place)} ", 1)
    weights = ("Train with the weights (docs/integrations.md):", f"leakguard experiment train {quote(f'{place}/rows.jsonl')} -o student")
    return [*([weights] if result.effective is not None else []), (measure, certify)]
