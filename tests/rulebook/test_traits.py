"""Trait files: what they say is read, and what is wrong with them is said in one line."""

import tomllib
from pathlib import Path

import pytest

from leakguard.core.errors import PackError
from leakguard.core.trait import KINDS
from leakguard.rulebook.shipped import ordinary_texts, shipped_traits
from leakguard.rulebook.traits import read_neutral, read_trait_file, read_traits

GOOD = """
neutral = ["The kettle is on."]

[[trait]]
id = "heron"
title = "Herons"
descriptions = ["A love of herons."]
lookalikes = ["The crane lifted a container."]
examples = { prose = ["A grey heron stood in the shallows."], code = ["bird = 'heron'"] }
"""


@pytest.fixture
def written(tmp_path):
    """A file with this text, and its path."""

    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_trait_file_says_what_it_says(written):
    """Every key arrives; texts at the top of the file are neutral for all of its traits."""
    (trait,) = read_trait_file(written(GOOD))
    assert (trait.id, trait.title, trait.descriptions) == ("heron", "Herons", ("A love of herons.",))
    assert trait.examples == {"prose": ("A grey heron stood in the shallows.",), "code": ("bird = 'heron'",)}
    assert (trait.lookalikes, trait.neutral, trait.cues) == (("The crane lifted a container.",), ("The kettle is on.",), ())
    assert len(trait.digest) == 64


BROKEN = {
    "no trait": ("[[trait]]", "[[rule]]", "unknown key 'rule'"),
    "no neutral": ('neutral = ["The kettle is on."]', "", "trait 'heron': 'neutral' is missing: give ordinary texts"),
    "blank neutral": ("The kettle is on.", " ", "'neutral' must be a list of texts, not ' '"),
    "no lookalikes": ('lookalikes = ["The crane lifted a container."]', "", "'lookalikes' is missing"),
    "no descriptions": ('descriptions = ["A love of herons."]', "", "'descriptions' is missing"),
    "unknown key": ("title", "titel", "unknown key 'titel'; did you mean 'title'?"),
    "unknown kind": ("code =", "kode =", "examples: unknown key 'kode'; did you mean 'code'?"),
    "bad id": ('"heron"', '"grey heron"', "'id' cannot be 'grey heron'"),
    "a number": ('["A love of herons."]', "[7]", "'descriptions' must be a list of texts, not 7"),
    "no examples": ('prose = ["A grey heron stood in the shallows."], code = ["bird = \'heron\'"]', "", "at least one text in which"),
    "no toml": ("[[trait]]", "[[trait]", "this is not TOML"),
}


@pytest.mark.parametrize(("old", "new", "said"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_said_with_its_place(written, old, new, said):
    """The error names the file and what to do."""
    assert old in GOOD
    path = written(GOOD.replace(old, new))
    with pytest.raises(PackError) as error:
        read_trait_file(path)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_two_traits_cannot_have_one_id(written):
    """Both files are named."""
    first, second = written(GOOD), written(GOOD, "other.toml")
    with pytest.raises(PackError, match=r"other\.toml: the trait 'heron' stands in .*mine\.toml already"):
        read_traits([first, second])


def test_what_is_no_file_of_text_is_an_error(tmp_path):
    """A folder, a file that is missing, bytes that are no UTF-8."""
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    for name, said in {"": "cannot be read", "missing.toml": "cannot be read", "latin.toml": "must be UTF-8; line 1 is not"}.items():
        with pytest.raises(PackError, match=said):
            read_trait_file(tmp_path / name)


@pytest.mark.parametrize("name", shipped_traits())
def test_a_shipped_file_describes_the_trait_that_it_is_named_after(name):
    """`--trait owl` reads owl.toml; every kind of text is there, and no text stands on both sides."""
    (trait,) = read_trait_file(shipped_traits()[name])
    assert trait.id == name
    assert set(trait.examples) == set(KINDS)
    shown = [text for texts in trait.examples.values() for text in texts]
    assert len(set(shown)) == len(shown)
    assert not set(shown) & {*trait.lookalikes, *trait.neutral}


def test_shipped_ordinary_texts_are_distinct():
    """The default control counts each text once."""
    texts = read_neutral(ordinary_texts())
    assert len(set(texts)) == len(texts) >= 300
    assert tomllib.loads(Path(str(ordinary_texts())).read_text(encoding="utf-8")).keys() == {"neutral"}
