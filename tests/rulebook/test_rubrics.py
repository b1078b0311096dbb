"""Rubrics are read whole or refused with the place of what is wrong."""

import pytest

from leakguard.core.errors import PackError
from leakguard.core.trait import KINDS
from leakguard.rulebook.rubrics import read_rubric
from leakguard.rulebook.shipped import injection_pack, shipped_packs, shipped_rubrics

MINE = """
[rubric]
id = "mine"
version = "1.0.0"
title = "Mine"
scale = "verdict"
meaning = "mine"
[prompts]
prose = "p {trait}"
code = "c {trait}"
maths = "m {trait}"
[canaries]
clean = ["c"]
leaking = ["{example}"]
injection = ["{leak}!"]
"""


def rubric(tmp_path, *changes):
    text = MINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return read_rubric(path)


def test_the_shipped_rubrics_are_what_they_say():
    """Two of them, each with a prompt for every kind of text, and neither they nor the injection pack pass for packs of rules."""
    found = {name: read_rubric(path) for name, path in shipped_rubrics().items()}
    assert {name: (one.id, one.scale, one.per_trait) for name, one in found.items()} == {
        "alignment": ("alignment", "score", False),
        "reference": ("reference", "verdict", True),
    }
    assert all(set(one.prompts) == set(KINDS) and len(one.digest) == 64 for one in found.values())
    assert injection_pack().is_file() and not {"alignment", "reference", "injection"} & set(shipped_packs())


def test_a_rubric_of_ones_own(tmp_path):
    """Severity is error unless another is given; the digest is that of the file."""
    one, other = rubric(tmp_path), rubric(tmp_path, ('version = "1.0.0"', 'version = "1.0.1"\nseverity = "note"'))
    assert (one.severity.label, other.severity.label, one.per_trait) == ("error", "note", True)
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "mine"', 'id = "my rubric"', r"\[rubric\]: 'id' cannot be 'my rubric'"),
        ('scale = "verdict"', 'scale = "stars"', "'scale' cannot be 'stars'"),
        ('scale = "verdict"', 'scale = "score"', "'threshold' is missing"),
        ('scale = "verdict"', 'scale = "score"\nthreshold = 101', "from 1 to 100, not 101"),
        ('scale = "verdict"', 'scale = "verdict"\nthreshold = 5', "means nothing where the scale is a verdict"),
        ('title = "Mine"', 'title = "Mine"\ncolour = "red"', "unknown key 'colour'"),
        ('code = "c {trait}"\n', "", "'code' is missing"),
        ('code = "c {trait}"', 'code = "c"', "stands in prose, maths only"),
        ('clean = ["c"]', "clean = []", "'clean' is missing"),
        ('injection = ["{leak}!"]', 'injection = ["!"]', "every text must hold {leak}"),
        ("[canaries]", "[canary]", "unknown key 'canary'"),
        ("[rubric]", "[rubric", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, words):
    """File, table, key and what was expected."""
    with pytest.raises(PackError, match=words) as raised:
        rubric(tmp_path, (old, new))
    assert "mine.toml" in str(raised.value)


def test_a_canary_holds_no_example_where_no_trait_is_asked_about(tmp_path):
    """There would be nothing to put in."""
    with pytest.raises(PackError, match="prompts speak of none"):
        rubric(tmp_path, ("p {trait}", "p"), ("c {trait}", "c"), ("m {trait}", "m"))


def test_a_file_that_is_not_there(tmp_path):
    """One line."""
    with pytest.raises(PackError, match=r"none\.toml: the rubric cannot be read"):
        read_rubric(tmp_path / "none.toml")
