"""The findings of a scan in groups for a web page: by rule, and by row where a row has several. Their text has a limited size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leakguard.core.baseline import NO_VERSION
from leakguard.core.finding import Finding
from leakguard.core.results import ScanResult
from leakguard.reports.kit.escape import choose_address, escape_text
from leakguard.reports.kit.findings import collapse_spaces, show_context, show_quote
from leakguard.reports.kit.wording import printable_name, shorten
from leakguard.reports.scan.notes import choose_places

PLACES, NOTE_EXAMPLES, SHARED_ROWS, SHORT = 10_000, 3, 300, 300
# The longest quote of a short list; of a long one all quotes together have at most ALL_QUOTES characters, and each at least LEAST.
QUOTE, ALL_QUOTES, LEAST = 2_000, 600_000, 60
# Bytes of all listed findings: with the rest, a page of 10,000 findings stays below three megabytes.
MOST_BYTES, MARKUP, MARKUP_OF_OTHER = 2_300_000, 130, 110


@dataclass(frozen=True, slots=True)
class OtherFinding:
    """Another rule that matched at a place, with the version of its pack."""

    finding: Finding
    version: str


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A place on the page: its number, its finding of the highest severity and the others, file, quote and the words around it.

    `shared`: the row has findings at other places too.
    """

    number: int
    finding: Finding
    others: tuple[OtherFinding, ...]
    file: str
    before: str
    quote: str
    after: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The listed places whose highest finding is of one rule and severity. `link` is an address with more about the rule, or ""."""

    finding: Finding
    version: str
    link: str
    places: tuple[ListedPlace, ...]

    @property
    def rows(self) -> int:
        """The number of rows with such a place."""
        return len({(place.finding.file, place.finding.row) for place in self.places})


def group_by_rule(result: ScanResult, redact: str, *, notes: bool) -> list[RuleGroup]:
    """Return the listed findings by rule and severity, the highest severity first, then the most places.

    Without `notes`, at most NOTE_EXAMPLES places of each rule that is only a note are listed. The list ends before it has more than
    PLACES places or MOST_BYTES bytes of text.
    """
    versions = {rule.id: pack.version for pack in result.packs for rule in pack.rules}
    chosen = choose_places(result.findings, NOTE_EXAMPLES, notes=notes)[:PLACES]
    most = max(LEAST, min(QUOTE, ALL_QUOTES // max(1, len(chosen))))
    groups: dict[tuple[str, int], list[ListedPlace]] = {}
    rows: dict[tuple[str, int], int] = {}
    left = MOST_BYTES
    for number, findings in enumerate(chosen, 1):
        place = _list_place(number, findings, redact, most, versions)
        left -= _measure(place)
        if left < 0:
            break
        first = place.finding
        groups.setdefault((first.mark.rule.id, first.mark.severity), []).append(place)
        rows[first.file, first.row] = rows.get((first.file, first.row), 0) + 1
    made = [_make_group(places, rows, versions) for places in groups.values()]
    return sorted(made, key=lambda group: (-group.finding.mark.severity, -len(group.places), group.finding.mark.rule.id))


def list_shared_rows(groups: Sequence[RuleGroup]) -> list[list[ListedPlace]]:
    """Return the places of each row that has several, in the order of the data; at most SHARED_ROWS rows."""
    rows: dict[tuple[str, int], list[ListedPlace]] = {}
    for place in (place for group in groups for place in group.places if place.shared):
        rows.setdefault((place.finding.file, place.finding.row), []).append(place)
    ordered = [sorted(rows[row], key=lambda place: (place.finding.span.turn, place.finding.span.start)) for row in sorted(rows)]
    return ordered[:SHARED_ROWS]


def _list_place(number: int, findings: Sequence[Finding], redact: str, most: int, versions: dict[str, str]) -> ListedPlace:
    first, *rest = findings
    before, after = (collapse_spaces(text) for text in show_context(first, redact))
    quote = shorten(show_quote(first, redact), most)
    others = tuple(OtherFinding(one, versions.get(one.mark.rule.id, NO_VERSION)) for one in rest)
    return ListedPlace(number, first, others, shorten(printable_name(first.file), SHORT), before, quote, after)


def _make_group(places: Sequence[ListedPlace], rows: dict[tuple[str, int], int], versions: dict[str, str]) -> RuleGroup:
    first = places[0].finding
    rule = first.mark.rule
    known = tuple(replace(place, shared=rows[place.finding.file, place.finding.row] > 1) for place in places)
    return RuleGroup(first, versions.get(rule.id, NO_VERSION), choose_address(rule.sources), known)


def _measure(place: ListedPlace) -> int:
    """Return how many bytes a place has on the page, at most: its texts with escapes, and the markup around them."""
    from markupsafe import escape

    first = place.finding
    texts = [place.file, place.before, place.quote, place.after, shorten(first.span.field, SHORT), first.mark.form]
    for other in place.others:
        mark = other.finding.mark
        texts += [mark.rule.id, mark.rule.id, shorten(mark.rule.meaning, SHORT)]
    size = sum(len(escape(escape_text(text)).encode("utf-8", "replace")) for text in texts)
    return size + MARKUP + MARKUP_OF_OTHER * len(place.others)
