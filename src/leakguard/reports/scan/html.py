"""HTML: one file that needs no network and no script, for somebody who wants to see what was found and how it was looked for."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from math import floor, log10
from typing import TYPE_CHECKING, Any

from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.core.version import __version__
from leakguard.reports.kit.escape import visible
from leakguard.reports.kit.finding_fields import located, loudest, named, quoted, redacted, shortened
from leakguard.reports.scan.conclusion import closing, exit_code, fates, heading, sentence, whole
from leakguard.reports.scan.duplicates import duplicates_lines
from leakguard.reports.scan.next_step import next_steps
from leakguard.reports.scan.places import PlaceShare, by_place, place_shares
from leakguard.reports.scan.rates import looked_at, part, percent, points
from leakguard.reports.scan.unscanned import left_out
from leakguard.stats.intervals import Interval, wilson

if TYPE_CHECKING:
    from jinja2 import Environment

FINDINGS, UNSEEN, QUOTE, TEXT = 1_000, 500, 2_000, 300
STATES = {0: "quiet", 1: "found", 3: "incomplete", 130: "incomplete"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of rows drawn between 0 and 100: how long, its interval, and where the control's share is (None: no control)."""

    length: float
    low: float
    high: float
    control: float | None


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows that a pack hit, their share with its interval, and the control's share."""

    name: str
    rows: int
    share: float
    interval: Interval
    control: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place as a row of the table: its loudest finding, and the rules and meanings of the others there.

    `opens` is what a click shows of the quote; empty if it must not be seen.
    """

    finding: Finding
    others: tuple[Finding, ...]
    file: str
    mask: str
    opens: str


def html(result: ScanResult, *, redact: str, root: str = "") -> str:
    """The whole page. Quotes are masked until they are opened; with `redact` other than none they are not in the page at all."""
    page = _environment()
    style, script = (files("leakguard.reports").joinpath("web", name).read_text("utf-8") for name in ("report.css", "report.js"))
    found_here, total = place_shares(result), result.tally.places
    packs = _packs(result)
    most, most_packs = _end(map(_reach, found_here)), _end(max(entry.interval.high, entry.control or 0.0) for entry in packs)
    places = [_place(place, redact) for place in by_place(loudest(result.findings))[:FINDINGS]]
    return page.get_template("report.html").render(
        {
            "result": result,
            "tally": result.tally,
            "version": __version__,
            "style": _trusted(style),
            "script": _trusted(script),
            "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
            "state": STATES[exit_code(result)] if looked_at(result.tally) else "incomplete",
            "heading": heading(result),
            "honest": sentence(result),
            "next": next_steps(result),
            "urgent": closing(result)[:-1],
            "counts": _counts(result),
            "left_out": left_out(result.tally),
            "repeats": [*map(visible, duplicates_lines(result, root))],
            "packs": [(entry, _bar(entry.share, entry.interval, entry.control, most_packs)) for entry in packs],
            "shares": [(share, _bar(share.share, share.interval, _control(share), most)) for share in found_here],
            "most": percent(most),
            "most_packs": percent(most_packs),
            "fates": fates(result.tally) if result.cleaning else {},
            "places": places,
            "total": total,
            "whole": whole(result),
            "unseen": _unseen(result)[:UNSEEN],
            "unseen_total": result.tally.unseen,
            "settings": {key: _told(value) for key, value in result.settings.items()},
            "settings_file": located(result.settings_file, root) if result.settings_file else "",
            "redact": redact,
        }
    )


def _environment() -> "Environment":
    """Whatever a template prints is made visible, then escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(
        loader=PackageLoader("leakguard.reports", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    page.filters |= {"percent": percent, "points": points, "named": named, "short": lambda text: shortened(text, TEXT), "number": _number}
    return page


def _shown(value: Any) -> Any:
    from markupsafe import Markup

    return value if isinstance(value, Markup) else visible(str(value))


def _trusted(text: str) -> Any:
    """Our own style and script, which are no text."""
    from markupsafe import Markup

    return Markup(text)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _number(count: int) -> str:
    return f"{count:,}"


def _counts(result: ScanResult) -> list[tuple[str, int, str]]:
    """The tally as (what, rows, class)."""
    tally = result.tally
    counts = [("rows seen", tally.seen, "")]
    levels = [(level.label, tally.flagged.get(level, 0)) for level in reversed(Severity)]
    counts += [(f"loudest finding: {level}", count, level if count else "") for level, count in levels]
    rest = [("unreadable", tally.unreadable), ("undetermined", tally.unsure)]
    counts += [(name, count, "error" if count else "") for name, count in rest]
    more = [("bare number lists", tally.number_rows), ("nothing to look at", tally.empty)]
    counts += [(name, count, "") for name, count in more if count]
    return counts


def _packs(result: ScanResult) -> list[Pack]:
    seen, control = looked_at(result.tally), result.control
    entries = []
    for name, count in sorted(result.tally.by_pack.items(), key=lambda entry: (-entry[1], entry[0])):
        theirs = part(control.by_pack.get(name, 0), looked_at(control)) if control else None
        entries.append(Pack(name, count, part(count, seen), wilson(count, seen), theirs))
    return entries


def _reach(share: PlaceShare) -> float:
    return max(share.interval.high, _control(share) or 0.0)


def _control(share: PlaceShare) -> float | None:
    return share.control.share if share.control else None


def _end(shares: Iterable[float]) -> float:
    """Where bars for these shares end: the next of 1, 2, 5 times a power of ten, 1 at most."""
    most = max(shares, default=0.0)
    if most <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(most))
    return min(1.0, next(power * step for step in (1, 2, 5, 10) if most <= power * step * (1 + 1e-9)))


def _bar(share: float, interval: Interval, control: float | None, most: float) -> Bar:
    def place(value: float) -> float:
        return round(100 * min(1.0, value / most), 2)

    return Bar(place(share), place(interval.low), place(interval.high), None if control is None else place(control))


def _place(found_here: list[Finding], redact: str) -> Place:
    finding, *others = found_here
    hidden = bool(finding.sealed) or redact != "none"
    seen = quoted(finding, redact)
    mask = seen if hidden else redacted(finding.quote, finding.mark.rule.id, "mask")
    return Place(finding, tuple(others), named(finding.file), mask, "" if hidden else shortened(seen, QUOTE))


def _unseen(result: ScanResult) -> list[tuple[str, int, str, str]]:
    """(file, row, what, why) of each row that is known by its place."""
    entries = [(named(one.origin.file), one.origin.row, "unreadable", f"{one.reason} {one.detail}".rstrip()) for one in result.unreadable]
    return [*entries, *((named(one.file), one.row, "undetermined", f"{one.detector}: {one.reason}") for one in result.missed)]


def _told(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={said}" for key, said in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
