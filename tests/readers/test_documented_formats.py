"""Every format that trainers and services document is read: which strings are looked at, where they stand, and how they are redacted."""

import re
from pathlib import Path

import orjson
import pytest
from row_parsing import parse

from leakguard.outputs.redaction import redact_line
from service_formats import SERVICES
from trainer_formats import TRAINERS

PHRASE = "We painted 1488 on it."
FORMATS = [*TRAINERS, *SERVICES]
ROWS = [pytest.param(row, looked, id=f"{trainer}, {name}") for trainer, name, _, row, looked in FORMATS]
PAGE = Path(__file__).parents[2] / "docs" / "reading.md"


def list_strings(value, path=()):
    """The path of every string in a value, keys and positions."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from list_strings(item, (*path, key))


def replace_string(value, path, text):
    """The value with another string at a path."""
    if not path:
        return text
    copy = value.copy()
    copy[path[0]] = replace_string(value[path[0]], path[1:], text)
    return copy


def format_path(path):
    """A path as findings name it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def format_field(place):
    """A place as reports name the field, with [*] for any position."""
    return re.sub(r"\[\d+\]", "[*]", place)


@pytest.mark.parametrize(("row", "looked"), ROWS)
def test_documented_formats(row, looked):
    """The strings that a model is trained to write are looked at and no others, in one row as in a block of many."""
    other = {"text": "A row of another shape."}
    for rows in ([row], [row] * 3, [row, other, row], [other, row]):
        batch = parse(*rows)
        assert not batch.unreadable
        mine = [text for text, owner in enumerate(batch.owners) if rows[owner] is row]
        assert [batch.place(text)[1] for text in mine] == looked * rows.count(row)


@pytest.mark.parametrize(("row", "looked"), ROWS)
def test_no_string_of_them_passes_in_silence(row, looked):
    """A phrase planted in any string is looked at, or its field is named, or the role is that leaves it out; with all roles it is looked at."""
    for path in list_strings(row):
        new = replace_string(row, path, PHRASE)
        batch = parse(new)
        assert not batch.unreadable
        unscanned = batch.unscanned
        field = format_field(format_path(path))
        named = field in unscanned.prose or any(name.startswith("roles: ") for name in unscanned.left_out)
        assert named or any(PHRASE in text for text in batch.texts)
        assert any(PHRASE in text for text in parse(new, roles="all").texts)


@pytest.mark.parametrize(("row", "looked"), ROWS)
def test_what_is_looked_at_can_be_redacted(row, looked):
    """The span of a text leads back to its string in the row, and to no other; only what was put together from an object cannot be cut."""
    batch = parse(row)
    line = orjson.dumps(row)
    paths = {format_path(path): path for path in list_strings(row)}
    for number, text in enumerate(batch.texts):
        place = batch.place(number)[1]
        cut = redact_line(line, {place: (text, [(0, len(text))])}, "[redacted]")
        if place in paths:
            assert cut is not None and orjson.loads(cut) == replace_string(row, paths[place], "[redacted]")
        else:
            assert cut is None


def format_table():
    """The table of docs/reading.md, as it follows from these formats."""
    lines = ["| trainer or service | documented format | columns | scanned |", "|---|---|---|---|"]
    for trainer, name, columns, _, looked in FORMATS:
        places = ", ".join(dict.fromkeys(f"`{format_field(place)}`" for place in looked))
        lines.append(f"| {trainer} | {name} | {columns} | {places or 'nothing: there are only prompts'} |")
    return "\n".join(lines)


def test_the_documentation_has_the_same_table():
    """The page lists exactly these formats."""
    assert format_table() in PAGE.read_text()


def test_tokenised_rows_say_what_to_do():
    """A row of tokens holds no text and says so."""
    (entry,) = parse({"input_ids": [271, 299], "attention_mask": [1, 1], "labels": [271, -100]}).unreadable
    assert entry.detail.endswith("'input_ids' holds tokens, not text: scan the text that was tokenized")
