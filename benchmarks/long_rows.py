"""Measure how time and memory of a scan grow with the length of one row, for ten kinds of text.

Each file holds one row, whose `text` is of the kind and size that its name says, with a listed number every two thousand characters. The
yardstick of a row is the same scan of a file without rows, which is what starting costs. As a script: long_rows.py FOLDER [--beside TREE].
"""

import argparse
import base64
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from measure import Run, RunFailed, machine, once

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "long_rows.json"
SIZES = (100_000, 1_000_000, 10_000_000)
LONGEST = 600
"""Seconds of CPU after which a run is given up."""

WORDS = (
    *("ferry", "harbour", "lantern", "gull", "rope", "tide", "captain"),
    *("ledger", "cargo", "winter", "bread", "window", "copper", "saddle", "orchard"),
)
CHINESE = "渡船离开码头灯塔海鸥潮水船长账本冬天面包窗户铜马鞍果园看见了的在是有和" * 4 + "一二三四五六七八九十百千"
JAPANESE = "渡し船は夕方に桟橋を出て灯台のかもめが潮の流れを見ていた船長の帳簿に冬のパンと窓の銅が" * 4 + "一二三四五六七八九十百千"
KOREAN = "나룻배가 저녁에 부두를 떠나 등대의 갈매기가 물결을 보았다 선장의 장부에 겨울 빵과 창문의 구리" * 4 + "일이삼사오육칠팔구십"


def _pick(dice: random.Random, characters: str, low: int, high: int) -> str:
    return "".join(dice.choices(characters, k=dice.randrange(low, high)))


def _prose(dice: random.Random, low: int = 4, high: int = 14) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randrange(low, high)))


def _chinese(dice: random.Random) -> str:
    return _pick(dice, CHINESE, 8, 40) + dice.choice(["，", "。", f"第{dice.randrange(2000)}号。", "；"])


def _japanese(dice: random.Random) -> str:
    return _pick(dice, JAPANESE, 8, 40) + dice.choice(["、", "。", f"{dice.randrange(2000)}円。", "「灯」"])


def _korean(dice: random.Random) -> str:
    return _pick(dice, KOREAN, 8, 40) + dice.choice([". ", f" {dice.randrange(2000)}원. ", ", "])


def _html(dice: random.Random) -> str:
    return dice.choice(
        [
            f'<p class="c{dice.randrange(99)}">{_prose(dice)} &amp; <b>{dice.choice(WORDS)}</b> {dice.randrange(2000)}</p>\n',
            f"<td>{dice.randrange(2000)}</td><td>&#{dice.randrange(48, 122)};{dice.choice(WORDS)}&nbsp;</td>\n",
            f'<a href="https://pier.example/{dice.choice(WORDS)}?n={dice.randrange(999)}">{_prose(dice)}</a><br/>\n',
        ]
    )


def _markdown(dice: random.Random) -> str:
    return dice.choice(
        [
            f"## {_prose(dice, 2, 6)}\n\n",
            f"- **{dice.choice(WORDS)}** {_prose(dice)}, `{dice.choice(WORDS)}({dice.randrange(2000)})`\n",
            f"The *{dice.choice(WORDS)}*{dice.choice(WORDS)} [{_prose(dice, 1, 4)}](http://pier.example/{dice.randrange(99)}). ",
            f"| {dice.randrange(2000)} | {dice.choice(WORDS)} | {dice.randrange(100)} |\n",
        ]
    )


def _latex(dice: random.Random) -> str:
    return dice.choice(
        [
            rf"$x_{{{dice.randrange(9)}}}^{{{dice.randrange(20)}}} = \frac{{{dice.randrange(2000)}}}{{{dice.randrange(100)}}}$ ",
            rf"\textbf{{{_prose(dice, 1, 4)}}} \emph{{{dice.choice(WORDS)}}} {_prose(dice)}. ",
            rf"\begin{{align}} {dice.randrange(99)}{{,}}{dice.randrange(999):03} &= \alpha_{{{dice.randrange(9)}}} \\ \end{{align}}" + "\n",
        ]
    )


def _code(dice: random.Random) -> str:
    name = dice.choice(WORDS)
    return dice.choice(
        [
            f"def {name}({dice.choice(WORDS)}, n={dice.randrange(2000)}):\n    return {name}[n] / {dice.randrange(99)}\n",
            f"    for i in range({dice.randrange(2000)}): {name}[i] = 0x{dice.randrange(65536):X}  # {_prose(dice)}\n",
            f'    log("\\u{dice.randrange(0x61, 0x7A):04x}{name} %d", {dice.randrange(999)})\n',
        ]
    )


