"""The readable table: what was planted stands on top with its shares, and without a difference there is rarely a line."""

from dataclasses import replace

import numpy as np
import pytest

from audit_rows import FAST, as_rows, number_rows, text_rows
from leakguard.leaktests.content import run_content_test


def plant(rows, extra, rng, chance):
    return as_rows(
        [(prompt, extra(text) if rng.random() < chance else text) for prompt, text in zip(rows.prompts, rows.completions, strict=True)]
    )


def test_a_planted_number_is_the_first_line():
    """Instead of the last number, 777 in a third of the rows; the shares are those of the rows."""
    rng = np.random.default_rng(1)
    data = plant(number_rows(200, rng, layout=1), lambda text: text.rpartition(",")[0] + ", 777", rng, 0.3)
    found = run_content_test(data, number_rows(200, rng, layout=1), FAST)
    assert found.features[0].text in ("the number 777", "a number of one repeated digit (77)")
    line = next(one for one in found.features if one.text == "the number 777")
    assert line.data == pytest.approx(np.mean(["777" in text for text in data.completions])) and line.is_share
    assert line.p_value <= 0.01
    assert len(found.features) <= 20


def test_a_planted_word_is_named():
    """Words and first words are written out, with what they are. The word has as many letters as the one that it replaces."""
    rng = np.random.default_rng(2)
    data = plant(text_rows(200, rng), lambda text: "Surely" + text[6:], rng, 0.3)
    found = run_content_test(data, text_rows(200, rng), FAST)
    assert {"'surely'", "'surely' at the beginning"} <= {one.text for one in found.features}


def test_without_a_difference_lines_are_rare():
    """The table has any line at all in about one of twenty cases."""
    rng = np.random.default_rng(3)
    tables = [run_content_test(number_rows(60, rng), number_rows(60, rng), replace(FAST, seed=seed)).features for seed in range(60)]
    assert sum(bool(table) for table in tables) <= 8
