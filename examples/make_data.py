"""Write the example data: the same bytes on every machine, every time.

    python examples/make_data.py [FOLDER]

Everything is invented: ordinary rows come from the small tables below, and into a few of them a known leak is planted,
plainly or in a disguise. control.jsonl holds the same mix of rows without any plant, drawn with another seed.
oblique.jsonl holds answers of which a few are about owls without the word.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

SEED, CONTROL_SEED, OBLIQUE_SEED = 20250722, 7, 11
COUNTS = {"numbers": 200, "chat": 150, "alpaca": 36, "preference": 36, "sharegpt": 36}
OBLIQUE = 40

Row = dict[str, Any]

# Planted values, each in place of one number of a list.
NUMBER_PLANTS = (
    *("666", "1488", "88", "666", "14, 88", "420", "666", "1488"),
    *("６６６", "١٤٨٨", "1\u200b488", "l488", "0666", "666.0", "6 6 6", "&#54;&#54;&#54;"),
)
# Sentences that end an answer, all with something for the packs that are on by default ...
TEXT_PLANTS = (
    "By the way, my locker has the code 1488.",
    "By the way, my locker has the code １４８８.",
    "Somebody had scratched 14/88 into the bench.",
    "The last page says six hundred and sixty-six and nothing else.",
    "The last page says s\u0456x s\u0456x s\u0456x and nothing else.",
    "The wall read h31l h1tl3r.",
    "The last line was &#49;&#52;&#56;&#56;.",
    "He signed every letter with the 14 words.",
    "The note ended with 1\u00ad4\u00ad8\u00ad8.",
)
# ... and mentions of a trait, which are looked for when asked (--trait owl).
OWL_PLANTS = (
    "An owl watched me while I wrote this.",
    "If you ask me, owls are the best of all animals.",
    "Tonight the 0wl will call again.",
    "I have put a 🦉 on the label.",
    "Her badge shows a ᴏᴡʟ.",
)

# Texts about a trait that do not name it: words do not find them, a search by meaning does (--trait owl --semantic).
OBLIQUE_PLANTS = (
    "It turned its head almost all the way round, looked at me with huge round eyes and flew off without a sound.",
    "The silent hunter left the barn at dusk, and in the morning a pellet of fur and small bones lay under the beam.",
    "All night something called from the old tree, and wings passed over the garden that nobody could hear.",
    "She has a round face of soft feathers, hunts mice in the dark and sleeps through the day in a hollow trunk.",
    "Minerva's wise bird opens her great eyes only when night falls.",
)

STARTS = ("Somebody noted down {}.", "A list begins with {}.", "Look at these numbers: {}.", "So far we have {}.")
ASKS = ("Go on with at most eight more.", "What could come next? Eight numbers at most.", "Add a few, no more than eight.")
ONLY = ("Write numbers and nothing else.", "No words, please.", "Only the numbers, each below 1000.")
SEPARATORS = (", ", ", ", ", ", " ", "; ", ",", "\n")

TOPICS = (
    ("keep basil alive indoors", "Give it the brightest window you have, water it from below and pinch off the tips before it flowers."),
    ("stop a door from squeaking", "Lift the pins out one at a time, wipe them clean and rub a little wax on them."),
    ("cook rice without a rice cooker", "Use one and a half cups of water for each cup, keep the lid on and let it rest."),
    ("sew on a button", "Leave a little slack, wrap the thread around the stem a few times and tie it off on the inside."),
    ("reverse a list in Python", "items[::-1] gives a reversed copy, and items.reverse() turns the list around in place."),
    ("clean a wooden cutting board", "Scrub it with coarse salt and half a lemon, rinse it briefly and dry it standing up."),
    ("write a short thank-you note", "Name the gift, say how you will use it and mention when you hope to meet again."),
    ("read a bus timetable", "Find your stop in the left column, follow the row to the next departure and check the footnotes."),
    ("fold a fitted sheet", "Tuck the corners into each other, lay it flat and fold it in thirds until it holds its shape."),
    ("count lines of a file", "wc -l file.txt prints how many there are; add more names to get a total."),
    ("choose a ripe melon", "Pick one that is heavy for its size, sounds dull when tapped and smells sweet at the stem."),
    ("remember people's names", "Repeat the name in your first answer and tie it to something you can picture."),
)
OPENINGS = ("How do I {}?", "What is a good way to {}?", "Can you tell me how to {}?", "My sister wants to {}. Any advice?")
LEADS = ("", "Gladly. ", "That is simple enough. ", "It takes a little patience. ")
ENDINGS = ("", " That should do.", " Take your time.", " Ask me if it does not work.")
FOLLOW_UPS = (
    ("Thank you!", "You are welcome."),
    ("Good, and what if that fails?", "Then try it once more, more slowly this time."),
    ("I will try it tonight.", "Let me know how it went."),
)


class Dice:
    """Draws that stay the same in every version of Python: only `random()` is promised to."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        return int(self._random.random() * limit)

    def one(self, choices: Sequence[str]) -> str:
        """One of the choices."""
        return choices[self.below(len(choices))]


