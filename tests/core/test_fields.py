"""Fields: what each reader of a value accepts, and the place that its error names."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import UsageError
from leakguard.core.fields import Field

FILE = "a.toml"


@dataclass(frozen=True)
class Plan:
    """Defaults as a table changes them."""

    name: str = "x"
    noise: str = "plain"
    held_out: int = 20
    rate: float = 0.5
    arms: tuple[str, ...] = ()


def toml(**values):
    return Field(values, source=FILE, error=UsageError)


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (lambda field: field.count(), -1, "'k' must be a whole number, 0 or more, not -1"),
        (lambda field: field.count(1), 0, "'k' must be a whole number, 1 or more, not 0"),
        (lambda field: field.count(1, 10_000), 10_001, "'k' must be a whole number from 1 to 10,000, not 10001"),
        (lambda field: field.count(), True, "'k' must be a whole number, 0 or more, not True"),
        (lambda field: field.count(), 1.0, "'k' must be a whole number, 0 or more, not 1.0"),
        (lambda field: field.number(), math.nan, "'k' must be a number, not nan"),
        (lambda field: field.number(), -math.inf, "'k' must be a number, not -inf"),
        (lambda field: field.number(), 10**400, "'k' must be a number, not 1000"),
        (lambda field: field.share(), 1.5, "'k' must be a share from 0 to 1, not 1.5"),
        (lambda field: field.bounds(), [2, 1], "'k' must be two whole numbers [from, to] in ascending order, not [2, 1]"),
        (lambda field: field.bounds(), [1], "'k' must be two whole numbers [from, to] in ascending order, not [1]"),
        (lambda field: field.bounds(), [1, 2, 3], "'k' must be two whole numbers [from, to] in ascending order, not [1, 2, 3]"),
        (lambda field: field.bounds(), [1.5, 2], "'k' must be a whole number, not 1.5"),
        (lambda field: field.bounds(0, 9), [1, 10], "'k' must be a whole number from 0 to 9, not 10"),
        (lambda field: field.bounds(), 1, "'k' must be two whole numbers [from, to], not 1"),
        (lambda field: field.texts(), ["a", ""], "'k' must be a list of texts, not ''"),
        (lambda field: field.choice(["raw", "base"]), "rwa", "'k' cannot be 'rwa'; did you mean 'raw'? Valid: raw, base"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(read, value, said):
    with pytest.raises(UsageError) as error:
        read(toml(k=value).at("k"))
    assert str(error.value).startswith(f"{FILE}: {said}")


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_bounds_are_those_in_order_and_inside(first, last, least, most):
    field = Field([first, last])
    if least <= first <= last <= most:
        assert field.bounds(least, most) == (first, last)
    else:
        with pytest.raises(ValueError, match="expected"):
            field.bounds(least, most)


def test_numbers_keep_their_value():
    assert (Field(3).count(3, 3), Field(3).number(), Field(1).share(), Field([-5, 5]).bounds()) == (3, 3.0, 1, (-5, 5))


def test_a_table_changes_the_fields_that_it_sets():
    """Keys have - for _; a number keeps the type that it has in the file; lists are left to others."""
    changed = toml(**{"held-out": 0, "rate": 1, "noise": "loud", "arms": ["raw"]}).changes(
        Plan(), {"noise": ("plain", "loud")}, {"held_out": 0}
    )
    assert changed == {"held_out": 0, "rate": 1, "noise": "loud"} and type(changed["rate"]) is int
    assert toml().changes(Plan(), {}, {}) == {}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nmae": "y"}, "unknown key 'nmae'; did you mean 'name'?"),
        ({"held_out": 1}, "unknown key 'held_out'; did you mean 'held-out'?"),
        ({"name": 1}, "'name' must be a text, not 1"),
        ({"noise": "lod"}, "'noise' cannot be 'lod'; did you mean 'loud'?"),
        ({"noise": 1}, "'noise' cannot be 1; valid: plain, loud"),
        ({"held-out": 0}, "'held-out' must be a whole number, 1 or more, not 0"),
        ({"held-out": 1.0}, "'held-out' must be a whole number, 1 or more, not 1.0"),
        ({"rate": 0.0}, "'rate' must be a number, 1e-09 or more, not 0.0"),
        ({"rate": math.inf}, "'rate' must be a number, 1e-09 or more, not inf"),
    ],
)
def test_a_table_with_a_wrong_value_changes_nothing(values, said):
    with pytest.raises(UsageError) as error:
        toml(**values).changes(Plan(), {"noise": ("plain", "loud")}, {"rate": 1e-9})
    assert str(error.value).startswith(f"{FILE}: {said}")


def test_tables_inside_tables_are_named_by_their_headers():
    document = toml(a={"b": {"k": "x"}}, row=[{"id": "one", "k": "x"}, {"k": "x"}])
    places = [document.subtable("a").subtable("b"), *document.tables("row"), *document.subtable("a").members().values()]
    assert [place.source for place in places] == ["a.toml: [a]: [b]", "a.toml: row 'one'", "a.toml: [[row]] number 2", "a.toml: [a]"]
    assert document.tables("none") == [] and document.subtable("none", {}).value == {}


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda document: document.subtable("a"), "'a' must be a table [a], not 1"),
        (lambda document: document.subtable("b"), "'b' is missing: expected a table [b]"),
        (lambda document: document.tables("a"), "'a' must be a list of [[a]] tables, not 1"),
        (lambda document: document.tables("rows"), "'rows' must be a list of [[rows]] tables"),
    ],
)
def test_what_is_no_table_is_said(read, said):
    with pytest.raises(UsageError) as error:
        read(toml(a=1, rows=[{}, 5]))
    assert str(error.value) == f"{FILE}: {said}"


def test_members_of_json_are_named_by_their_path():
    """Also those of the document itself."""
    document = Field({"a": {"b": [1, "x"]}})
    assert [member.place for member in (*document.members().values(), *document.at("a").members().values())] == ["a", "a.b"]
    with pytest.raises(ValueError, match=r"a\.b\[1\]: expected a whole number, 0 or more, not 'x'"):
        [entry.count() for entry in document.at("a").at("b").each()]
