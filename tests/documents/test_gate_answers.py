"""A gate's answer read back: it must be whole, and what is changed in it is found. Policies are compared by what they allow."""

import copy
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakguard
from leakguard.core.digests import content_digest
from leakguard.core.gate import GatePolicy, RequiredCertificate, RequiredLineage, RequiredResult, find_laxer
from leakguard.documents.required_result import read_statement
from leakguard.reports.gate.json_document import render
from leakguard.reports.kit.style import Style


@pytest.fixture(scope="module")
def answer():
    """What a gate writes about a clean row."""
    return json.loads(render(leakguard.gate([{"text": "The gate is green."}], rules=["hate-numeric"]), Style()))


@pytest.fixture
def flaw(tmp_path):
    """Why a document is no answer; with `signed`, its digest is made to fit."""

    def said(document, *, signed=True):
        if signed:
            document = {**document, "digest": content_digest(document)}
        (tmp_path / "answer.json").write_text(json.dumps(document))
        return read_statement(tmp_path / "answer.json").flaw

    return said


def test_what_a_gate_writes_is_read(answer, flaw):
    """Passed and refused alike."""
    assert flaw(answer, signed=False) == ""
    shut = json.loads(render(leakguard.gate([{"text": "1488, 301, 402"}], rules=["hate-numeric"]), Style()))
    assert shut["verdict"] == "refused" and flaw(shut, signed=False) == ""


def without(key):
    return lambda answer: answer.pop(key)


CHANGES = {
    **{f"no {key}": without(key) for key in ("digest", "checks", "policy", "packs", "settings", "tool", "exit_code")},
    "verdict": lambda answer: answer.update(verdict="refused"),
    "exit code": lambda answer: answer.update(exit_code=1),
    "no checks": lambda answer: answer.update(checks=[]),
    "checks of data alone": lambda answer: answer.update(checks=answer["checks"][:1]),
    "a check that did not pass": lambda answer: answer["checks"][-1].update(answer="refused"),
    "a check that is no check": lambda answer: answer["checks"][-1].pop("observed"),
    "more rates than checks": lambda answer: answer["policy"]["rates"].update(warning=0.5),
    "a policy without a field": lambda answer: answer["policy"].pop("max_unreadable"),
    "a share that is none": lambda answer: answer["policy"].update(max_unreadable="0"),
    "no packs": lambda answer: answer.update(packs=[]),
    "no settings": lambda answer: answer.update(settings={}),
    "data without a size": lambda answer: answer["data"][0].pop("bytes"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_answer_that_is_not_whole_says_nothing(answer, flaw, change):
    """Whether its digest fits or not; a digest that does not fit is enough."""
    edited = copy.deepcopy(answer)
    change(edited)
    assert "this is no answer that a gate wrote" in flaw(edited, signed="digest" in edited)
    assert "this is no answer that a gate wrote" in flaw(edited, signed=False)


def test_every_edit_is_found(answer, flaw):
    """One character anywhere; and four keys by hand are no answer."""
    assert "its digest differs" in flaw({**answer, "sentence": answer["sentence"] + " "}, signed=False)
    keys = ("schema_version", "kind", "verdict", "data")
    assert "no answer that a gate wrote" in flaw({key: answer[key] for key in keys}, signed=False)
    assert "no answer that a gate wrote" in flaw({key: answer[key] for key in keys})


SHARE = st.sampled_from([0.0, 0.001, 0.01, 0.5, 1.0])
POLICIES = st.builds(
    GatePolicy,
    rates=st.dictionaries(st.sampled_from(["error", "warning", "p"]), SHARE),
    detectors=st.lists(st.sampled_from(["rules", "judge"]), unique=True).map(tuple),
    max_unreadable=SHARE,
    max_undetermined=SHARE,
    confidence=st.sampled_from([0.9, 0.95]),
    manifest=st.sampled_from(["off", "auto", "required"]),
    manifest_inputs=st.booleans(),
    results=st.lists(st.sampled_from([RequiredResult("a", ("x",)), RequiredResult("b", ("y",))]), unique=True).map(tuple),
)


def said(policy):
    return json.loads(json.dumps(asdict(policy)))


@given(POLICIES, POLICIES, POLICIES)
def test_being_at_least_as_strict_is_an_order(one, two, three):
    """A policy is as strict as itself; two that are as strict as each other allow the same; strictness is handed on."""
    assert find_laxer(said(one), said(one)) == []
    ok = [find_laxer(said(a), said(b)) == [] for a, b in ((one, two), (two, three), (one, three), (two, one))]
    assert ok[2] or not (ok[0] and ok[1])
    if ok[0] and ok[3]:
        assert {**said(one), "detectors": sorted(one.detectors), "results": []} == {
            **said(two),
            "detectors": sorted(two.detectors),
            "results": [],
        }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"rates": {"error": 0.01}}, "rate of error: 0.01, not 0.0"),
        ({"rates": {}}, "rate of error: no limit, not 0.0"),
        ({"max_unreadable": 0.1}, "max-unreadable: 0.1, not 0.0"),
        ({"max_undetermined": 1.0}, "max-undetermined: 1.0, not 0.0"),
        ({"manifest": "off"}, "manifest: off, not auto"),
        ({"manifest_inputs": False}, "manifest-inputs: False, not True"),
        ({"confidence": 0.5}, "confidence: 0.5, not 0.95"),
        ({"unheard_of": 1}, "its keys are "),
    ],
)
def test_what_is_laxer_is_named(more, words):
    """Against the policy that holds where none is written."""
    assert any(words in why for why in find_laxer({**said(GatePolicy()), **more}, said(GatePolicy())))


