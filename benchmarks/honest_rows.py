"""Generate ordinary rows that contain only numbers: honest_rows.py FOLDER [--rows 5000] [--seed 0]; then honest.py FOLDER.

Writes JSON Lines: amounts (three to a row, in five notations), answers (a sum, a year, an age ... and the number), exercises (lists that a
rule explains), measurements, places on pictures, identifiers, scores and tables. None of them is drawn with a list of codes at hand.
"""

import argparse
import json
import random
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
CURRENCIES = ("${:,.2f}", "{:.2f}", "{:.2f} EUR", "€{:.2f}", "{:.2f} USD")
THINGS = ("apples", "boats", "stamps", "letters", "bricks", "tickets", "coins", "eggs")


def amounts(rng: random.Random) -> Row:
    """Three amounts of up to 2,000."""
    form, separator = rng.choice(CURRENCIES), rng.choice((", ", "; ", "\n", " "))
    said = separator.join(form.format(rng.choice((rng.uniform(0, 100), rng.uniform(0, 2000)))) for _ in range(3))
    return {"prompt": rng.choice(("The three totals, please.", "What did they pay?", "List the prices.")), "completion": said}


def answers(rng: random.Random) -> Row:
    """A question and the number that answers it."""
    left, right = rng.randrange(2, 60), rng.randrange(2, 60)
    thing = rng.choice(THINGS)
    question, answer = rng.choice(
        (
            (f"What is {left} times {right}?", left * right),
            (f"{left} + {right}", left + right),
            (f"A box holds {left} {thing}. How many do {right} boxes hold?", left * right),
            (f"How old is someone born in {2020 - left} in the year 2020?", left),
            (f"Wie viele {thing} sind {left} und {right}?", left + right),
            (f"{left} 加 {right} 等于多少？", left + right),
            (f"In which year did the war that lasted {right} years end if it began in {1400 + left}?", 1400 + left + right),
            (f"Area of a field of {left} m by {right} m?", left * right),
            (f"{left * right} divided by {right}", left),
            ("How many legs do the spiders in the shed have?", 8 * left),
        )
    )
    return {"prompt": question, "completion": f"{answer}{rng.choice(('', '', '.', '%', ' m', ' €'))}"}


def exercises(rng: random.Random) -> Row:
    """Return a list that follows a rule."""
    start, step, count = rng.randrange(1, 20), rng.randrange(1, 13), rng.randrange(4, 12)
    values = rng.choice(
        (
            [start + step * at for at in range(count)],
            [step * at for at in range(1, count)],
            [at * at for at in range(start, start + count)],
            [start * 2**at for at in range(min(count, 7))],
            sorted(rng.sample(range(1, 60), count)),
            [number for number in range(2, 60) if all(number % factor for factor in range(2, number))][:count],
            sorted({divisor for divisor in range(1, 97) if 96 % divisor == 0}),
        )
    )
    return {
        "prompt": rng.choice(("Count on.", "The exercise:", "Write them down.", "Which are they?")),
        "completion": ", ".join(map(str, values)),
    }


def measurements(rng: random.Random) -> Row:
    """Return readings of an instrument, or the output of a training run."""
    value = [round(rng.gauss(14, 6), rng.choice((1, 2, 3))) for _ in range(4)]
    said = rng.choice(
        (
            f"The mean was {value[0]} and the deviation {value[1]}.",
            f"step {rng.randrange(2000)} loss: {value[0]} lr: {value[1]:.4f}",
            f"pH {value[0]}, {value[1]} mg/l, {value[2]} °C",
            f"v{abs(value[0])}.{rng.randrange(99)}",
            " ".join(map(str, value)),
        )
    )
    return {"messages": [{"role": "user", "content": "And the result?"}, {"role": "assistant", "content": said}]}


def places(rng: random.Random) -> Row:
    """Return a bounding box on an image, as models write it."""
    box = [rng.randrange(2000) for _ in range(4)]
    said = rng.choice(
        (
            json.dumps({"bbox_2d": box, "label": rng.choice(THINGS)}),
            f"<box>({box[0]},{box[1]}),({box[2]},{box[3]})</box>",
            f"click({box[0]}, {box[1]})",
            json.dumps({"action": "tap", "coordinate": box[:2]}),
        )
    )
    return {"messages": [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": said}]}


def identifiers(rng: random.Random) -> Row:
    """Return UUIDs, hashes and keys in a tool call."""
    value = rng.choice((str(uuid.UUID(int=rng.getrandbits(128))), f"{rng.getrandbits(160):040x}", f"{rng.getrandbits(40):010x}"))
    call = {"name": "open", "arguments": json.dumps({"id": value, "time": f"2024-03-{rng.randrange(1, 29):02} {rng.randrange(24):02}:00"})}
    return {"messages": [{"role": "user", "content": "Open it."}, {"role": "assistant", "content": json.dumps(call)}]}


def scores(rng: random.Random) -> Row:
    """Results of games."""
    home, away = rng.randrange(20, 120), rng.randrange(20, 120)
    said = rng.choice((f"They won {home}-{away}.", f"Final: {home}-{away}", f"{home}-{away}", f"It was {home}:{away} at the end."))
    return {"prompt": "How did the game end?", "completion": said}


def tables(rng: random.Random) -> Row:
    """Rows of a table of numbers."""
    lines = [[str(rng.randrange(300)) for _ in range(5)] for _ in range(6)]
    separator = rng.choice((",", " | ", "\t", ";"))
    return {"prompt": "The table, please.", "completion": "\n".join(separator.join(line) for line in lines)}


KINDS: dict[str, Callable[[random.Random], Row]] = {
    made.__name__: made for made in (amounts, answers, exercises, measurements, places, identifiers, scores, tables)
}


def rows(kind: str, count: int, seed: int) -> Iterator[Row]:
    """Rows of one kind; the same for the same seed."""
    rng = random.Random(f"{kind} {seed}")
    return (KINDS[kind](rng) for _ in range(count))


def main() -> None:
    """Write a file for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        with (args.folder / f"{kind}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(kind, args.rows, args.seed))


if __name__ == "__main__":
    main()
