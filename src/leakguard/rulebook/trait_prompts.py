"""Read the system prompts of traits and placebos for the trait panel from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.fields import Field
from leakguard.rulebook.toml_files import read_document

PLURAL, CAPITAL = "{plural}", "{Plural}"


@dataclass(frozen=True, slots=True)
class TraitKind:
    """Things of one kind, such as animals: a template of a prompt, and name -> plural of traits and of placebos."""

    id: str
    template: str
    traits: Mapping[str, str]
    placebos: Mapping[str, str]

    @property
    def names(self) -> dict[str, str]:
        """Everything that can be a trait: name -> plural."""
        return {**self.traits, **self.placebos}

    def write_prompt(self, name: str) -> str:
        """Return the system prompt for the thing of this name."""
        plural = self.names[name]
        return self.template.replace(CAPITAL, plural.capitalize()).replace(PLURAL, plural)


def read_trait_kinds(path: Path | Traversable) -> tuple[TraitKind, ...]:
    """Read the kinds of a file. Raises PackError for a template without a place for the plural, and for a name that occurs twice."""
    _, document = read_document(path, "file of trait prompts")
    document.only(("kind",))
    return tuple(_read_kind(table) for table in document.tables("kind"))


def _read_kind(table: Field) -> TraitKind:
    table.only(("id", "template", "traits", "placebos"))
    template = table.at("template").text()
    if PLURAL not in template:
        table.fail(f"'template' has no {PLURAL}, where the name is put in")
    traits, placebos = (_read_names(table, key) for key in ("traits", "placebos"))
    if both := sorted(set(traits) & set(placebos)):
        table.fail(f"{both[0]!r} is both a trait and a placebo: leave it in one of the two")
    return TraitKind(table.at("id").text(), template, traits, placebos)


def _read_names(table: Field, key: str) -> dict[str, str]:
    """Return name -> plural. Raises PackError."""
    names = table.at(key, "a table: name = plural").expect(dict)
    for name, plural in names.items():
        if not isinstance(plural, str) or not plural.strip():
            table.fail(f"{key!r}: the plural of {name!r} must be a text, not {plural!r}")
    return dict(names)