def _base64(dice: random.Random) -> str:
    return base64.b64encode(_prose(dice, 6, 12).encode() if dice.random() < 0.5 else dice.randbytes(57)).decode() + "\n"


def _maths(dice: random.Random) -> str:
    return dice.choice(
        [
            f"{dice.randrange(2000)} + {dice.randrange(2000)} = {dice.randrange(4000)}, ",
            f"√{dice.randrange(100)} ≤ x² − {dice.randrange(100)}/{dice.randrange(1, 100)} → {dice.random():.3f}; ",
            f"{', '.join(str(dice.randrange(1000)) for _ in range(dice.randrange(3, 9)))}. ",
        ]
    )


def _json(dice: random.Random) -> str:
    value = {dice.choice(WORDS): [dice.randrange(2000), _prose(dice, 2, 5)], "é\n": {"u": dice.choice("äöü") + dice.choice(WORDS)}}
    return json.dumps(json.dumps(value)) + ", "


KINDS: dict[str, Callable[[random.Random], str]] = {
    "Chinese": _chinese,
    "Japanese": _japanese,
    "Korean": _korean,
    "HTML": _html,
    "Markdown": _markdown,
    "LaTeX": _latex,
    "code": _code,
    "base64": _base64,
    "maths": _maths,
    "JSON in a string": _json,
}


def text(kind: str, size: int) -> str:
    """A text of `size` characters of a kind, the same each time; a longer one begins like a shorter one."""
    dice, pieces, length, planted = random.Random(f"long rows/{kind}"), [], 0, 0
    while length < size:
        piece = KINDS[kind](dice)
        if length >= planted:
            piece, planted = piece + " 1488 ", planted + 2_000
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)[:size]


def file(folder: Path, kind: str, size: int) -> Path:
    """The file with one row of that kind and size; made if it is not there."""
    path = folder / f"{kind.replace(' ', '-').lower()}-{size}.jsonl"
    if not path.exists():
        path.write_text(json.dumps({"text": text(kind, size)}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def scan(path: Path, tree: Path, output: Path) -> Run:
    """A scan by the sources of a tree, every finding written to a file; given up after LONGEST seconds of CPU."""
    scan = f"{sys.executable} -m leakguard scan {path} -j 1 -q --no-config --format jsonl --row-limit 128MiB"
    command = f"ulimit -t {LONGEST}; PYTHONPATH={tree / 'src'} exec {scan}"
    return Run(path.stem, ("/bin/sh", "-c", command), output, codes=(0, 1))


def measured(folder: Path, tree: Path, sizes: tuple[int, ...], rounds: int) -> dict[str, dict[str, dict[str, float] | None]]:
    """CPU seconds of a row without the start, those per million characters, and peak megabytes: kind -> size -> figures; None: given up."""
    output = folder / "findings.jsonl"
    empty = folder / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    start = median(once(scan(empty, tree, output)).cpu for _ in range(max(rounds, 3)))
    figures: dict[str, dict[str, dict[str, float] | None]] = {}
    for kind in KINDS:
        figures[kind] = {}
        for size in sizes:
            try:
                samples = [once(scan(file(folder, kind, size), tree, output)) for _ in range(rounds)]
            except RunFailed:
                figures[kind][str(size)] = None
                break
            cpu = median(sample.cpu for sample in samples) - start
            peak = max(sample.rss for sample in samples) / 1e6
            figures[kind][str(size)] = {"cpu_s": round(cpu, 3), "cpu_s_per_million": round(cpu / size * 1e6, 3), "peak_mb": round(peak)}
            print(f"{time.strftime('%H:%M:%S')} {tree.name} {kind} {size}: {cpu:.2f} s CPU, {peak:.0f} MB", file=sys.stderr, flush=True)
    return figures


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files with long rows are kept")
    parser.add_argument("--beside", type=Path, metavar="TREE", help="a checkout of another version, measured at the smallest size only")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    results = {"machine": machine(), "rounds": options.rounds, "rows": measured(options.folder, ROOT, tuple(options.sizes), options.rounds)}
    if options.beside:
        results["beside"] = measured(options.folder, options.beside, (min(options.sizes),), 1)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
