"""What a clean holds at a time is bounded, however many rows cannot be read and however much is found in one."""

import json
from collections import Counter
from functools import partial

from leakguard.core.policy import Action, Fate, Policy
from leakguard.outputs.redaction import redact_line
from leakguard.pipeline.clean import IN_HAND, CleanJob, CleanTotals, clean
from leakguard.pipeline.executor import PIECE
from leakguard.pipeline.route import LISTED, Router
from leakguard.readers.files.line_blocks import BLOCK_ROWS
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.reports.scan.reasons import ReasonLines


def parts_of(path, detector, folder=None, policy=None):
    """Every part of a clean of one file, and the books."""
    sorter = Router(RowParser(), (detector,), policy or Policy({"error": Action.REMOVE}), partial(redact_line, replacement="[x]"))
    books, parts = CleanTotals(), []
    job = CleanJob(FileSource((str(path),)), sorter, ReasonLines(), lambda file, data: data)
    clean(job, lambda part, entered: parts.append(part), books, folder=folder, on_progress=lambda progress: None)
    return parts, books


def test_short_rows_that_cannot_be_read_come_in_small_parts(tmp_path, detector):
    """A part holds no more rows than a block of them, and its reasons lie in files once they are many."""
    rows = 2 * BLOCK_ROWS
    path = tmp_path / "short.jsonl"
    path.write_bytes(b"[\n" * rows)
    parts, books = parts_of(path, detector, tmp_path)
    assert books.outcome.tally.unreadable == rows
    assert max(sum(part.rows.values()) for part in parts) <= BLOCK_ROWS
    pieces = [piece for part in parts for piece in part.rulings]
    sizes = [len(piece) if isinstance(piece, bytes) else piece.stat().st_size for piece in pieces]
    assert len(pieces) > 50 and max(sizes) < 2 * PIECE
    assert all(sum(len(piece) for piece in part.rulings if isinstance(piece, bytes)) <= IN_HAND for part in parts)
    lines = [line for piece in pieces for line in (piece if isinstance(piece, bytes) else piece.read_bytes()).splitlines()]
    assert [json.loads(line)["row"] for line in lines[::1000]] == [*range(1, rows + 1, 1000)]


def test_long_rows_still_come_in_large_parts(tmp_path, detector):
    """Rows of ordinary length are not cut into more parts than before."""
    path = tmp_path / "long.jsonl"
    path.write_bytes(b'{"text": "%s"}\n' % (b"a kettle " * 100) * 9000)
    assert len(parts_of(path, detector)[0]) <= 3


def test_of_very_many_findings_in_a_row_the_first_are_listed(tmp_path, detector):
    """The reasons list the first ones of each severity, and how many there are beside these; the tally counts all."""
    path = tmp_path / "many.jsonl"
    many = 2 * LISTED
    path.write_bytes(b'{"text": "tea"}\n{"text": "' + b"1488, " * many + b'the end, 1488"}\n{"text": "1488"}\n')
    (part,), books = parts_of(path, detector)
    said = [json.loads(line) for piece in part.rulings for line in piece.splitlines()]
    assert [ruling["row"] for ruling in said] == [2, 3]
    listed = Counter(finding["severity"] for finding in said[0]["findings"])
    found = sum(count.findings for count in books.outcome.tally.by_rule.values())
    assert max(listed.values()) == LISTED
    assert sum(listed.values()) + said[0]["findings_not_listed"] + len(said[1]["findings"]) == found
    starts = [finding["start"] for finding in said[0]["findings"]]
    assert starts == sorted(starts)
    assert "findings_not_listed" not in said[1]


def test_a_row_of_very_many_findings_is_redacted_whole(tmp_path, detector):
    """Each of them is cut out, listed or not."""
    path = tmp_path / "many.jsonl"
    many = LISTED + 5
    path.write_bytes(b'{"text": "' + "é 1488, ".encode() * many + b'\\n end"}\n')
    actions = Policy(dict.fromkeys(("error", "warning", "note"), Action.REDACT))
    (part,), _ = parts_of(path, detector, policy=actions)
    (line,) = b"".join(part.pieces[Fate.REDACTED]).splitlines()
    assert json.loads(line)["text"] == "é [x], " * many + "\n end"
