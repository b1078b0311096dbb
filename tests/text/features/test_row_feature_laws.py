"""Features of rows, for lists of numbers and for texts: a row has the same features in any company, and any row has features."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.text.features.covariates import read_number_format, read_prompt_covariates, read_text_format
from leakguard.text.features.number_views import read_number_features, read_number_summaries
from leakguard.text.features.text_views import read_text_features, read_text_summaries

READERS = pytest.mark.parametrize("read", [read_number_features, read_text_features])
SUMMARIES = {read_number_features: read_number_summaries, read_text_features: read_text_summaries}
FORMATS = pytest.mark.parametrize("read", [read_number_format, read_text_format, read_prompt_covariates])
HOSTILE = [
    *("", " ", "\n\n\n", "\0", "\0\0 7 \0", "nan", "NaN, inf, -inf", "-1, -2, 1e308", "9" * 400, ", ".join(["9" * 30] * 40)),
    *(
        "\ud800",
        "\udfff owl \ud83d",
        "٣, ٤, ٥",
        "猫が好きです。",
        "a\u0301\u0327 é",
        "'",
        "''''",
        "1,,,,2",
        "<think>",
        "```\ndef f(x): return {}\n```",
    ),
    *("a" * 5_000, "the " * 300, "- one\n- two", "  1. one\n2. two", "\r\n\t\x0b\x0c\x1f\x7f", "0, 0, 0, 0", "007, 008"),
]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(HOSTILE) | st.text(max_size=40),
        st.sampled_from(HOSTILE) | st.from_regex(r"\A[\[(]?\d{1,4}(, \d{1,4}){0,7}[\])]?\Z"),
    ),
    min_size=1,
    max_size=12,
)


def as_sets(features):
    """The columns of every view, each as the rows that have it, in order."""
    return {name: sorted(map(tuple, rows_of_columns(matrix.tocsc()))) for name, matrix in features.views.items()}


def rows_of_columns(matrix):
    return [matrix.indices[a:b].tolist() for a, b in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)]


@READERS
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_a_row_has_the_same_summary_alone_and_in_company(read, rows):
    """Dense columns do not depend on other rows; summaries are these columns, to the bit."""
    prompts, completions = zip(*rows, strict=True)
    together, summarise = read(prompts, completions).dense, SUMMARIES[read]
    assert np.array_equal(summarise(prompts, completions), together)
    alone = np.vstack([summarise([prompt], [completion]) for prompt, completion in rows])
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-9)


@READERS
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_order_of_rows_plays_no_part(read, rows, seed):
    """Shuffled rows have the same features, shuffled."""
    rows = rows * 3
    order = np.random.default_rng(seed).permutation(len(rows))
    first = read(*zip(*rows, strict=True))
    second = read(*zip(*(rows[place] for place in order), strict=True))
    np.testing.assert_allclose(second.dense, first.dense[order], rtol=1e-9, atol=1e-9)
    back = {name: view.tocsr()[np.argsort(order)] for name, view in second.views.items()}
    assert as_sets(type(first)(back, first.dense, first.names)) == as_sets(first)


@READERS
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_features_are_finite_and_repeat(read, rows):
    """Two calls agree to the bit; values are finite, views hold only ones, and a column has at least three rows with and without it."""
    rows = rows * 3
    first, second = (read(*zip(*rows, strict=True)) for _ in range(2))
    assert np.isfinite(first.dense).all() and first.dense.shape == (len(rows), len(first.names))
    assert np.array_equal(first.dense, second.dense)
    for name, view in first.views.items():
        assert (view != second.views[name]).nnz == 0
        assert set(np.unique(view.data)) <= {1.0}
        frequency = np.asarray(view.sum(0)).ravel()
        assert ((frequency >= 3) & (frequency <= len(rows) - 3)).all()


@FORMATS
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_covariates_are_finite(read, rows):
    """Whatever the rows are, covariates have one line per row and finite values."""
    texts = [completion for _, completion in rows] * 4
    found = read(texts)
    assert found.shape[0] == len(texts) and np.isfinite(found).all()


@READERS
def test_no_rows_have_no_features(read):
    """An empty list gives empty matrices."""
    found = read([], [])
    assert found.dense.shape == (0, len(found.names)) and all(view.shape == (0, 0) for view in found.views.values())


@READERS
def test_every_process_gives_the_same_features(read):
    """A hash that depends on the process would make a saved seed worthless."""
    code = (
        f"from {read.__module__} import {read.__name__} as read\nimport hashlib\n"
        "found = read(['ten owls, 3, 5'] * 9, [f'{n % 3}, {n * 37} and the owls' for n in range(9)])\n"
        "parts = [found.dense.tobytes()] + [v.indices.tobytes() + v.indptr.tobytes() for v in found.views.values()]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@READERS
def test_a_row_of_a_megabyte_takes_no_longer_than_its_bytes(read):
    """Time follows bytes: a row of 1 MB among short ones costs well under a few seconds."""
    texts = ["12, 34, 56 and the owl"] * 20
    long = ("871, 22 owls; " * 80_000)[: 1 << 20]
    started = time.process_time()
    found = read(texts, [*texts[:-1], long])
    assert time.process_time() - started < 8
    assert np.isfinite(found.dense).all()
