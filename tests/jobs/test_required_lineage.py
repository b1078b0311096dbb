"""A gate that requires a lineage opens for INDEPENDENT about the models that the policy names, and for nothing else."""

import json

import pytest

import leakguard
from leakguard.core.gate import GateAnswer
from leakguard.core.lineage import ComparedModel, Lineage, Relation, UnitCount
from leakguard.documents.lineage import lineage_to_dict
from leakguard.models.causal.checkpoint import locate_weights
from leakguard.models.causal.digests import digest_weights

PASSED, REFUSED, UNSEEN = GateAnswer.PASSED, GateAnswer.REFUSED, GateAnswer.UNSEEN
COUNT = UnitCount(2, 512, 0, 0.9)


@pytest.fixture(scope="module")
def digests():
    return {name: digest_weights(locate_weights(name)) for name in ("tiny-a", "tiny-b")}


@pytest.fixture
def found(digests):
    return Lineage(
        ComparedModel("tiny-a", digest=digests["tiny-a"]), ComparedModel("tiny-b", digest=digests["tiny-b"]), Relation.INDEPENDENT, COUNT
    )


@pytest.fixture
def gate(tmp_path):
    """The answer of a gate that requires a lineage, and the words of its check."""

    def ask(document, **more):
        (tmp_path / "lineage.json").write_text(json.dumps(document))
        required = {"file": str(tmp_path / "lineage.json"), "teacher": "tiny-a", "student": "tiny-b", **more}
        result = leakguard.gate([{"text": "The gate is green."}], rules=["hate-numeric"], gate={"lineage": required})
        (check,) = [check for check in result.checks if check.kind == "lineage"]
        assert result.answer is check.answer
        return check.answer, check.words

    return ask


def test_independent_models_open_it(gate, found, digests):
    """Named as shipped bases, or by the digests of their weights, which need not be at hand."""
    assert gate(lineage_to_dict(found))[0] is PASSED
    assert gate(lineage_to_dict(found), teacher=digests["tiny-a"], student=digests["tiny-b"])[0] is PASSED


@pytest.mark.parametrize(("relation", "expected"), [("SAME", REFUSED), ("UNKNOWN", UNSEEN)])
def test_any_other_relation_keeps_it_shut(gate, found, relation, expected):
    from dataclasses import replace

    assert gate(lineage_to_dict(replace(found, relation=Relation(relation))))[0] is expected


@pytest.mark.parametrize(
    ("models", "expected", "words"),
    [
        ({"student": "tiny-a"}, REFUSED, "the student is tiny-b"),
        ({"teacher": "tiny-b", "student": "tiny-a"}, REFUSED, "about other models"),
        ({"teacher": "0" * 64}, REFUSED, "the teacher is tiny-a"),
        ({"student": "./gone"}, UNSEEN, "student: "),
        ({"file": "gone.json"}, UNSEEN, "cannot be read"),
    ],
    ids=["student", "swapped", "digest", "no weights", "no file"],
)
def test_it_must_be_about_these_weights(gate, found, models, expected, words):
    """The digests are those of now: a name alone opens nothing."""
    answer, said = gate(lineage_to_dict(found), **models)
    assert answer is expected and words in said


def test_a_changed_lineage_is_not_read(gate, found):
    """By its digest; another document is none either, nor is a lineage from names alone."""
    for document in ({**lineage_to_dict(found), "verdict": "SAME"}, {"kind": "audit"}, []):
        assert gate(document)[0] is UNSEEN
    assert gate(lineage_to_dict(Lineage(ComparedModel("a"), ComparedModel("b"), Relation.INDEPENDENT)))[0] is REFUSED
