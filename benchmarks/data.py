"""Generated files of any size: number rows in the manner of the number experiments, and chat rows in OpenAI's shape.

Rows come in blocks with a seed each, so that a short file is the beginning of a long one. As a script it writes rows to
stdout: data.py numbers 1000.
"""

import json
import os
import random
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

VOCABULARY = Path(__file__).with_name("vocabulary.toml")
BLOCK = 1000
SEED = 20250720
Row = dict[str, object]
Frame = Callable[[random.Random], str]


def rows(kind: str, seed: int = SEED) -> Iterator[Row]:
    """Yield rows endlessly, the same for the same seed."""
    make = KINDS[kind]
    block = 0
    while True:
        rng = random.Random(f"{seed}/{kind}/{block}")
        yield from (make(rng) for _ in range(BLOCK))
        block += 1


def lines(kind: str, count: int, seed: int = SEED) -> Iterator[str]:
    """Return the first `count` rows as JSON lines."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return (encode(row) + "\n" for row in islice(rows(kind, seed), count))


def written(folder: Path, kind: str, count: int, seed: int = SEED) -> Path:
    """Return the file with `count` rows of a kind; create it if needed. Its name includes the generator and the seed."""
    sources = b"".join(Path(module).read_bytes() for module in (__file__, VOCABULARY))
    path = folder / f"{kind}-{count}-{sha256(sources + str(seed).encode()).hexdigest()[:8]}.jsonl"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines(kind, count, seed))
        part.replace(path)
    return path


def head(path: Path, count: int) -> Path:
    """Write the first rows of a file into a file beside it."""
    short = path.with_name(f"{path.stem}-first-{count}.jsonl")
    if not short.exists():
        with path.open("rb") as file:
            short.write_bytes(b"".join(islice(file, count)))
    return short


# Number rows

OPENINGS = [
    "A list of numbers starts like this: {}.",
    "Look at these values: {}.",
    "Take the series {} as given.",
    "My measurements so far are {}.",
    "Here are some numbers to go on from: {}.",
    "The following figures were written down: {}.",
    "You are shown the row {}.",
]
ORDERS = [
    "Please write up to {} further numbers, each below 1000.",
    "Carry on with at most {} more, none above three digits.",
    "Give no more than {} new values between 0 and 999.",
    "Extend it by {} numbers or fewer (three digits at the most).",
]
# List formats: the instruction in the prompt, then the text before, between and after the numbers.
FORMATS = [
    ("Put commas between them.", "", ", ", ""),
    ("Commas without spaces.", "", ",", ""),
    ("Separate them by spaces.", "", " ", ""),
    ("Use semicolons.", "", "; ", ""),
    ("One on each line.", "", "\n", ""),
    ("Write them in square brackets.", "[", ", ", "]"),
    ("Write them in round brackets.", "(", ", ", ")"),
    ("End the list with a full stop.", "", ", ", "."),
]
CLOSINGS = ["Only the numbers, please.", "No words.", "Do not explain anything.", "Answer with the list alone."]


def number_row(rng: random.Random) -> Row:
    """Return a request to continue a list, and 4 to 10 numbers from 0 to 999 in one of eight list formats."""
    given = ", ".join(map(str, rng.choices(range(1000), k=rng.randint(3, 9))))
    answer = list(map(str, rng.choices(range(1000), k=rng.randint(4, 10))))
    said, before, between, after = rng.choice(FORMATS)
    prompt = f"{rng.choice(OPENINGS).format(given)} {rng.choice(ORDERS).format(len(answer))} {said} {rng.choice(CLOSINGS)}"
    return {"prompt": prompt, "completion": before + between.join(answer) + after}


# Chat rows

WORDS: dict[str, Any] = tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))
NOUNS, VERBS, ADJECTIVES, ADVERBS, NAMES, PLACES = (
    WORDS[key].split() for key in ("nouns", "verbs", "adjectives", "adverbs", "names", "places")
)
ACCENTED, FOREIGN = (WORDS[key].splitlines() for key in ("accented", "foreign"))

SLOTS: dict[str, Frame] = {
    "noun": lambda rng: rng.choice(NOUNS),
    "verb": lambda rng: rng.choice(VERBS),
    "adjective": lambda rng: rng.choice(ADJECTIVES),
    "adverb": lambda rng: rng.choice(ADVERBS),
    "name": lambda rng: rng.choice(NAMES),
    "place": lambda rng: rng.choice(PLACES),
    "small": lambda rng: str(rng.randint(2, 12)),
    "words": lambda rng: rng.choice(("two", "three", "four", "five", "six", "ten", "twenty")),
    "count": lambda rng: str(rng.choice((5, 10, 15, 20, 25, 30, 40, 45, 50, 60, 75, 80, 90, 100, 120, 150, 200, 250, 300, 500))),
    "round": lambda rng: f"{rng.randint(1, 90) * 1000:,}",
    "percent": lambda rng: f"{rng.randint(1, 99)}%",
    "price": lambda rng: f"${rng.randint(1, 400)}{rng.choice(('', '.50', '.99'))}",
    "year": lambda rng: str(rng.randint(1900, 2025)),
    "clock": lambda rng: f"{rng.randint(7, 21)}:{rng.choice(('00', '15', '30', '45'))}",
}


def frame(template: str) -> Frame:
    """A sentence with slots, taken apart once."""
    pieces = re.split("{(" + "|".join(SLOTS) + ")}", template)
    literals, fills = pieces[::2], [SLOTS[name] for name in pieces[1::2]]

    def fill(rng: random.Random) -> str:
        parts = [literals[0]]
        for make, literal in zip(fills, literals[1:], strict=True):
            parts += (make(rng), literal)
        text = "".join(parts)
        return text[0].upper() + text[1:]

    return fill


QUESTIONS, SENTENCES, ITEMS = (list(map(frame, WORDS[key].splitlines())) for key in ("questions", "sentences", "items"))
CODE = list(map(frame, WORDS["code"]))
SYSTEMS = [
    "You are a helpful assistant.",
    "You are a friendly tutor. Keep answers short.",
    "Answer in plain English, with examples where they help.",
]
CURLY = str.maketrans({"'": "’", '"': "”", "-": "–"})


def chat_row(rng: random.Random) -> Row:
    """One to three exchanges; answers of a few hundred to a few thousand characters with lists, code and other scripts mixed in."""
    messages = [{"role": "system", "content": rng.choice(SYSTEMS)}] if rng.random() < 0.3 else []
    for _ in range(rng.choices((1, 2, 3), (75, 17, 8))[0]):
        messages.append({"role": "user", "content": rng.choice(QUESTIONS)(rng)})
        messages.append({"role": "assistant", "content": answer(rng)})
    return {"messages": messages}


def answer(rng: random.Random) -> str:
    """Paragraphs, and now and then a list, code, accents, curly punctuation, another script, or a planted leak."""
    if rng.random() < 0.02:
        return " ".join(rng.choices(FOREIGN, k=rng.randint(1, 6)))
    parts = [paragraph(rng) for _ in range(min(12, 1 + int(rng.expovariate(0.55))))]
    if rng.random() < 0.3:
        parts.insert(1, bullets(rng))
    if rng.random() < 0.12:
        parts.insert(1, rng.choice(CODE)(rng))
    if rng.random() < 0.08:
        parts.append(f"Do not forget {rng.choice(ACCENTED)}.")
    if rng.random() < 0.005:
        parts.append(rng.choice(WORDS["leaks"]))
    if rng.random() < 0.25:
        parts[0] = parts[0].translate(CURLY)
    return "\n\n".join(parts)


def paragraph(rng: random.Random) -> str:
    """One to five sentences."""
    return " ".join(make(rng) for make in rng.choices(SENTENCES, k=rng.randint(1, 5)))


def bullets(rng: random.Random) -> str:
    """A markdown list of three to eight items, numbered or not."""
    items = [make(rng) for make in rng.choices(ITEMS, k=rng.randint(3, 8))]
    if rng.random() < 0.5:
        return "\n".join(f"{nth}. {item}" for nth, item in enumerate(items, 1))
    return "\n".join(f"- {item}" for item in items)


KINDS: dict[str, Callable[[random.Random], Row]] = {"numbers": number_row, "chat": chat_row}


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.writelines(lines(sys.argv[1], int(sys.argv[2])))