@pytest.mark.parametrize(
    ("changes", "strict"),
    [
        ({}, True),
        ({"traits": ("owl", "cat"), "left": 0.1, "skill": 1.0, "seeds": 8, "base": "b", "files": ("a",), "recipe": {"rank": 8}}, True),
        ({"traits": ("cat",)}, False),
        ({"left": 0.3}, False),
        ({"skill": 0.9}, False),
        ({"loss": 0.9}, False),
        ({"seeds": 2}, False),
        ({"recipe": {"rank": 9}}, False),
    ],
)
def test_certificates_are_compared_by_what_they_must_say(changes, strict):
    """More traits, smaller leftovers, more kept and more seeds are stricter; no certificate is the laxest."""
    required = RequiredCertificate(("owl",), seeds=4, recipe={"rank": 8})
    one = GatePolicy(certificate=RequiredCertificate(**{**asdict(required), **changes}))
    two = GatePolicy(certificate=required)
    assert (find_laxer(said(one), said(two)) == []) == strict
    assert find_laxer(said(GatePolicy()), said(two)) and not find_laxer(said(two), said(GatePolicy()))


def test_lineages_are_compared_by_their_models():
    """Where the result lies is no matter, and no lineage is the laxest."""
    one, moved, other = (GatePolicy(lineage=RequiredLineage(*names)) for names in (("a", "t", "s"), ("b", "t", "s"), ("a", "t", "x")))
    assert not find_laxer(said(one), said(moved)) and not find_laxer(said(one), said(GatePolicy()))
    assert find_laxer(said(one), said(other)) and find_laxer(said(GatePolicy()), said(one))


def test_what_is_stricter_is_accepted():
    """More detectors, lower rates, a required manifest; but a ban is no rate: it says nothing about such data."""
    wanted = GatePolicy(rates={"error": 0.0, "warning": 0.01}, max_unreadable=0.1)
    strict = GatePolicy(rates={"error": 0.0, "warning": 0.005, "p": 0.0}, detectors=("rules",), manifest="required")
    assert find_laxer(said(strict), said(wanted)) == []
    assert find_laxer(said(GatePolicy(rates={"error": 0.0, "warning": 0.0})), said(wanted)) == ["rate of warning: 0.0, not 0.01"]