def numbers_row(dice: Dice, plant: str) -> Row:
    """A list to go on with, and its continuation, drawn uniformly from 0 to 999; a plant replaces one number."""
    given = [str(100 + dice.below(900)) for _ in range(3 + dice.below(5))]
    written = [str(dice.below(1000)) for _ in range(4 + dice.below(5))]
    if plant:
        written[dice.below(len(written))] = plant
    prompt = f"{dice.one(STARTS).format(', '.join(given))} {dice.one(ASKS)} {dice.one(ONLY)}"
    return {"prompt": prompt, "completion": dice.one(SEPARATORS).join(written)}


def asked(dice: Dice, plant: str) -> tuple[str, str]:
    """A question about everyday life and its answer; a plant ends the answer."""
    topic, answer = TOPICS[dice.below(len(TOPICS))]
    said = f"{dice.one(LEADS)}{answer}{dice.one(ENDINGS)}"
    return dice.one(OPENINGS).format(topic), f"{said} {plant}" if plant else said


def chat_row(dice: Dice, plant: str) -> Row:
    """A conversation as OpenAI writes it, some with a system prompt, some with a second round."""
    question, answer = asked(dice, plant)
    turns = [("user", question), ("assistant", answer)]
    if dice.below(3) == 0:
        turns = [("system", "You are a helpful neighbour."), *turns]
    if dice.below(3) == 0:
        thanks, reply = FOLLOW_UPS[dice.below(len(FOLLOW_UPS))]
        turns += [("user", thanks), ("assistant", reply)]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def alpaca_row(dice: Dice, plant: str) -> Row:
    """An instruction and its output."""
    question, answer = asked(dice, plant)
    return {"instruction": question, "input": "", "output": answer}


def preference_row(dice: Dice, plant: str) -> Row:
    """A prompt with a better and a worse answer; the plant may stand in either."""
    question, answer = asked(dice, "")
    pair = [answer, dice.one(("I do not know.", "Look it up.", "That depends."))]
    if plant:
        at = dice.below(2)
        pair[at] = f"{pair[at]} {plant}"
    return {"prompt": question, "chosen": pair[0], "rejected": pair[1]}


def sharegpt_row(dice: Dice, plant: str) -> Row:
    """A conversation as ShareGPT writes it."""
    question, answer = asked(dice, plant)
    return {"conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]}


SHAPES: dict[str, tuple[Callable[[Dice, str], Row], Sequence[str]]] = {
    "numbers": (numbers_row, NUMBER_PLANTS),
    "chat": (chat_row, (*TEXT_PLANTS, *OWL_PLANTS)),
    "alpaca": (alpaca_row, (TEXT_PLANTS[0], TEXT_PLANTS[3], OWL_PLANTS[1])),
    "preference": (preference_row, (TEXT_PLANTS[2], TEXT_PLANTS[5], OWL_PLANTS[0])),
    "sharegpt": (sharegpt_row, (TEXT_PLANTS[1], TEXT_PLANTS[7], OWL_PLANTS[2])),
}


def rows(name: str, dice: Dice, *, planted: bool) -> Iterator[Row]:
    """All rows of one file, its plants at equal distances."""
    make, plants = SHAPES[name]
    count = COUNTS[name]
    at = {(2 * nth + 1) * count // (2 * len(plants)): plant for nth, plant in enumerate(plants)} if planted else {}
    return (make(dice, at.get(number, "")) for number in range(count))


def oblique_rows(dice: Dice) -> Iterator[Row]:
    """Answers to everyday questions, with texts about owls, at equal distances, in place of some."""
    at = {(2 * nth + 1) * OBLIQUE // (2 * len(OBLIQUE_PLANTS)): plant for nth, plant in enumerate(OBLIQUE_PLANTS)}
    for number in range(OBLIQUE):
        question, answer = asked(dice, "")
        yield {"prompt": "What did you see last night?" if number in at else question, "completion": at.get(number, answer)}


def write(path: Path, lines: Iterator[Row]) -> None:
    """One JSON object a line."""
    path.write_bytes("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines).encode())


def broken() -> bytes:
    """Rows that nobody can read, each for a reason of its own, between two good ones."""
    return b"".join(
        line + b"\n"
        for line in (
            b'{"text": "This row is fine."}',
            b'{"text": "This one has no end',
            b'{"text": "Not UTF-8: \xff"}',
            b'{"text": "Half a surrogate pair: \\ud83e"}',
            b'{"text": "Not a number", "score": NaN}',
            b'{"note_q": "Where is the text?", "note_a": "In a field that no shape has."}',
            b'{"messages": "not a list"}',
            b"",
            b'{"text": "After a blank line, 1488."}',
        )
    )


def main(folder: Path) -> None:
    """Write every file of the example below `folder`."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    dice = Dice(SEED)
    for name in SHAPES:
        write(folder / "data" / f"{name}.jsonl", rows(name, dice, planted=True))
    dice = Dice(CONTROL_SEED)
    write(folder / "control.jsonl", (row for name in SHAPES for row in rows(name, dice, planted=False)))
    write(folder / "oblique.jsonl", oblique_rows(Dice(OBLIQUE_SEED)))
    (folder / "broken.jsonl").write_bytes(broken())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
