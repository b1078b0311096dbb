"""The reference directions: they name summaries that exist, weigh as they say, and are no condition for anything."""

import numpy as np
import pytest

from audit_rows import FAST, number_rows
from leakguard.leaktests.components import plan_numbers
from leakguard.leaktests.content import run_content_test
from leakguard.leaktests.direction import Direction, score_words
from leakguard.leaktests.reference_directions import REFERENCE_DIRECTIONS
from leakguard.leaktests.statistics import expand_ranks, rank_columns
from leakguard.text.features import number_views, text_views
from leakguard.text.features.token_lists import TokenLists


@pytest.mark.parametrize(("kind", "names"), [("numbers", number_views.DENSE), ("text", text_views.DENSE)])
def test_every_summary_has_weights(kind, names):
    """In the order of the summaries, so that no column is left behind by a new name."""
    assert tuple(REFERENCE_DIRECTIONS[kind].summaries) == names


def test_words_are_tokens():
    """Each word of the table is one token in lower case, so that it is found."""
    words = REFERENCE_DIRECTIONS["text"].words
    assert len(words) == 2_000
    assert TokenLists(list(words)).counts.tolist() == [1] * 2_000
    np.testing.assert_allclose(score_words(words, [word.title() for word in words]), list(words.values()))


def test_words_count_once_per_text():
    """Twice the same word, words without weight, and none."""
    assert score_words({"owl": 2.0, ",": -1.0}, ["Owl, owl,", "An owl's", "", "owl"]).tolist() == [1.0, 0.0, 0.0, 2.0]
    assert score_words({}, ["a", "b"]).tolist() == [0, 0]


def test_the_component_is_the_squared_difference_along_the_direction():
    """Against the sum over ranks, squares, absolute values and words by name."""
    rng = np.random.default_rng(1)
    rows = number_rows(50, rng)
    features = number_views.read_number_features(rows.prompts, rows.completions)
    direction = Direction({"first": (1.0, 0.5, 0.0), "digit sum": (0.0, 0.0, -2.0)}, {"[": 3.0})
    labels = rng.standard_normal((50, 3)).astype(np.float32)
    parts = plan_numbers(features, (direction, rows.completions))
    found = parts.score(labels)[list(parts.weights).index("reference")]
    columns = expand_ranks(rank_columns(features.dense)).reshape(50, 3, -1)
    first, digits = (number_views.DENSE.index(name) for name in direction.summaries)
    along = columns[:, 0, first] + 0.5 * columns[:, 1, first] - 2 * columns[:, 2, digits]
    along = along + 3 * np.array(["[" in text for text in rows.completions])
    along -= along.mean()
    np.testing.assert_allclose(found, (along @ labels) ** 2 / (along**2).sum(), rtol=1e-3)


def test_without_directions_the_test_runs_on_the_other_components():
    """As for kinds of rows that no direction was fitted for."""
    rng = np.random.default_rng(2)
    found = run_content_test(number_rows(100, rng, tilt=0.6), number_rows(100, rng), FAST, {})
    assert "numbers: reference" not in found.components
    assert found.p_value <= 0.05
