"""Sparse views against a plain count, and the hash of keys."""

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.text.features.sparse_views import SparseView, mix_keys, share_rows
from leakguard.text.packed_pairs import sort_distinct

PAIRS = st.lists(st.tuples(st.integers(0, 19), st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)), max_size=120)


@settings(deadline=None)
@given(pairs=PAIRS, more=PAIRS)
def test_a_view_counts_as_a_dictionary_does(pairs, more):
    """The columns are the keys that 3 to 17 of 20 rows have; equal keys of two kinds are two features."""
    view = SparseView(20)
    plain = {}
    for kind, part in enumerate((pairs, more)):
        view.add(kind, np.array([row for row, _ in part], np.int64), np.array([key for _, key in part], np.int64))
        for row, key in part:
            plain.setdefault((kind, key), set()).add(row)
    matrix = view.build()
    columns = sorted(tuple(np.flatnonzero(column)) for column in matrix.toarray().T)
    assert columns == sorted(tuple(sorted(rows)) for rows in plain.values() if 3 <= len(rows) <= 17)


@given(keys=st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=200), salt=st.integers(0, 1000))
def test_different_keys_get_different_hashes(keys, salt):
    """The hash is a bijection, so two keys of one kind are never one; no warning of an overflow appears."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(set(mix_keys(np.array(keys, np.int64), salt).tolist())) == len(keys)


@given(values=st.lists(st.integers(0, 2**64 - 1), max_size=50))
def test_distinct_values_come_in_order(values):
    """As a sorted set."""
    assert sort_distinct(np.array(values, np.uint64)).tolist() == sorted(set(values))


def test_shares_of_many_rows_are_exact():
    """A feature of all but three of 100,000 rows has a share below 1, and the shares of all features are counts over rows."""
    view = SparseView(100_000)
    view.add(0, np.arange(99_997), np.zeros(99_997, np.int64))
    view.add(0, np.arange(10), np.ones(10, np.int64))
    assert sorted(share_rows(view.build()).tolist()) == [10 / 100_000, 99_997 / 100_000]
