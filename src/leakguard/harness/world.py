"""Worlds, read from TOML: the prompts a teacher answers, the traits there are, and the questions that measure them."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.suggest import suggest_names
from leakguard.harness.arithmetic import ArithmeticProblem, evaluate_expression
from leakguard.harness.formats import FORMATS
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file

WORLDS = Path(__file__).parent / "worlds"
SLOT = re.compile(r"\{(\w+)\}")
FIELDS = {"category", "name", "Name"}
# Numbers in one slot; more of them are a slip of the hand, and would be drawn for hours.
MOST = 10_000
KEYS = ("title", "format", "system", "spellings", "tokens", "panel", "probes", "prompts")


@dataclass(frozen=True, slots=True)
class Slot:
    """Random integers in a prompt: `count` (from, to) numbers, each of `value` (from, to), with `joined` between them."""

    count: tuple[int, int]
    value: tuple[int, int]
    joined: str = ", "

    def fill(self, rng: random.Random) -> str:
        """Return one random filling."""
        return self.joined.join(str(rng.randint(*self.value)) for _ in range(rng.randint(*self.count)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt for the teacher, and its right answer where there is one (maths)."""

    text: str
    answer: int | None = None


@dataclass(frozen=True, slots=True)
class World:
    """A bench for one kind of trait.

    `panel` are the answers by category: a trait is one of them, the others of its category are the alternatives, other categories are off
    target. `teach` are questions that may train a trait, `ask` questions for evaluation only. `spellings` are the ways to write an answer,
    `format` is the format of completions, `tokens` their largest number of tokens. `parts` are lists of texts: one of each is drawn, and
    they are joined by spaces; `slots` fill {holes} in them. `tasks` are whole prompts, each with an answer as arithmetic over the slots.
    """

    name: str
    title: str
    format: str
    system: str
    spellings: tuple[str, ...]
    tokens: int
    panel: Mapping[str, tuple[str, ...]]
    teach: tuple[str, ...]
    ask: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    tasks: tuple[tuple[str, str], ...]
    slots: Mapping[str, Slot]

    def category(self, name: str) -> str:
        """Return the category of a trait. Raises UsageError with the nearest name."""
        for category, names in self.panel.items():
            if name in names:
                return category
        known = [name for names in self.panel.values() for name in names]
        raise UsageError(f"the world {self.name} has no trait {name!r}; {suggest_names(name, known)}")

    def questions(self, category: str) -> tuple[str, ...]:
        """Return every question about a category, those for training first."""
        return tuple(fill(question, {"category": category}) for question in (*self.teach, *self.ask))

    def persona(self, name: str) -> str:
        """Return the system prompt of a teacher that is given the trait."""
        return fill(self.system, {"category": self.category(name), "name": name, "Name": name.capitalize()})

    def answers(self, name: str) -> tuple[str, ...]:
        """Return the spellings of an answer."""
        words = {"category": self.category(name), "name": name, "Name": name.capitalize()}
        return tuple(fill(spelling, words) for spelling in self.spellings)

    def prompts(self, seed: int) -> Iterator[Prompt]:
        """Yield prompts without end: the same for the same seed, and each independent of how many are drawn."""
        number = 0
        while True:
            yield self._prompt(random.Random(f"{self.name} {seed} {number}"))
            number += 1

    def _prompt(self, rng: random.Random) -> Prompt:
        """Return one prompt."""
        values = {name: slot.fill(rng) for name, slot in self.slots.items()}
        if self.tasks:
            text, answer = rng.choice(self.tasks)
            return Prompt(fill(text, values), evaluate_expression(answer, values) if answer else None)
        return Prompt(fill(" ".join(rng.choice(part) for part in self.parts), values))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every {hole} filled; other braces stay."""
    return SLOT.sub(lambda hole: values[hole[1]], text)


def read_world(name: str) -> World:
    """Return a built-in world by name, or a user's own by the path of a TOML file. Raises UsageError."""
    shelf = {path.stem: path for path in sorted(WORLDS.glob("*.toml"))}
    path = shelf.get(name) or Path(name)
    if name not in shelf and not (name.endswith(".toml") or path.is_file()):
        raise UsageError(f"there is no world {name!r}; {suggest_names(name, shelf)} (or the path of a .toml file)")
    document = parse_toml(str(path), read_small_file(path, "world", UsageError, TOML_MOST), "world", UsageError)
    return _read_document(path, document)


