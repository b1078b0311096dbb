"""The report of a scan or a clean as Markdown for a comment on a pull request."""

from collections.abc import Sequence

from leakguard.core.results import ScanResult
from leakguard.core.version import __version__
from leakguard.reports.kit.coverage import describe_excluded
from leakguard.reports.kit.findings import find_shared_rows, show_passage
from leakguard.reports.kit.markdown import code_element, escape_markup, settings_note, write_details, write_steps, write_table
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_percent, format_rows, relative_name
from leakguard.reports.scan.conclusion import conclude, count_fates, describe_severities, name_full_list, write_heading
from leakguard.reports.scan.duplicates import describe_duplicates
from leakguard.reports.scan.next_steps import suggest_steps
from leakguard.reports.scan.notes import choose_places, count_note_places
from leakguard.reports.scan.place_rates import PlaceRate, rate_places, select_significant
from leakguard.reports.scan.rates import format_points

# A comment on GitHub is limited to 65,536 characters; with these limits every report is shorter.
RULES, FINDINGS, UNSEEN, PACKS, TEXT, COMMAND, ALSO = 20, 15, 8, 10, 80, 300, 4
# Colons and full stops inside a word could make it a link; other signs are harmless.


def render(result: ScanResult, style: Style) -> str:
    """Return the whole comment. Parts without content are left out."""
    redact, root = style.redact or "mask", style.root
    *urgent, caveat = conclude(result)
    files = code_element(relative_name(result.files[0], root)) if len(result.files) == 1 else f"{len(result.files)} files"
    parts = [
        f"### leakguard: {escape_markup(write_heading(result))}",
        "\n".join(f"- **{escape_markup(line)}**" for line in urgent),
        escape_markup(caveat),
        f"{escape_markup(format_rows(result.tally.seen))} in {files}. {escape_markup(describe_severities(result.tally))}",
        escape_markup(" ".join(describe_excluded(result.tally))),
        _fates(result),
        "\n".join(f"- {escape_markup(line.strip())}" for line in describe_duplicates(result, root)) if result.duplicates else "",
        _rules(rate_places(result), bool(result.control)),
        _findings(result, redact, style),
        _unseen(result, root),
        write_steps(suggest_steps(result)),
        f"<sub>leakguard {__version__}; packs: {_packs(result)}{settings_note(result.settings_file, root)}</sub>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _packs(result: ScanResult) -> str:
    more = len(result.packs) - PACKS
    shown = [code_element(f"{pack.id} {pack.version}") for pack in result.packs[:PACKS]] + ([f"{more} more"] if more > 0 else [])
    return ", ".join(shown) or "none"


def _fates(result: ScanResult) -> str:
    if not result.cleaning:
        return ""
    lines = [[f"{fate}/", f"{count:,}"] for fate, count in count_fates(result.tally).items()]
    return f"Written to {code_element(result.cleaning.folder)}:\n\n{write_table(['folder', 'rows'], lines, words=1)}"


def _rules(rates: Sequence[PlaceRate], compared: bool) -> str:
    # Only the first rules are listed, so that the comment stays short; significant differences are bold.
    if not rates:
        return ""
    heads = ["rule", "severity", "places", "rows", "share", "95 % interval", *(["control", "difference, points"] if compared else [])]
    lines = []
    for share in rates[:RULES]:
        low, high = share.interval
        names = code_element(share.rule) + "".join(f", also {code_element(rule)}" for rule, _ in share.rules[1:ALSO])
        cells = [names, share.severity.label, f"{share.places:,}", f"{share.rows:,}", format_percent(share.share)]
        cells.append(f"{format_percent(low)} to {format_percent(high)}")
        cells += (
            [
                format_percent(share.control.share),
                f"{'**' * bool(share.significant)}{format_points(share.control)}{'**' * bool(share.significant)}",
            ]
            if share.control
            else []
        )
        lines.append(cells)
    more = len(rates) - len(lines)
    marked = (
        "\n\nBold: differs significantly from the control (Fisher's exact test, 5 %, Holm correction)." if select_significant(rates) else ""
    )
    return write_table(heads, lines, words=2) + (f"\n\n... and {more:,} more rules." if more else "") + marked


def _findings(result: ScanResult, redact: str, style: Style) -> str:
    """List the first findings; of notes one example of each rule, unless the style asks for all."""
    total, root = result.tally.places, style.root
    places = choose_places(result.findings, 1, notes=style.notes)[:FINDINGS]
    if not places:
        return f"Findings: {escape_markup(name_full_list(result))}." if total else ""
    # A line for each place; a row with several places says which of them decides it.
    shared = find_shared_rows(result.findings)
    lines = []
    for place in places:
        one = place[0]
        names = code_element(one.mark.rule.id) + "".join(f", also {code_element(other.mark.rule.id)}" for other in place[1:ALSO])
        where = code_element(f"{relative_name(one.file, root)}:{one.row}")
        decides = ", decides the row" if any(one.decides for one in place) and (one.file, one.row) in shared else ""
        lines.append(
            [where, names, one.mark.severity.label + decides, code_element(show_passage(one, redact)), code_element(one.mark.message)]
        )
    more = f"{total - len(places):,} more are not shown; {escape_markup(name_full_list(result))} lists all." if total > len(places) else ""
    summary = f"{len(places):,} of {total:,} findings, the highest severity first"
    if not style.notes and (notes := count_note_places(result.tally)):
        summary += f" ({notes:,} notes, one example of each rule)"
    return write_details(summary, write_table(["row", "rule", "severity", "quote", "meaning"], lines, words=5), *filter(None, [more]))


def _unseen(result: ScanResult, root: str) -> str:
    total = result.tally.unseen
    if not total:
        return ""
    entries = [(one.origin.file, one.origin.row, "unreadable", f"{one.reason} {one.detail}".rstrip()) for one in result.unreadable]
    entries += [(one.file, one.row, "undetermined", f"{one.detector}: {one.reason}") for one in result.missed]
    lines = [[code_element(f"{relative_name(file, root)}:{row}"), word, code_element(why)] for file, row, word, why in entries[:UNSEEN]]
    more = f"... and {total - len(lines):,} more." if total > len(lines) else ""
    summary = f"{escape_markup(format_rows(total))} that could not be checked"
    return write_details(summary, *([write_table(["row", "problem", "reason"], lines, words=3)] if lines else []), *filter(None, [more]))
