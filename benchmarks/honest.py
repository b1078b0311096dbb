"""Measure false alarms on ordinary data: honest.py PATH ... [--sample 40] [--seed 0] [--out FILE] [options of the rules].

PATH is a file or a folder in any format that `leakguard scan` reads. A row counts once, at its loudest finding. The report (Markdown) gives
the share of rows at error, warning and note with 95 % Wilson intervals, by file and by rule, and draws findings at random, each with
the text around it, for a person to judge. If every row is honest, each of these findings is a false alarm.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import leakguard
from leakguard.core.finding import Finding
from leakguard.core.rule import Severity
from leakguard.core.scanned import Scanned
from leakguard.stats.intervals import wilson

AROUND = 90
LOUD_FIRST = tuple(sorted(Severity, reverse=True))


@dataclass
class Counts:
    """Counts of rows by highest severity, file and rule, and a uniform sample of findings for each severity."""

    sample: int
    rng: random.Random
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    loudest: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    rules: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    met: Counter[Severity] = field(default_factory=Counter)
    drawn: dict[Severity, list[str]] = field(default_factory=dict)

    def take(self, scanned: Scanned) -> None:
        """Count one row."""
        if scanned.unreadable is not None or scanned.missed:
            self.unreadable += 1
            return
        file = scanned.record.origin.file
        self.rows[file] += 1
        if not scanned.findings:
            return
        self.loudest[file, max(one.mark.severity for one in scanned.findings)] += 1
        for rule in dict.fromkeys((one.mark.rule.id, one.mark.severity) for one in scanned.findings):
            self.rules[rule] += 1
        for one in scanned.findings:
            self._draw(one, scanned)

    def _draw(self, finding: Finding, scanned: Scanned) -> None:
        """Keep a uniform sample of the findings of this severity (reservoir sampling, Vitter's algorithm R)."""
        severity = finding.mark.severity
        kept = self.drawn.setdefault(severity, [])
        self.met[severity] += 1
        at = len(kept) if len(kept) < self.sample else self.rng.randrange(self.met[severity])
        if at < self.sample:
            kept[at : at + 1] = [quoted(finding, scanned)]


def main() -> None:
    """Scan, count, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=40, help="how many findings to draw, the loudest severities first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the report here instead of printing it")
    parser.add_argument("--rules", action="append", default=[], help="as of leakguard scan")
    parser.add_argument("--roles", default="trained", help="as of leakguard scan")
    args = parser.parse_args()
    counts = Counts(args.sample, random.Random(args.seed))
    options = {"rules": args.rules} if args.rules else {}
    for scanned in leakguard.scan([str(path) for path in args.paths], stream=True, roles=args.roles.split(","), **options):
        counts.take(scanned)
    said = "\n".join(report(counts)) + "\n"
    if args.out:
        args.out.write_text(said, encoding="utf-8")
    else:
        sys.stdout.write(said)


def report(counts: Counts) -> Iterator[str]:
    """The lines of the report."""
    total = sum(counts.rows.values())
    yield f"{total:,} rows; {counts.unreadable:,} more could not be read or checked. Shares of rows, 95 % Wilson intervals."
    yield from ["", "| severity | rows | share | one in |", "|---|---|---|---|"]
    for severity in LOUD_FIRST:
        rows = sum(count for (_, said), count in counts.loudest.items() if said is severity)
        yield f"| {severity.label} | {rows:,} | {share(rows, total)} | {f'{total / rows:,.0f}' if rows else '-'} |"
    yield from ["", "| file | rows | " + " | ".join(severity.label for severity in LOUD_FIRST) + " |", "|---|---|---|---|---|"]
    for file, rows in sorted(counts.rows.items()):
        yield f"| {cell(file)} | {rows:,} | " + " | ".join(share(counts.loudest[file, said], rows) for said in LOUD_FIRST) + " |"
    yield from ["", "| rule | " + " | ".join(severity.label for severity in LOUD_FIRST) + " |", "|---|---|---|---|"]
    names = {name for name, _ in counts.rules}
    for name in sorted(names, key=lambda name: ([-counts.rules[name, said] for said in LOUD_FIRST], name)):
        yield f"| {cell(name)} | " + " | ".join(str(counts.rules[name, said]) for said in LOUD_FIRST) + " |"
    yield from ["", "Findings drawn at random. Is the text honest?", ""]
    yield from sampled(counts)


def sampled(counts: Counts) -> Iterable[str]:
    """Return the requested number of sampled findings, those of the highest severity first."""
    lines: list[str] = []
    for severity in LOUD_FIRST:
        lines += counts.drawn.get(severity, [])[: counts.sample - len(lines)]
    return lines or ["None."]


def quoted(finding: Finding, scanned: Scanned) -> str:
    """Format one finding as a list item with the text around it."""
    text = scanned.record.turns[finding.span.turn].text
    start, end = finding.span.start, finding.span.end
    before, after = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
    place = f"{finding.file}:{finding.row} {finding.span.field}"
    return f"- [ ] {finding.mark.severity.label} {finding.mark.rule.id}, {cell(place)}: {cell(f'{before} >>{text[start:end]}<< {after}')}"


def cell(text: str) -> str:
    """Format text of the data as inline code; characters that end it or a table cell, or do not print, are escaped."""
    return "`" + "".join(sign if sign.isprintable() and sign not in "|`" else f"\\u{ord(sign):04x}" for sign in text) + "`"


def share(rows: int, total: int) -> str:
    """Format a share of rows with its interval."""
    if not total:
        return "-"
    interval = wilson(rows, total)
    return f"{rows / total:.3%} ({interval.low:.3%} to {interval.high:.3%})"


if __name__ == "__main__":
    main()