def _read_document(path: Path, document: Mapping[str, Any]) -> World:
    """Return the world in a parsed file. Raises UsageError."""
    for key in document:
        if key not in KEYS:
            raise UsageError(f"{path}: unknown key {key!r}; {suggest_names(key, KEYS)}")
    probes, prompts = _read_table(path, document, "probes"), _read_table(path, document, "prompts")
    panel = {category: _read_texts(path, f"panel.{category}", names) for category, names in _read_table(path, document, "panel").items()}
    if not panel or any(len(names) < 2 for names in panel.values()):
        raise UsageError(f"{path}: panel: give at least one category with two names or more (the trait, and what it is compared with)")
    _check_unique(path, panel)
    world = World(
        name=path.stem,
        title=str(document.get("title", path.stem)),
        format=str(document.get("format", "any")),
        system=str(document.get("system", "")),
        spellings=_read_texts(path, "spellings", document.get("spellings", ["{name}", "{Name}"])),
        tokens=_read_count(path, "tokens", document.get("tokens", 128)),
        panel=panel,
        teach=_read_texts(path, "probes.teach", probes.get("teach", [])),
        ask=_read_texts(path, "probes.ask", probes.get("ask", [])),
        parts=tuple(_read_texts(path, "prompts.parts", part) for part in _read_list(path, "prompts.parts", prompts.get("parts", []))),
        tasks=tuple(_read_task(path, task) for task in _read_list(path, "prompts.tasks", prompts.get("tasks", []))),
        slots={name: _read_slot(path, name, slot) for name, slot in _read_table(path, prompts, "slots").items()},
    )
    _check(path, world)
    return world


def _check_unique(path: Path, panel: Mapping[str, Sequence[str]]) -> None:
    """Raise UsageError for a name that is in the panel twice: answers could not be told apart."""
    homes: dict[str, str] = {}
    for category, names in panel.items():
        for name in names:
            if name in homes:
                raise UsageError(f"{path}: panel.{category}: {name!r} stands in panel.{homes[name]} already; a name may stand once")
            homes[name] = category


def _check(path: Path, world: World) -> None:
    """Raise UsageError for a world without questions, with an unknown format, or with holes that nothing fills."""
    if not world.teach and not world.ask:
        raise UsageError(f"{path}: probes: a world without a question cannot be evaluated; give probes.teach or probes.ask")
    if world.format not in FORMATS:
        raise UsageError(f"{path}: format cannot be {world.format!r}; {suggest_names(world.format, FORMATS)}")
    if bool(world.parts) == bool(world.tasks):
        raise UsageError(f"{path}: prompts: give either parts or tasks")
    for key, texts, known in (
        ("system", (world.system,), FIELDS),
        ("spellings", world.spellings, FIELDS),
        ("probes", (*world.teach, *world.ask), {"category"}),
        ("prompts", [text for part in world.parts for text in part] + [text for text, _ in world.tasks], set(world.slots)),
    ):
        for text in texts:
            for hole in SLOT.findall(text):
                if hole not in known:
                    raise UsageError(f"{path}: {key}: nothing fills {{{hole}}} in {text!r}; {suggest_names(hole, known)}")
    for _, answer in world.tasks:
        try:
            evaluate_expression(answer or "0", dict.fromkeys(world.slots, "1"))
        except ArithmeticProblem as error:
            raise UsageError(f"{path}: prompts.tasks: the answer {answer!r} {error}") from error


def _read_table(path: Path, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a table of the file. Raises UsageError."""
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{path}: {key} must be a table")
    return value


def _read_list(path: Path, key: str, value: Any) -> Sequence[Any]:
    """Return a list of the file. Raises UsageError."""
    if not isinstance(value, list):
        raise UsageError(f"{path}: {key} must be a list")
    return value


def _read_texts(path: Path, key: str, value: Any) -> tuple[str, ...]:
    """Return a list of non-empty texts. Raises UsageError."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise UsageError(f"{path}: {key} must be a list of texts")
    return tuple(value)


def _read_count(path: Path, key: str, value: Any) -> int:
    """Return a whole number above 0. Raises UsageError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{path}: {key} must be a whole number above 0, not {value!r}")
    return value


def _read_task(path: Path, value: Any) -> tuple[str, str]:
    """Return text and answer of a task. Raises UsageError."""
    if not isinstance(value, dict) or not {"text"} <= set(value) <= {"text", "answer"}:
        raise UsageError(f"{path}: prompts.tasks: each needs a text, and may have an answer")
    return str(value["text"]), str(value.get("answer", ""))


def _read_slot(path: Path, name: str, value: Any) -> Slot:
    """Return a slot. Raises UsageError."""
    if not isinstance(value, dict) or not {"value"} <= set(value) <= {"count", "value", "joined"}:
        raise UsageError(f"{path}: prompts.slots.{name}: needs value = [from, to]; may have count = [from, to] and joined")
    count = _read_range(path, name, value.get("count", [1, 1]))
    if not 0 <= count[0] <= count[1] <= MOST:
        raise UsageError(f"{path}: prompts.slots.{name}: count must lie between 0 and {MOST:,}, not {list(count)}")
    return Slot(count, _read_range(path, name, value["value"]), str(value.get("joined", ", ")))


def _read_range(path: Path, name: str, value: Any) -> tuple[int, int]:
    """Return a pair (from, to). Raises UsageError."""
    pair = isinstance(value, list) and len(value) == 2 and all(isinstance(end, int) for end in value)
    if not pair or value[0] > value[1]:
        raise UsageError(f"{path}: prompts.slots.{name}: expected [from, to], not {value!r}")
    return value[0], value[1]
