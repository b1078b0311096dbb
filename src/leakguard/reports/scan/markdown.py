"""Markdown, for a comment on a pull request: short, and nothing of the data is read as markup, as a link or as a mention."""

import re
from collections.abc import Iterable, Sequence

from leakguard.core.results import ScanResult
from leakguard.core.version import __version__
from leakguard.reports.kit.escape import visible
from leakguard.reports.kit.finding_fields import located, loudest, quoted, row_count, shortened
from leakguard.reports.scan.conclusion import closing, fates, flagged, heading, whole
from leakguard.reports.scan.duplicates import duplicates_lines
from leakguard.reports.scan.next_step import Step, next_steps
from leakguard.reports.scan.places import PlaceShare, by_place, place_shares, surviving
from leakguard.reports.scan.rates import percent, points
from leakguard.reports.scan.unscanned import left_out

# A comment on GitHub holds 65,536 characters; with these limits no data make it longer.
RULES, FINDINGS, UNSEEN, PACKS, TEXT, COMMAND, ALSO = 20, 15, 8, 10, 80, 300, 4
# Colons and full stops within a word could make an address of it; other signs are harmless where they stand.
SIGNS = re.compile(r"""@+|[!"#$&*+<=>?\[\\\]^_`{|}~]|:(?=\S)|\.(?=[^\W\d])""")


def markdown(result: ScanResult, *, redact: str, root: str) -> str:
    """The whole comment; `root` is the folder that file names are told from."""
    *urgent, honest = closing(result)
    files = code(located(result.files[0], root)) if len(result.files) == 1 else f"{len(result.files)} files"
    parts = [
        f"### leakguard: {plain(heading(result))}",
        "\n".join(f"- **{plain(line)}**" for line in urgent),
        plain(honest),
        f"{plain(row_count(result.tally.seen))} in {files}. {plain(flagged(result.tally))}",
        plain(" ".join(left_out(result.tally))),
        _fates(result),
        "\n".join(f"- {plain(line.strip())}" for line in duplicates_lines(result, root)) if result.duplicates else "",
        _rules(place_shares(result), bool(result.control)),
        _findings(result, redact, root),
        _unseen(result, root),
        steps(next_steps(result)),
        f"<sub>leakguard {__version__}; packs: {_packs(result)}{settings(result.settings_file, root)}</sub>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def code(text: str, most: int = TEXT) -> str:
    """Text of the data: in a code element, where nothing is a mention or an emoji."""
    return f"<code>{plain(shortened(visible(text), most))}</code>"


def plain(text: str) -> str:
    """Text that is read as it stands: signs that could begin markup, a link or a mention become character references."""
    return SIGNS.sub(lambda match: _reference(match.group()), visible(text))


def table(heads: Sequence[str], lines: Iterable[Sequence[str]], *, words: int) -> str:
    """A table; the first `words` columns hold no numbers."""
    ruler = ["---" if at < words else "---:" for at in range(len(heads))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ruler, *lines])


def steps(todo: Sequence[Step]) -> str:
    """What to do next, a list with the commands as code."""
    lines = [f"{plain(what)} {code(command, COMMAND)}" if command else plain(what) for what, command in todo]
    return "Next:\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def folded(summary: str, *parts: str) -> str:
    """Parts that open on a click."""
    return "\n\n".join(["<details>", f"<summary>{summary}</summary>", *parts, "</details>"])


def _reference(sign: str) -> str:
    """Mail addresses and mentions are looked for when references are resolved already: @ stands in an element of its own."""
    return f"<i>{sign}</i>" if sign.startswith("@") else f"&#{ord(sign)};"


def _packs(result: ScanResult) -> str:
    more = len(result.packs) - PACKS
    shown = [code(f"{pack.id} {pack.version}") for pack in result.packs[:PACKS]] + ([f"{more} more"] if more > 0 else [])
    return ", ".join(shown) or "none"


def settings(file: str | None, root: str) -> str:
    """The end of the last line: the settings file that was used, if any."""
    return f"; settings: {code(located(file, root))}" if file else ""


def _fates(result: ScanResult) -> str:
    if not result.cleaning:
        return ""
    lines = [[f"{fate}/", f"{count:,}"] for fate, count in fates(result.tally).items()]
    return f"Cleaned into {code(result.cleaning.folder)}:\n\n{table(['folder', 'rows'], lines, words=1)}"


def _rules(found_here: Sequence[PlaceShare], compared: bool) -> str:
    if not found_here:
        return ""
    heads = ["rule", "severity", "places", "rows", "share", "95 % interval", *(["control", "difference, points"] if compared else [])]
    lines = []
    for share in found_here[:RULES]:
        low, high = share.interval
        names = code(share.rule) + "".join(f", also {code(rule)}" for rule, _ in share.voices[1:ALSO])
        cells = [names, share.severity.label, f"{share.places:,}", f"{share.rows:,}", percent(share.share)]
        cells.append(f"{percent(low)} to {percent(high)}")
        cells += (
            [percent(share.control.share), f"{'**' * bool(share.survives)}{points(share.control)}{'**' * bool(share.survives)}"]
            if share.control
            else []
        )
        lines.append(cells)
    more = len(found_here) - len(lines)
    marked = "\n\nBold: more than chance would give, after a correction for all looks (Holm, 5 %)." if surviving(found_here) else ""
    return table(heads, lines, words=2) + (f"\n\n... and {more:,} more rules." if more else "") + marked


def _findings(result: ScanResult, redact: str, root: str) -> str:
    total = result.tally.places
    places = by_place(loudest(result.findings))[:FINDINGS]
    if not places:
        return f"Findings: {plain(whole(result))}." if total else ""
    lines = []
    for place in places:
        one = place[0]
        names = code(one.mark.rule.id) + "".join(f", also {code(other.mark.rule.id)}" for other in place[1:ALSO])
        where = code(f"{located(one.file, root)}:{one.row}")
        lines.append([where, names, one.mark.severity.label, code(quoted(one, redact)), code(one.mark.message)])
    more = f"{total - len(places):,} more are not shown; {plain(whole(result))} holds all." if total > len(places) else ""
    summary = f"{len(places):,} of {total:,} findings, the loudest first"
    return folded(summary, table(["where", "rule", "severity", "quote", "meaning"], lines, words=5), *filter(None, [more]))


def _unseen(result: ScanResult, root: str) -> str:
    total = result.tally.unseen
    if not total:
        return ""
    entries = [(one.origin.file, one.origin.row, "unreadable", f"{one.reason} {one.detail}".rstrip()) for one in result.unreadable]
    entries += [(one.file, one.row, "undetermined", f"{one.detector}: {one.reason}") for one in result.missed]
    lines = [[code(f"{located(file, root)}:{row}"), word, code(why)] for file, row, word, why in entries[:UNSEEN]]
    more = f"... and {total - len(lines):,} more." if total > len(lines) else ""
    summary = f"{plain(row_count(total))} that could not be looked at"
    return folded(summary, *([table(["where", "what", "why"], lines, words=3)] if lines else []), *filter(None, [more]))
