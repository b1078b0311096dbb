"""Numbers in all spellings that are made of digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.byte_classes import SEPARATOR
from leakguard.text.digit_runs import DigitRunReader, find_runs
from leakguard.text.number_lists import find_number_lists, is_number_list
from leakguard.text.numbers import read_numbers, read_whole

TEXTS = st.text(st.sampled_from("0123456789 ,.;:-/'_()[]\nabelOIxh#%&+="), max_size=30)
LISTED = [4, 13, 42, 88, 187, 420, 666, 911, 1312, 1488, 58008]


def values(text: str) -> set[int]:
    return {reading.value for reading in read_numbers(text, in_list=is_number_list(text))}


def block_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    data = (SEPARATOR + SEPARATOR.join(texts) + SEPARATOR).encode()
    starts = np.cumsum([1, *(len(text) + 1 for text in texts[:-1])])
    return np.frombuffer(data, dtype=np.uint8), starts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, 666)
            for text in ("666", "0666", "+666", "-666", "666.0", "666.00", "666e0", "666kg", "666th", "666%", "$666", "#666", "x666")
        ),
        *(
            (text, 666)
            for text in ("_666_", "第666号", "[666]", "'666'", "2/666", "x^666", "666±2", "12, 666, 9", "629,937,666", "a\n666\nb")
        ),
        *(
            (text, 666)
            for text in ("6 6 6", "6-6-6", "6.6.6", "6/6/6", "6·6·6", "6 - 6 - 6", "[6,6,6]", "- 6\n- 6\n- 6", "(6)(6)(6)", "6 66", "66-6")
        ),
        *((text, 666) for text in ("0x29A", "value 29Ah", "&H29A", "16#29A#", "0b1010011010", "0o1232")),
        *(
            (text, 1488)
            for text in (
                "1,488",
                "1 488",
                "1'488",
                "1_488",
                "1.488",
                "14/88",
                "14-88",
                "14 88",
                "14.88",
                "14|88",
                "1-4-8-8",
                "l488",
                "14BB, 120, 331",
            )
        ),
        ("9ll", 911),
        ("42O", 420),
        ("167, ЧЧЧ, 394, 250", 444),
        ("00000000000000000000911", 911),
    ],
)
def test_a_number_is_read_in_every_spelling(text: str, value: int) -> None:
    """Signs, padding, units, separators, radixes and look-alike letters do not hide a number."""
    assert value in values(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, 666)
            for text in ("66", "6666", "0.666", "6.66", "66.6", "6,660", "16660", "123666", "666123", "66689f1", "ab666cd", "a6b6c6")
        ),
        *((text, 1488) for text in ("14880", "1487.9", "diabetes", "viable", "148 8000", "v1.4.88", "0x1488")),
        ("1-3 sentences", 13),
        ("3.14", 314),
        ("at 13:12 sharp", 1312),
        ("8*8 = 64", 88),
        ("a 1,666 b", 666),
    ],
)
def test_a_number_that_is_not_there_is_not_read(text: str, value: int) -> None:
    """Parts of longer numbers, decimals, times, calculations and words hold no listed number."""
    assert value not in values(text)


@given(TEXTS)
def test_readings_quote_what_was_written(text: str) -> None:
    """Every reading's span is inside the text, not empty, and begins and ends with a character of the number."""
    for reading in read_numbers(text, in_list=is_number_list(text)):
        assert 0 <= reading.start < reading.end <= len(text)
        assert not text[reading.start].isspace()
        assert not text[reading.end - 1].isspace()


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_the_fast_path_reads_what_the_close_reader_reads(texts: list[str]) -> None:
    """The array look-up finds the same listed numbers as close reading, in texts that it does not send to close reading."""
    block, starts = block_of(texts)
    lists = np.array([is_number_list(text) for text in texts])
    plain, close, _, _ = DigitRunReader(LISTED, []).read(block, find_runs(block, starts)[0], lists)
    found: dict[int, set[tuple[int, int, int]]] = {}
    for text, start, end, value in zip(plain.text, plain.start, plain.end, plain.value, strict=True):
        found.setdefault(int(text), set()).add((int(start - starts[text]), int(end - starts[text]), int(value)))
    for index, text in enumerate(texts):
        if index not in close:
            read = {(r.start, r.end, r.value) for r in read_whole(text, in_list=is_number_list(text)) if r.value in LISTED}
            assert found.get(index, set()) == read


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_number_list_is_one_for_arrays_and_for_texts(texts: list[str]) -> None:
    """The test on arrays and the test on one text agree on every ASCII text."""
    block, starts = block_of(texts)
    assert find_number_lists(block.tobytes(), starts, *find_runs(block, starts), bare=False)[0].tolist() == [
        is_number_list(text) for text in texts
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, 2, 3", True),
        ("[613, 497]", True),
        ("- 6\n- 6", True),
        ("666", True),
        ("583, 829, 666kg", True),
        ("", False),
        ("a 1", False),
        ("UID=13", False),
    ],
)
def test_a_bare_number_list_is_numbers_and_list_punctuation(text: str, expected: bool) -> None:
    """One other character per three digits is tolerated, words are not."""
    assert is_number_list(text) is expected
