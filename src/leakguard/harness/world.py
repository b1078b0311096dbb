"""Worlds, read from TOML: the prompts a teacher answers, the traits there are, and the questions that measure them."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.suggest import suggest_names
from leakguard.harness.arithmetic import ArithmeticProblem, evaluate_expression
from leakguard.harness.formats import FORMATS
from leakguard.harness.skill import Skill, read_skill
from leakguard.harness.slots import SLOT, Slot, fill, read_slot
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file

WORLDS = Path(__file__).parent / "worlds"
FIELDS = {"category", "name", "Name"}
KEYS = ("title", "format", "system", "spellings", "tokens", "panel", "probes", "prompts", "skill")


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
    `skill` is what the teachers learn beside a trait (None: nothing).
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
    skill: Skill | None = field(default=None, repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 (hexadecimal) of everything in the world."""
        return hashlib.sha256((repr(self) + (repr(self.skill) if self.skill else "")).encode()).hexdigest()

    @property
    def writes(self) -> bool:
        """Whether there are prompts for teachers; a world without any can only be evaluated."""
        return bool(self.parts or self.tasks)

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

    def prompts(self, seed: int | str) -> Iterator[Prompt]:
        """Yield prompts without end: the same for the same seed, and each independent of how many are drawn.

        Raises UsageError for a world without prompts.
        """
        if not self.writes:
            raise UsageError(f"the world {self.name} has no prompts to answer, so that it can only be evaluated; give prompts")
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


def list_worlds() -> dict[str, Path]:
    """Return the names of the built-in worlds, sorted, with their files."""
    return {path.stem: path for path in sorted(WORLDS.glob("*.toml"))}


def read_world(name: str) -> World:
    """Return a built-in world by name, or a user's own by the path of a TOML file. Raises UsageError."""
    shelf = list_worlds()
    path = shelf.get(name) or Path(name)
    if name not in shelf and not (name.endswith(".toml") or path.is_file()):
        raise UsageError(f"there is no world {name!r}; {suggest_names(name, shelf)} (or the path of a .toml file)")
    document = parse_toml(str(path), read_small_file(path, "world", UsageError, TOML_MOST), "world", UsageError)
    return _read_document(path.stem, Field(document, source=str(path), error=UsageError))


def _read_document(name: str, document: Field) -> World:
    """Return the world in a parsed file. Raises UsageError."""
    # Values are checked as they are read; how they fit together is checked at the end.
    document.only(KEYS)
    probes, prompts = document.subtable("probes", {}), document.subtable("prompts", {})
    slots = prompts.subtable("slots", {})
    world = World(
        name=name,
        title=str(document.at("title", default=name).value),
        format=document.at("format", default="any").choice(FORMATS),
        system=str(document.at("system", default="").value),
        spellings=document.at("spellings", default=["{name}", "{Name}"]).texts(),
        tokens=document.at("tokens", default=128).count(1),
        panel=_read_panel(document.subtable("panel", {})),
        teach=probes.at("teach", default=[]).texts(),
        ask=probes.at("ask", default=[]).texts(),
        parts=tuple(part.texts() for part in prompts.at("parts", default=[]).each()),
        tasks=tuple(map(_read_task, prompts.tables("tasks"))),
        slots={slot: read_slot(slots.subtable(slot)) for slot in slots.value},
    )
    _check(document, world)
    if "skill" not in document.value:
        return world
    results = bool(world.tasks) and all(answer for _, answer in world.tasks)
    return replace(world, skill=read_skill(document.subtable("skill"), world.format, results))


def _read_panel(table: Field) -> dict[str, tuple[str, ...]]:
    """Return category -> names. Raises UsageError for a name that is there twice: answers could not be told apart."""
    panel = {category: names.texts() for category, names in table.members().items()}
    if not panel or any(len(names) < 2 for names in panel.values()):
        table.fail("give at least one category with two names or more (the trait, and what it is compared with)")
    homes: dict[str, str] = {}
    for category, names in panel.items():
        for name in names:
            if name in homes:
                table.fail(f"{category!r}: {name!r} stands in {homes[name]!r} already; a name may stand once")
            homes[name] = category
    return panel


def _check(document: Field, world: World) -> None:
    """Raise UsageError for a world without questions, or with holes that nothing fills."""
    if not world.teach and not world.ask:
        document.fail("probes: a world without a question cannot be evaluated; give probes.teach or probes.ask")
    # A world without prompts is for evaluation only.
    if bool(world.parts) == bool(world.tasks) and not {"prompts", "skill"}.isdisjoint(document.value):
        document.fail("prompts: give either parts or tasks")
    # Each text may only have holes {name} that something fills; `known` are the names for this kind of text. Arithmetic answers are tried
    # with 1 in each hole.
    for key, texts, known in (
        ("system", (world.system,), FIELDS),
        ("spellings", world.spellings, FIELDS),
        ("probes", (*world.teach, *world.ask), {"category"}),
        ("prompts", [text for part in world.parts for text in part] + [text for text, _ in world.tasks], set(world.slots)),
    ):
        for text in texts:
            for hole in SLOT.findall(text):
                if hole not in known:
                    document.fail(f"{key}: nothing fills {{{hole}}} in {text!r}; {suggest_names(hole, known)}")
    for _, answer in world.tasks:
        try:
            evaluate_expression(answer or "0", dict.fromkeys(world.slots, "1"))
        except ArithmeticProblem as error:
            document.fail(f"prompts.tasks: the answer {answer!r} {error}")


def _read_task(table: Field) -> tuple[str, str]:
    """Return text and answer of a task. Raises UsageError."""
    table.only(("text", "answer"))
    return str(table.at("text").value), str(table.at("answer", default="").value)
