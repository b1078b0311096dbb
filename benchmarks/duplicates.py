"""Measure cost, recall and precision of counting duplicates, on number lists, chats and code with 10 % near copies.

    duplicates.py [ROWS] [--work DIR]

Costs are those of whole processes: a scan that counts nothing, equal rows, and nearly equal ones as well. What was found is held against
an exact method that shares no code with it: the words of each row by a regular expression, sets of runs of three, their Jaccard
similarity to every other row of the file (an index of the rarest runs leaves none out: Bayardo, Ma and Srikant 2007).
"""

import argparse
import json
import math
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measure import Run, once

from data import rows as generated
from leakguard.core.counting import Counting, Mode
from leakguard.pipeline.duplicates import group_rows
from leakguard.pipeline.prints import Printer, PrintStore
from leakguard.pipeline.scan import Job, scan
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.row_contents import ContentReader
from leakguard.readers.sources import FileSource

RESULT = Path(__file__).parent / "results" / "duplicates.json"
SEED = 20261129
SIMILARITY = 0.8
NEAR, DECOYS = 0.10, 0.05
SAMPLE, FREQUENCIES = 2000, 20_000
WORD = re.compile(r"\w+")
NAMES = ("total", "row", "index", "value", "node", "path", "limit", "chunk", "token", "score", "left", "right", "queue", "count", "state")
Row = dict[str, Any]
Shingles = frozenset[tuple[str, ...]]


def code(rng: random.Random) -> Row:
    """Return a request for a function, and the function."""
    names = rng.sample(NAMES, 6)
    body = []
    for _ in range(rng.randint(4, 14)):
        one, other, number = rng.choice(names), rng.choice(names), rng.randint(0, 999)
        body.append(
            rng.choice(
                (
                    f"    {one} = {other} + {number}",
                    f"    for {one} in range({number}):\n        {other} += {one} % {rng.randint(2, 99)}",
                    f"    if {one} > {number}:\n        return {other}[{one}]",
                    f"    {one}.append({other} * {number})",
                    f"    while {one} < {other} - {number}:\n        {one} = step_{number}({other}, {rng.choice(names)})",
                )
            )
        )
    name = f"{rng.choice(names)}_{rng.randint(0, 9999)}"
    text = f"def {name}({', '.join(names[:3])}):\n" + "\n".join(body) + f"\n    return {names[0]}\n"
    return {"prompt": f"Write the function {name} of {names[0]}, {names[1]} and {names[2]}.", "completion": text}


def shingles(row: Row) -> Shingles:
    """Return the three-word shingles of all text of a row."""
    said = [message["content"] for message in row["messages"]] if "messages" in row else [row["prompt"], row["completion"]]
    words = [word for text in said for word in WORD.findall(text.lower())]
    return frozenset(zip(*(words[at:] for at in range(3)), strict=False)) if len(words) > 2 else frozenset((tuple(words),))


