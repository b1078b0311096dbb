"""A teacher's completions as files: accepted rows, and rejects with their reasons."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO

from leakguard.core.digests import content_digest
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.ports import CausalModel
from leakguard.harness.formats import FORMATS
from leakguard.harness.world import Prompt, World

CHUNK = 250
# In a journal alone: of the rest of its line. Every line begins in the same way.
DIGEST, BEGINNING = "line_digest", b'{"reasons"'
Name = tuple[int, int]


class Writer(Protocol):
    """Answers prompts; `names[n]` are two numbers that seed answer n, as far as the writer can be seeded."""

    def write(self, prompts: Sequence[str], names: Sequence[Name]) -> list[str]:
        """Return one completion for each prompt."""


@dataclass(frozen=True, slots=True)
class ModelWriter:
    """Writes with a causal model, under a system prompt or none: at most `tokens` tokens at a sampling temperature."""

    model: CausalModel
    system: str
    tokens: int
    temperature: float

    def write(self, prompts: Sequence[str], names: Sequence[Name]) -> list[str]:
        """Return one completion for each prompt."""
        return self.model.sample(prompts, names, system=self.system, tokens=self.tokens, temperature=self.temperature)


@dataclass(frozen=True, slots=True)
class Order:
    """What to write: `count` answers to the prompts of `seed`, sampled from `draw`; `origin` goes into every row."""

    world: World
    seed: int
    draw: int
    count: int
    origin: Mapping[str, object]


def write_completions(
    writer: Writer, order: Order, path: Path, on_rows: Callable[[int, int], None] = lambda done, of: None
) -> tuple[int, int]:
    """Write accepted rows to `path`, and rejects to `path` with .rejects before its suffix; return (accepted, rejected).

    Answers go to a journal first, in chunks that are flushed to disk; an interrupted run continues after the last whole chunk and writes
    the same files. `path` appears when all answers are there. Raises Stopped if the disk fails, UsageError if `path` has other content.
    """
    if not path.name or path.is_dir():
        raise UsageError(f"{path}: this is a folder; give the path of a file")
    rejects = path.with_suffix(f".rejects{path.suffix}")
    journal = path.with_suffix(".journal")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            return _count_finished(path, rejects, order)
        done = _resume(journal, order)
        with journal.open("a", encoding="utf-8") as file:
            prompts = islice(order.world.prompts(order.seed), done, order.count)
            while chunk := list(islice(prompts, CHUNK)):
                for line in _ask_chunk(writer, order, chunk, done):
                    file.write(line)
                file.flush()
                os.fsync(file.fileno())
                done += len(chunk)
                on_rows(done, order.count)
        return _split_journal(journal, path, rejects)
    except OSError as error:
        raise Stopped(f"{path}: cannot be written: {error.strerror or error}; make room and run again: finished work is kept") from error


def _ask_chunk(writer: Writer, order: Order, chunk: Sequence[Prompt], first: int) -> Iterator[str]:
    """Return one journal line per prompt, with the reasons against its answer."""
    judge = FORMATS[order.world.format]
    texts = writer.write([prompt.text for prompt in chunk], [(order.draw, first + nth) for nth in range(len(chunk))])
    for nth, (prompt, said) in enumerate(zip(chunk, texts, strict=True)):
        # An endpoint may send half a character (a lone surrogate), which no file can hold.
        text = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        row = {"prompt": prompt.text, "completion": text, **order.origin, "seed": order.seed, "row": first + nth}
        entry = {"reasons": judge(text, prompt.answer), **row}
        yield json.dumps({**entry, DIGEST: content_digest(entry)}, ensure_ascii=False) + "\n"


def _resume(journal: Path, order: Order) -> int:
    """Return how many answers of an interrupted run are in the journal, in whole chunks, and cut off the rest. Raises UsageError.

    An answer counts if it belongs to the prompt of its line and its digest is right: anything that a full disk or a power cut left behind
    is written again.
    """
    if not journal.is_file():
        return 0
    lines = journal.read_bytes().splitlines(keepends=True)
    if lines and not (_matches_order(lines[0], order) if lines[0].endswith(b"\n") else lines[0].startswith(BEGINNING[: len(lines[0])])):
        raise UsageError(
            f"{journal}: a run with another teacher or seed was cut off here, or this is no journal; give another path, or delete this file"
        )
    judge, whole = FORMATS[order.world.format], 0
    for line, prompt in zip(lines, islice(order.world.prompts(order.seed), order.count), strict=False):
        row = json.loads(line) if line.endswith(b"\n") and _matches_order(line, order) else {}
        if not _is_answer(row, whole, prompt) or row.get("reasons") != judge(row["completion"], prompt.answer):
            break
        whole += 1
    done = whole if whole == order.count else whole // CHUNK * CHUNK
    os.truncate(journal, sum(map(len, lines[:done])))
    return done


def _is_answer(row: Mapping[str, Any], number: int, prompt: Prompt) -> bool:
    """Return whether a row answers prompt `number` and is unchanged."""
    row = dict(row)
    said = row.pop(DIGEST, None)
    right = row.get("row") == number and row.get("prompt") == prompt.text and isinstance(row.get("completion"), str)
    return right and (said is None or said == content_digest(row))


def _split_journal(journal: Path, path: Path, rejects: Path) -> tuple[int, int]:
    """Split the journal into accepted rows and rejects, and remove it; return how many there are of each."""
    counts = {False: 0, True: 0}
    parts = {False: path.with_suffix(".part"), True: rejects.with_suffix(".part")}
    with journal.open(encoding="utf-8") as lines, _open_text(parts[False]) as good, _open_text(parts[True]) as bad:
        for line in lines:
            row = json.loads(line)
            row.pop(DIGEST, None)
            rejected = bool(row["reasons"])
            if not rejected:
                del row["reasons"]
            (bad if rejected else good).write(json.dumps(row, ensure_ascii=False) + "\n")
            counts[rejected] += 1
    parts[True].replace(rejects)
    parts[False].replace(path)
    journal.unlink()
    return counts[False], counts[True]


def _count_finished(path: Path, rejects: Path, order: Order) -> tuple[int, int]:
    """Return (accepted, rejected) of an earlier run. Raises UsageError if it wrote other rows than these."""
    try:
        good, bad = (file.read_bytes().splitlines(keepends=True) for file in (path, rejects))
        same = (
            len(good) + len(bad) == order.count
            and all(_matches_order(line, order) for line in (*good, *bad))
            and _is_complete([*good, *bad], order)
        )
    except FileNotFoundError:
        same = False
    if not same:
        raise UsageError(
            f"{path}: holds something else than these {order.count:,} answers, or is damaged (with {rejects.name}); "
            "give another path, or delete both"
        )
    return len(good), len(bad)


def _is_complete(lines: Sequence[bytes], order: Order) -> bool:
    """Return whether these are the answers to every prompt of the order, each once."""
    rows = {str(row.get("row")): row for row in map(json.loads, lines)}
    prompts = islice(order.world.prompts(order.seed), order.count)
    return all(_is_answer(rows.get(str(number), {}), number, prompt) for number, prompt in enumerate(prompts))


def _open_text(path: Path) -> TextIO:
    """Open a text file for writing."""
    return path.open("w", encoding="utf-8")


def _matches_order(line: bytes, order: Order) -> bool:
    """Return whether a row has the teacher and the seed of the order."""
    try:
        before = dict(json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return False
    return all(before.get(key) == value for key, value in {**order.origin, "seed": order.seed}.items())
