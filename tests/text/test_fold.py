"""Folding: one plain letter or digit for every look-alike, with a map to original offsets."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.fold import FoldTable, fold, fold_character, fold_with_offsets, map_offsets, view_in_logical_order
from leakguard.text.view import make_view

TABLE = FoldTable()
HOSTILE = st.text(
    st.characters(codec=None) | st.sampled_from("6６٦𝟞⑥⁶₆6\u20e3\ufe0f\u200b\u00ad\u202e\u2066\U000e0036éѕеіØ⠼⠋\x1b[;m]\x07"), max_size=40
)


@given(HOSTILE)
def test_folding_is_idempotent(text: str) -> None:
    """Folding a folded text changes nothing."""
    once = fold(text, TABLE)
    assert fold(once, TABLE) == once


@given(HOSTILE)
def test_the_fast_fold_and_the_view_agree(text: str) -> None:
    """`fold` returns the text of `fold_with_offsets`."""
    assert fold_with_offsets(text, TABLE).text == fold(text, TABLE)


@given(HOSTILE)
def test_every_folded_character_knows_what_it_was_written_with(text: str) -> None:
    """Spans of a view are non-empty, in order unless the text was reversed, and contain the original of each character."""
    view = fold_with_offsets(text, TABLE)
    assert all(start < end for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts) or "\u202e" in text
    for index, (start, end) in enumerate(zip(view.starts, view.ends, strict=True)):
        folded = fold(text[start:end], TABLE)
        assert view.text[index] in folded or view.text[index] == "^"


@given(HOSTILE)
def test_the_offset_map_agrees_with_the_view(text: str) -> None:
    """Spans lead to the same places and name the same disguises, whether a view was built or not."""
    view, way = fold_with_offsets(text, TABLE), map_offsets(text, TABLE)
    for start in range(len(view.text)):
        for end in range(start + 1, min(start + 4, len(view.text)) + 1):
            assert (way.original_span(start, end), way.name_disguise(start, end)) == (
                view.original_span(start, end),
                view.name_disguise(start, end),
            )


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_left_alone(text: str) -> None:
    """Plain text is unchanged, at its own offsets."""
    assert fold(text, TABLE) == text
    assert list(fold_with_offsets(text, TABLE).starts) == list(make_view(text).starts)


def test_every_character_folds_to_something_that_stays() -> None:
    """Over all of Unicode, the folding of a character folds to itself."""
    folded = ((c, fold_character(c)) for c in map(chr, range(sys.maxunicode + 1)))
    assert [c for c, once in folded if once != c and "".join(map(fold_character, once)) != once] == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("６６６", "666"),
        ("٦٦٦", "666"),
        ("६६६", "666"),
        ("๖๖๖", "666"),
        ("𝟔𝟞𝟲", "666"),
        ("⑥❻⓺", "666"),
        ("⁶⁶⁶", "666"),
        ("6️⃣6️⃣6️⃣", "666"),
        ("6\u200b6\u00ad6", "666"),
        ("3\U000e00209", "39"),
        ("8́8́", "88"),
        ("⠼⠋⠋⠋", "666"),
        ("⠼\x01⠋\u200b⠋⠋", "666"),
        ("⑩⑪", "1011"),
        ("666²", "666^2"),
        ("Ⅷ", "VIII"),
        ("síég héíl", "sieg heil"),
        ("ѕіеg һеіӏ", "sieg heil"),
        ("ⓢⓘⓔⓖ", "sieg"),
        ("🇸🇮🇪🇬", "SIEG"),
        ("ᴢᴏɢ", "zog"),
        ("ｏｗｌ", "owl"),
        ("2–1—1", "2-1-1"),
        ("a\u00a0b", "a b"),
        ("猫头鹰 フクロウ 육백", "猫头鹰 フクロウ 육백"),
        ("½", "½"),
    ],
)
def test_what_is_written_is_read(written: str, read: str) -> None:
    """Look-alikes fold to what they look like; other scripts stay."""
    assert fold(written, TABLE) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\x1b[31mheil\x1b[0m hitler", "heil hitler"),
        ("6\x1b[1;38;5;196m6\x1b[m6", "666"),
        ("\x1b]8;;https://a.b\x1b\\an owl\x1b]8;;\x07", "an owl"),
        ("[31m666", "[31m666"),
    ],
)
def test_orders_to_a_terminal_are_no_letters(written: str, read: str) -> None:
    """Terminal escape sequences are removed; text that only looks like one stays."""
    assert fold(written, TABLE) == read


@given(HOSTILE)
def test_text_under_an_override_is_also_read_as_it_is_stored(text: str) -> None:
    """The view in stored order has the same characters as the one in displayed order, with their original positions."""
    view, shown = view_in_logical_order(text, TABLE), fold_with_offsets(text, TABLE)
    assert (view is None) == ("\u202e" not in text)
    if view:
        assert sorted(view.text) == sorted(shown.text)
        assert [shown.text[start] for start in view.starts] == list(view.text)
        assert [shown.starts[start] for start in view.starts] == sorted(shown.starts)
