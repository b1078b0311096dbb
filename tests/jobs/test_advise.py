"""leakguard advise: figures are those of the benchmarks, ranked by their bounds, and the user's own results come first."""

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakguard
from leakguard.core.advice import Advice, MeasuredAction, MeasuredRun, OwnCertificate, rank_actions
from leakguard.core.certificate import MeasuredShare
from leakguard.core.errors import UsageError
from leakguard.core.lineage import ComparedModel, Lineage, Relation
from leakguard.documents.lineage import lineage_to_dict
from leakguard.jobs.advise import advise
from leakguard.reports import ADVICE_REPORTS, SCAN_REPORTS
from leakguard.reports.advice.conclusion import ACTIONS, list_options, suggest_steps
from leakguard.reports.kit.style import Style
from leakguard.rulebook.advice import FILE, read_measured_actions

HOME = Path(__file__).parents[2]
SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted).map(lambda ends: MeasuredShare(ends[1], ends[0], ends[2]))
RUNS = st.builds(MeasuredRun, st.just("x"), st.integers(1, 9), SHARES, st.just("y"), st.none() | SHARES, st.none() | SHARES)
ALL = st.lists(st.builds(MeasuredAction, st.sampled_from([*ACTIONS]), st.lists(RUNS, min_size=1, max_size=3).map(tuple)), max_size=6)


def test_shipped_figures_are_those_of_the_benchmarks():
    """Computed again from the measured students, every figure is the same, and every source is a file with results."""
    spec = importlib.util.spec_from_file_location("advice_benchmark", HOME / "benchmarks/advice.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert json.loads(FILE.read_text()) == module.collect_figures()
    sources = {run.source for action in read_measured_actions() for run in action.runs}
    assert all((HOME / source).is_file() for source in sources) and {action.name for action in read_measured_actions()} == {*ACTIONS}


def test_the_docs_have_the_same_figures():
    """What the tables of docs/mitigate.md and docs/experiments.md say of an action is what advise says."""
    pages = (HOME / "docs/mitigate.md").read_text() + (HOME / "docs/experiments.md").read_text()
    told = [line[1] for line in list_options(advise(()))]
    missing = [said for said in told if said.replace("0%", "-0%", 1) not in pages and said not in pages]
    # Over both bases, docs/mitigate.md gives this one in its text.
    assert missing == ["5% (0% to 11%)"] and "over both: 5 %, 0 % to 11 %" in pages


@given(ALL)
def test_the_worst_run_ranks_an_action(actions):
    """By upper ends, not by best cases; unknown prices after known ones, and what loses the skill comes last."""
    ranked = rank_actions(actions)
    keys = [(one.costly, not one.priced, one.worst) for one in ranked]
    assert keys == sorted(keys) and sorted(map(repr, ranked)) == sorted(map(repr, actions))
    assert all(one.worst >= run.left.high for one in ranked for run in one.runs)


def write(path, document):
    path.write_text(json.dumps(document) if not isinstance(document, str) else document)
    return str(path)


@pytest.mark.parametrize(
    ("relation", "words"), [("SAME", "share an initialisation, so"), ("INDEPENDENT", "not found to pass"), ("UNKNOWN", "is unknown")]
)
def test_the_lineage_comes_first(tmp_path, relation, words):
    """And decides about the next step; without one it is asked for."""
    found = Lineage(ComparedModel("t"), ComparedModel("s"), Relation(relation), reason="r")
    said = advise([write(tmp_path / "l.json", lineage_to_dict(found))])
    text = " ".join(ADVICE_REPORTS["table"](said, Style()).split())
    assert words in text and "t and s are" in text
    assert ("leakguard mitigate" in str(suggest_steps(said))) == (relation != "INDEPENDENT")
    assert "lineage" in str(suggest_steps(advise(()))) and "Not answered" in ADVICE_REPORTS["table"](advise(()), Style())


def test_own_results_are_named_and_never_called_safe(tmp_path):
    """A scan, a clean and its folder; results about different data are called so; other files are refused."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"text": "1488, 2"}}\n{{"text": "a day {name}"}}\n')
        leakguard.clean(str(tmp_path / f"{name}.jsonl"), str(tmp_path / name), rules=["hate-numeric"])
    scan = leakguard.scan(str(tmp_path / "a.jsonl"), rules=["hate-numeric"])
    saved = write(tmp_path / "scan.json", SCAN_REPORTS["json"](scan.result, Style()))
    said = advise([saved, str(tmp_path / "a"), str(tmp_path / "a/manifest.json")])
    assert "1 of 2 rows have findings" in said.known[0] and "kept 1 of 2 rows" in said.known[1] and not said.mixed
    assert advise([str(tmp_path / "a"), str(tmp_path / "b")]).mixed
    for text in ADVICE_REPORTS.values():
        assert not re.search(r"\bsafe\b", text(said, Style()))
    for name in ("gone", "a.jsonl", "broken.json"):
        (tmp_path / "broken.json").write_text('{"kind": "audit"}')
        with pytest.raises(UsageError):
            advise([str(tmp_path / name)])


def test_an_incomplete_result_is_not_called_clean(tmp_path):
    """A scan and a clean with rows that could not be read say so, and claim nothing about them."""
    (tmp_path / "a.jsonl").write_text('{"text": "a quiet day"}\n{"text": \n')
    scan = leakguard.scan(str(tmp_path / "a.jsonl"), rules=["hate-numeric"])
    leakguard.clean(str(tmp_path / "a.jsonl"), str(tmp_path / "out"), rules=["hate-numeric"])
    said = advise([write(tmp_path / "scan.json", SCAN_REPORTS["json"](scan.result, Style())), str(tmp_path / "out")])
    assert "no known pattern" not in said.known[0] and "could not be read or checked" in said.known[0]
    assert "1 rows could not be read or checked" in said.known[1]


def test_a_certificate_that_holds_leads_to_a_gate(tmp_path):
    """One that is out of date does not, whatever it said."""
    own = OwnCertificate("certificate-owl.json", "owl", "anchors", "STOPPED", MeasuredShare(0, -0.1, 0.1))
    found = Advice((), read_measured_actions(), (own,))
    assert "leakguard gate" in str(suggest_steps(found))
    late = replace(found, certificates=(replace(own, flaw="the base: another one"),))
    assert "leakguard gate" not in str(suggest_steps(late))
    assert "does not hold now: the base" in ADVICE_REPORTS["markdown"](late, Style())


def test_names_from_results_stay_text():
    """In Markdown nothing of a result is markup."""
    nasty = "<script> [x](http://e.org) @you"
    found = Advice((nasty,), read_measured_actions(), (OwnCertificate(nasty, nasty, nasty, nasty),), mixed=True)
    said = ADVICE_REPORTS["markdown"](found, Style())
    assert "<script" not in said and "[x](" not in said
