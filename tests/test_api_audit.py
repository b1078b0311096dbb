"""`leakguard.audit` from Python: rows in memory and paths give the same answer."""

import json
from dataclasses import replace

import numpy as np
import pytest

import leakguard
from audit_rows import number_rows
from leakguard.core.audit import LeakVerdict
from leakguard.core.errors import UsageError


def dicts(rows):
    return [{"prompt": prompt, "completion": text} for prompt, text in zip(rows.prompts, rows.completions, strict=True)]


def test_rows_and_files_give_the_same_result(tmp_path):
    """The verdict and its figures depend on the rows alone."""
    rng = np.random.default_rng(3)
    data, control = dicts(number_rows(120, rng, tilt=1.0)), dicts(number_rows(120, rng))
    for name, rows in (("data", data), ("control", control)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    held = leakguard.audit(data, control, rounds=299)
    read = leakguard.audit(tmp_path / "data.jsonl", tmp_path / "control.jsonl", rounds=299)
    assert held.result == read.result
    assert held.verdict == "drift" and held.exit_code == 1
    assert not held and not held.ok and repr(held).startswith("<AuditReport: drift, exit code 1, p 0.00")
    with pytest.raises(leakguard.NotClean, match=r"the verdict is drift \(exit code 1: found\)"):
        held.raise_for_status()
    (line,) = held.to_pandas().to_dict("records")
    assert (line["test"], line["verdict"], line["effect"]) == ("content", "drift", held.result.effect)
    assert held.to_dict()["exit_code"] == 1 and held.to_html().startswith("<!doctype html>") and "<b>Drift</b>" in held._repr_html_()


@pytest.mark.parametrize(
    ("verdict", "unreadable", "ok"),
    [("no-drift-found", 0, True), ("no-drift-found", 1, False), ("underpowered", 0, False), ("not-comparable", 0, False)],
)
def test_an_audit_is_true_only_with_exit_code_0(verdict, unreadable, ok):
    """A verdict that is none, and rows that could not be read, are not true, and raise."""
    rows = dicts(number_rows(60, np.random.default_rng(4)))
    found = leakguard.audit(rows[:30], rows[30:], rounds=299)
    found = replace(found, result=replace(found.result, verdict=LeakVerdict(verdict)), data=replace(found.data, unreadable=unreadable))
    assert bool(found) == found.ok == (found.exit_code == 0) == ok
    if ok:
        found.raise_for_status()
    else:
        with pytest.raises(leakguard.NotClean, match=verdict):
            found.raise_for_status()


def test_keywords_of_the_test_are_settings():
    """An unknown keyword is refused; a value that cannot be is named as the keyword was given."""
    rows = dicts(number_rows(40, np.random.default_rng(5)))
    with pytest.raises(leakguard.LeakguardError, match="tolerances=: there is no such option"):
        leakguard.audit(rows[:20], rows[20:], tolerances=0.6)
    with pytest.raises(leakguard.LeakguardError, match="most_rows"):
        leakguard.audit(rows[:20], rows[20:], most_rows=1)


@pytest.mark.parametrize("side", ["data", "control"])
@pytest.mark.parametrize("value", [None, 5, {"text": "1"}])
def test_anything_but_rows_is_refused_by_the_name_of_its_argument(side, value):
    """The message says what to give."""
    rows = [{"text": "1, 2, 3"}] * 30
    with pytest.raises(UsageError, match=f"^{side}: .*give "):
        leakguard.audit(**{"data": rows, "control": rows, side: value})
