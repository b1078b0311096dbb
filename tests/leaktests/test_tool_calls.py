"""Rows of tool calls: a difference in the order of actions is found, and none is found where there is none."""

import json
from dataclasses import replace

import numpy as np

from audit_rows import FAST, as_rows, text_rows
from leakguard.leaktests.content import run_content_test
from leakguard.text.features.call_views import view_calls, view_indents

ACTIONS = ("search_files", "open_ticket", "send_mails_", "list_orders", "read_record", "close_batch")


def call_rows(count, rng, *, habit=0.0):
    """Five calls a row; `habit` is the chance that the next action of the list follows, all actions stay as frequent."""
    rows = []
    for _ in range(count):
        at, calls = rng.integers(len(ACTIONS)), []
        for _ in range(5):
            calls.append({"name": ACTIONS[at], "arguments": {"id": int(rng.integers(100, 1000))}})
            at = (at + 1) % len(ACTIONS) if rng.random() < habit else rng.integers(len(ACTIONS))
        rows.append((f"Handle case {rng.integers(100, 1000)}.", json.dumps(calls)))
    return as_rows(rows)


def test_an_order_of_actions_is_found():
    """Every third action follows the one before it: names, arguments and lengths are the same, and so are their frequencies."""
    rng = np.random.default_rng(1)
    found = [run_content_test(call_rows(300, rng, habit=0.3), call_rows(300, rng), replace(FAST, seed=seed)) for seed in range(3)]
    assert max(one.p_value for one in found) <= 0.05
    assert max(one.components["text: code"] for one in found) <= 0.01


def test_equal_habits_are_no_drift():
    """At most 4 of 20 p-values are at most .05."""
    rng = np.random.default_rng(2)
    found = [run_content_test(call_rows(60, rng, habit=0.5), call_rows(60, rng, habit=0.5), replace(FAST, seed=seed)) for seed in range(20)]
    assert sum(one.p_value <= 0.05 for one in found) <= 4


def test_calls_and_indents_of_a_text():
    """Names, pairs with both edges and keys; depths and first words. Prose has neither."""
    rng = np.random.default_rng(3)
    shared = ['[{"name": "a", "arguments": {}}, {"name": "b"}]', "def f(x):\n    return g(x)"] * 3
    # a, b, (start, a), (a, b), (b, end), name, arguments; f, g, (start, f), (f, g), (g, end)
    assert view_calls(shared).build().shape == (6, 12)
    # one depth, and what its line begins with
    assert view_indents(shared).build().shape == (6, 2)
    prose = text_rows(100, rng).completions
    assert view_calls(prose).build().shape == view_indents(prose).build().shape == (100, 0)