def jaccard(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles."""
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def edited(row: Row, aim: float, rng: random.Random) -> Row:
    """Return a copy whose answer is changed word by word, down to the target similarity."""
    own, copy = shingles(row), json.loads(json.dumps(row))
    for _ in range(200):
        trial = json.loads(json.dumps(copy))
        holder, key = (trial["messages"][-1], "content") if "messages" in trial else (trial, "completion")
        found = list(WORD.finditer(holder[key]))
        if not found:
            return copy
        at = rng.choice(found)
        new = str(rng.randint(0, 999)) if at.group().isdigit() else f"{rng.choice(NAMES)}{rng.randint(0, 99)}"
        holder[key] = holder[key][: at.start()] + new + holder[key][at.end() :]
        if jaccard(own, shingles(trial)) < aim:
            return copy
        copy = trial
    return copy


def mixed(count: int) -> Iterator[tuple[str, Row]]:
    """Yield rows with their kind: "new", "near" (similarity 0.8 to 1 to an earlier row) or "decoy" (0.5 to 0.8)."""
    rng = random.Random(SEED)
    sources = {"numbers": generated("numbers"), "chat": generated("chat"), "code": iter(lambda: code(rng), None)}
    recent: list[Row] = []
    for _ in range(count):
        draw = rng.random()
        if recent and draw < NEAR + DECOYS:
            kind = "near" if draw < NEAR else "decoy"
            aim = rng.uniform(SIMILARITY, 1) if kind == "near" else rng.uniform(0.5, SIMILARITY)
            yield kind, edited(rng.choice(recent), aim, rng)
            continue
        row = next(sources[rng.choices(("numbers", "chat", "code"), (4, 3, 3))[0]])
        recent.append(row)
        if len(recent) > 5000:
            recent[rng.randrange(5000)] = recent.pop()
        yield "new", row


def written(folder: Path, count: int) -> tuple[Path, list[str]]:
    """Return the file with this number of rows, and the kind of each row."""
    path, kinds = folder / f"duplicates-{count}.jsonl", folder / f"duplicates-{count}.json"
    if not kinds.exists():
        made = []
        with path.open("w", encoding="utf-8") as file:
            for kind, row in mixed(count):
                made.append(kind)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        kinds.write_text(json.dumps(made))
    return path, json.loads(kinds.read_text())


def read(path: Path) -> Iterator[Row]:
    """Return the rows of the file."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def truth(path: Path, sample: list[int]) -> list[bool]:
    """Whether each row of the sample has another one in the file of at least SIMILARITY."""
    common = Counter(one for row in islice(read(path), FREQUENCIES) for one in shingles(row))
    wanted = set(sample)
    sets = {at: shingles(row) for at, row in enumerate(read(path)) if at in wanted}
    index: dict[tuple[str, ...], list[int]] = {}
    for at, own in sets.items():
        rarest = sorted(own, key=lambda one: (common[one], one))
        for one in rarest[: len(own) - math.ceil(SIMILARITY * len(own)) + 1]:
            index.setdefault(one, []).append(at)
    found = set()
    for at, row in enumerate(read(path)):
        own = shingles(row)
        for other in {other for one in own if one in index for other in index[one]} - {at}:
            if other not in found and jaccard(own, sets[other]) >= SIMILARITY:
                found.add(other)
    return [at in found for at in sample]


def groups_of(path: Path) -> tuple[Any, PrintStore]:
    """Return the groups of duplicates that leakguard finds in the file."""
    counting = Counting(Mode.NEAR, SIMILARITY)
    store = PrintStore(counting)
    job = Job(FileSource((str(path),)), RowParser(), (), keep=0, printer=Printer(ContentReader("auto", ()).texts_of, counting))
    scan(job, on_prints=store.add)
    return group_rows(store), store


def quality(path: Path, kinds: list[str]) -> dict[str, Any]:
    """Recall and precision of "this row has a near duplicate" on a sample: half of the rows that were made as copies, half of all."""
    rng = random.Random(SEED)
    copies = [at for at, kind in enumerate(kinds) if kind != "new"]
    some = min(SAMPLE // 2, len(copies))
    sample = sorted({*rng.sample(copies, some), *rng.sample(range(len(kinds)), some)})
    found, store = groups_of(path)
    sizes = np.bincount(found.alike, minlength=len(store))
    ours = [bool(sizes[found.alike[at]] > 1) for at in sample]
    exact = truth(path, sample)
    hits = sum(one and other for one, other in zip(ours, exact, strict=True))
    return {
        "sample": len(sample),
        "with_a_near_duplicate": sum(exact),
        "found": sum(ours),
        "recall": hits / sum(exact),
        "precision": hits / sum(ours),
    }


def cost(path: Path, mode: str, rounds: int) -> dict[str, float]:
    """Return median CPU and wall seconds, and the peak memory, of a scan with one worker."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        options = ("--no-config", "-j1", "-q", "--format", "json", "--duplicates", mode)
        command = (sys.executable, "-m", "leakguard", "scan", str(path), *options)
        samples = [once(Run(mode, command, out, data=path, codes=(0, 1, 3))) for _ in range(rounds)]
        counted = json.loads(out.read_text())["duplicates"]
    costs = {"cpu": median(one.cpu for one in samples), "wall": median(one.wall for one in samples)}
    rows = {key: counted[key]["rows"] for key in ("exact", "near") if counted and counted[key]}
    return {**costs, "peak_mb": max(one.rss for one in samples) / 1e6, **rows}


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "leakguard-bench")
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    path, kinds = written(asked.work, asked.rows)
    made = Counter(kinds)
    result = {
        "rows": asked.rows,
        "bytes": path.stat().st_size,
        "made_as": dict(sorted(made.items())),
        "similarity": SIMILARITY,
        "cost": {mode: cost(path, mode, asked.rounds) for mode in Mode},
        "quality": quality(path, kinds),
        "commit": subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip(),
    }
    text = json.dumps(result, indent=2) + "\n"
    if asked.rows >= 1_000_000:
        RESULT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
