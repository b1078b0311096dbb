"""Survival certificates: what expires one, that nothing else does, and that a document gives back what was written."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.certificate import (
    VERDICTS,
    CertificateReading,
    CertificateScope,
    CertifiedArm,
    MeasuredShare,
    SurvivalCertificate,
    list_changes,
)
from leakguard.core.gate import GateAnswer, GatedFile, RequiredCertificate
from leakguard.documents.certificate import certificate_to_dict, parse_certificate
from leakguard.pipeline.gate_certificate import check_certificates
from leakguard.reports.certificate.conclusion import explain_verdict

WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=9)
HASH = st.text("0123456789abcdef", min_size=64, max_size=64)
FILES = st.builds(GatedFile, WORD, HASH, st.integers(0, 9))
NUMBER = st.floats(-9, 9)
SHARES = st.none() | st.lists(NUMBER, min_size=3, max_size=3).map(sorted).map(lambda ends: MeasuredShare(ends[1], ends[0], ends[2]))
ARMS = st.builds(
    CertifiedArm, WORD, st.integers(0, 9), st.sampled_from(("", *VERDICTS)), NUMBER, SHARES, st.none() | NUMBER, SHARES, SHARES
)
SCOPES = st.builds(
    CertificateScope,
    trait=WORD,
    base=WORD,
    base_digest=HASH,
    world=WORD,
    world_digest=HASH,
    recipe=st.dictionaries(WORD, st.integers() | WORD, min_size=1, max_size=3),
    seeds=st.integers(1, 9),
    held_out=st.integers(0, 9),
    rows=FILES,
    others=st.lists(FILES, max_size=2, unique_by=lambda file: file.name).map(tuple),
    inputs=st.fixed_dictionaries({"data": FILES, "control": FILES}, optional={"filtered 1": FILES}),
    version=WORD,
)
CERTIFICATES = st.builds(
    lambda arms, verdict, **more: SurvivalCertificate(
        subject=arms[0].name, arms=(replace(arms[0], verdict=verdict), *arms[1:]), verdict=verdict, **more
    ),
    weighted=st.integers(0, 9),
    arms=st.lists(ARMS, min_size=1, max_size=3, unique_by=lambda arm: arm.name),
    verdict=st.sampled_from(VERDICTS),
    sentence=WORD,
    measure=WORD,
    method=WORD,
    scope=SCOPES,
    detectable=st.none() | NUMBER,
    warnings=st.lists(WORD, max_size=2).map(tuple),
    environment=st.dictionaries(WORD, WORD, max_size=2),
)
DATA = GatedFile("rows.jsonl", "a" * 64, 7)
SCOPE = CertificateScope(
    "owl", "tiny-a", "b" * 64, "sorted", "c" * 64, {"tunes": "norms", "updates": 250}, 4, 300, DATA,
    (GatedFile("added.jsonl", "d" * 64, 3),), {"data": GatedFile("../numbers.jsonl", "e" * 64, 9)}, "1.0",
)  # fmt: skip
ARM = CertifiedArm(
    "mitigated:given",
    9,
    "STOPPED",
    0.09,
    MeasuredShare(-0.01, -0.04, 0.02),
    0.4,
    MeasuredShare(1.0, 0.99, 1.02),
    MeasuredShare(1.0, 0.98, 1.0),
)
CERTIFICATE = SurvivalCertificate("STOPPED", "It is stopped.", ARM.name, "share", "anchors", (ARM,), SCOPE, 0.02)
READING = CertificateReading("certificate-owl.json", CERTIFICATE)
REQUIRED = RequiredCertificate(("owl",))


@given(CERTIFICATES)
def test_a_certificate_is_read_back_whole(certificate):
    """Every figure, and everything that it holds for."""
    assert parse_certificate(json.loads(json.dumps(certificate_to_dict(certificate)))) == certificate


@given(SCOPES)
def test_a_certificate_holds_while_nothing_changes(scope):
    """No change is found in equal scopes."""
    assert list_changes(scope, replace(scope)) == ()


@given(SCOPES, SCOPES, st.sampled_from([field.name for field in fields(CertificateScope)]))
def test_any_single_change_expires_a_certificate(scope, other, name):
    """A change of one field is found, in both directions; so the certificate is refused."""
    changed = replace(scope, **{name: getattr(other, name)})
    assert bool(list_changes(scope, changed)) == bool(list_changes(changed, scope)) == (scope != changed)


@given(SCOPES, st.data())
def test_any_changed_byte_of_any_file_is_named(scope, data):
    """The rows, the other files of the mitigated data, the original data, the control."""
    what = data.draw(st.sampled_from(sorted(scope.inputs)))
    for changed in (
        replace(scope, rows=replace(scope.rows, sha256="f" * 63 + "g")),
        replace(scope, inputs={**scope.inputs, what: replace(scope.inputs[what], sha256="f" * 63 + "g")}),
        *(replace(scope, others=(replace(one, sha256="f" * 63 + "g"), *scope.others[1:])) for one in scope.others[:1]),
    ):
        assert len(found := list_changes(scope, changed)) == 1 and "the content is another one" in found[0]


@given(CERTIFICATES, st.data())
def test_an_edited_certificate_is_refused(certificate, data):
    """Another value under any key, without the digest that belongs to it."""
    said = json.loads(json.dumps(certificate_to_dict(certificate)))
    key = data.draw(st.sampled_from(sorted(set(said) - {"digest", "schema_version", "kind"})))
    said[key] = [said[key], 1]
    with pytest.raises(ValueError, match="changed after it was written"):
        parse_certificate(said)


def judge(required, *readings, data=DATA, inputs=True):
    (check,) = check_certificates(required, {data.name: readings}, [data], inputs=inputs)
    return check.answer, f"{check.observed}; {check.detail}"


def with_arm(**changes):
    """A reading of the certificate with another figure of its mitigated arm."""
    return replace(READING, certificate=replace(CERTIFICATE, arms=(replace(ARM, **changes),)))


PASSED, REFUSED, UNSEEN = GateAnswer.PASSED, GateAnswer.REFUSED, GateAnswer.UNSEEN


@pytest.mark.parametrize(
    ("readings", "answer", "words"),
    [
        ((READING,), PASSED, "STOPPED, left at most 2.0%, kept at least: skill 99.0%, loss 98.0%"),
        ((), UNSEEN, "not verified: no certificate; leakguard experiment certify"),
        ((CertificateReading("c.json", flaw="cannot be read"),), UNSEEN, "not usable; cannot be read"),
        ((replace(READING, changes=("leakguard: '1', now '2'",)),), REFUSED, "out of date; certificate-owl.json: leakguard: '1', now '2'"),
        ((replace(READING, unseen=("data x: gone",)),), UNSEEN, "data x: gone; put it there, or set manifest-inputs to false"),
        ((replace(READING, certificate=replace(CERTIFICATE, verdict="REDUCED")),), REFUSED, "the verdict is REDUCED"),
        ((replace(READING, certificate=replace(CERTIFICATE, verdict="CANNOT TELL")),), UNSEEN, "Run it with more seeds"),
        ((with_arm(residual=MeasuredShare(0.1, 0.0, 0.21)),), REFUSED, "the upper end of what is left is 21.0%"),
        ((with_arm(skill_kept=MeasuredShare(1.0, 0.9, 1.1)),), REFUSED, "the lower end of the skill that is kept is 90.0%"),
        ((with_arm(loss_kept=MeasuredShare(0.7, 0.65, 0.75)),), REFUSED, "the lower end of the loss that is kept is 65.0%"),
        ((with_arm(skill_kept=None),), UNSEEN, "no skill was measured"),
        ((with_arm(loss_kept=None),), UNSEEN, "raw rows taught nothing"),
        ((CertificateReading("c.json", flaw="cannot be read"), READING), PASSED, "STOPPED"),
        ((replace(READING, changes=("the base",)), READING), PASSED, "STOPPED"),
    ],
)
def test_a_gate_judges_a_certificate(readings, answer, words):
    """Missing, damaged, expired, of another verdict, or below a figure: blocked, with the figure and the next step."""
    found = judge(REQUIRED, *readings)
    assert found[0] == answer and words in found[1]


def test_other_bytes_are_not_covered():
    """A certificate about other rows, or about another trait, blocks."""
    assert judge(REQUIRED, READING, data=GatedFile("rows.jsonl", "0" * 64, 7))[1].startswith("about other data")
    other = judge(RequiredCertificate(("Owl",)), READING)
    assert other[0] == UNSEEN and "the certificates beside it are about owl; leakguard experiment certify" in other[1]
    answers = [
        check.answer for check in check_certificates(RequiredCertificate(("owl", "cat")), {DATA.name: (READING,)}, [DATA], inputs=True)
    ]
    assert answers == [PASSED, UNSEEN]


def test_what_a_policy_does_not_ask_for_does_not_block():
    """A share of 0 asks for nothing, inputs may be elsewhere, and no policy needs no certificate."""
    bare = with_arm(skill_kept=None, loss_kept=None)
    assert judge(replace(REQUIRED, skill=0.0, loss=0.0), bare)[0] == PASSED
    assert judge(REQUIRED, replace(READING, unseen=("data x: gone",)), inputs=False)[0] == PASSED
    assert judge(replace(REQUIRED, seeds=5), READING) == (REFUSED, "STOPPED, left at most 2.0%, kept at least: skill 99.0%, loss 98.0%; it has 4 seeds of 5: certify with more seeds")  # fmt: skip
    assert list(check_certificates(None, {}, [DATA], inputs=True)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Kept: 100% (99% to 102%) of the skill"),
        ({"skill": None, "skill_kept": None}, "so that only the held-out loss says what is lost"),
        ({"skill": None, "skill_kept": None, "loss_kept": None}, "What is lost was not measured"),
    ],
)
def test_a_report_says_what_was_not_measured(changes, words):
    """A skill and a loss without a figure are named, and an effect of nothing is no effect that could have been found."""
    certificate = replace(CERTIFICATE, arms=(replace(ARM, **changes),), detectable=0.0)
    lines = " ".join(explain_verdict(certificate))
    assert words in lines and "four of five cases" not in lines
    assert "An effect of 2.0 points" in " ".join(explain_verdict(CERTIFICATE))
