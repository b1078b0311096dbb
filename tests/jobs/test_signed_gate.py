"""A gate with `signed-by` opens for what a key of the policy signed, and for nothing else that a person without the key can make."""

import base64
import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
import leakguard
from leakguard.core.attestation import Attestation
from leakguard.core.errors import UsageError
from leakguard.core.gate import GateAnswer, GatedFile, GatePolicy, find_laxer
from leakguard.documents.attestation import PROVENANCE, make_test_result
from leakguard.jobs.attest import attest_result, sign_attestation
from leakguard.jobs.signatures import MOST
from leakguard.reports.gate.conclusion import suggest_steps
from leakguard.reports.gate.json_document import render
from leakguard.reports.kit.style import Style
from signing_keys import write_keys

ROWS = '{"prompt": "p", "completion": "1488, 2"}\n{"prompt": "p", "completion": "12, 7"}\n'
ENVELOPE, KEPT = "cleaned/manifest.dsse.json", "cleaned/kept/a.jsonl"
PASSED, REFUSED, UNSEEN = GateAnswer.PASSED, GateAnswer.REFUSED, GateAnswer.UNSEEN
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def sign(path, key, output):
    output.write_bytes(sign_attestation(attest_result(path, NOON), key))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A clean whose manifest the key `mine` signed, and another key."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "a.jsonl").write_text(ROWS)
    leakguard.clean(str(folder / "a.jsonl"), str(folder / "cleaned"), rules=["hate-numeric"])
    for name in ("mine", "other"):
        write_keys(folder, name)
    sign(folder / "cleaned/manifest.json", folder / "mine.pem", folder / ENVELOPE)
    return folder


@pytest.fixture
def copy(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "copy"))


def gate(folder, name=KEPT, keys=("mine.pub",), **more):
    """The answer of a gate that requires a signature, and the words of its checks of signatures that did not pass."""
    policy = {"signed-by": [str(folder / key) for key in keys], "manifest-inputs": False, **more}
    result = leakguard.gate(str(folder / name), rules=["hate-numeric"], gate=policy)
    checks = [check for check in result.checks if check.kind == "signature"]
    assert checks
    return result.answer, " ".join(check.words for check in checks if check.answer is not PASSED)


def test_the_signed_clean_opens_it(made):
    """With the key in the policy, alone or beside another one; the data and the manifest are both checked."""
    assert gate(made) == gate(made, keys=("other.pub", "mine.pub")) == (PASSED, "")
    said = leakguard.gate(str(made / KEPT), rules=["hate-numeric"], gate={"signed-by": str(made / "mine.pub")})
    assert [check.what.rpartition("/")[2] for check in said.checks if check.kind == "signature"] == [
        "a.jsonl: signature",
        "manifest.json: signature",
    ]


def test_a_key_that_is_not_in_the_policy_opens_nothing(made):
    assert gate(made, keys=("other.pub",)) == (REFUSED, (words := gate(made, keys=("other.pub",))[1]))
    assert "no key of signed-by signed it" in words


def edit(name, old, new):
    def change(folder):
        content = (folder / name).read_bytes()
        assert content.count(old)
        (folder / name).write_bytes(content.replace(old, new, 1))

    return change


def sign_again(folder):
    """What a person with another key does: forge the manifest, and sign it."""
    forge(folder)
    sign(folder / "cleaned/manifest.json", folder / "other.pem", folder / ENVELOPE)


def forge(folder):
    """Clean other rows into the same place: a manifest that is whole, and about these rows."""
    (folder / "a.jsonl").write_text(ROWS.replace("12, 7", "12, 8"))
    signed = (folder / ENVELOPE).read_bytes()
    shutil.rmtree(folder / "cleaned")
    leakguard.clean(str(folder / "a.jsonl"), str(folder / "cleaned"), rules=["hate-numeric"])
    (folder / ENVELOPE).write_bytes(signed)


def edit_payload(folder):
    """Name the forged bytes in the envelope, without signing it again."""
    forge(folder)
    document = json.loads((folder / ENVELOPE).read_text())
    manifest = json.loads((folder / "cleaned/manifest.json").read_text())
    payload = json.loads(base64.b64decode(document["payload"]))
    payload["subject"][0]["digest"]["sha256"] = manifest["outputs"][0]["sha256"]
    document["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    (folder / ENVELOPE).write_text(json.dumps(document))


def edit_signature(folder):
    document = json.loads((folder / ENVELOPE).read_text())
    signature = bytearray(base64.b64decode(document["signatures"][0]["sig"]))
    signature[5] ^= 1
    document["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    (folder / ENVELOPE).write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        (lambda folder: (folder / ENVELOPE).unlink(), UNSEEN, "no attestation"),
        (forge, REFUSED, "about other bytes"),
        (sign_again, REFUSED, "no key of signed-by signed it"),
        (edit_payload, REFUSED, "no key of signed-by signed it"),
        (edit_signature, REFUSED, "no key of signed-by signed it"),
        (edit(KEPT, b"7", b"8"), REFUSED, "about other bytes"),
        (edit("cleaned/manifest.json", b"\n", b"\n "), REFUSED, "about other bytes"),
        (edit(ENVELOPE, b'"payload": "', b'"payload": "!'), UNSEEN, "an attestation was not read"),
        (edit(ENVELOPE, b"{", b"["), UNSEEN, "an attestation was not read"),
        (edit(ENVELOPE, b'"signatures": [', b'"signatures": [], "was": ['), REFUSED, "no key of signed-by signed it"),
    ],
    ids=["no envelope", "unsigned", "signed again", "payload", "signature", "data", "manifest", "base64", "JSON", "no signature"],
)
def test_whatever_is_changed_it_stays_shut(copy, change, expected, words):
    """Without the key, no envelope can be made for other bytes: neither of the data nor of the manifest."""
    change(copy)
    answer, said = gate(copy)
    assert answer is expected and words in said


def test_without_its_manifest_the_data_must_still_be_signed(copy):
    """The envelope names the rows as well; rows that were removed are not among them."""
    (copy / "cleaned/manifest.json").unlink()
    assert gate(copy) == (PASSED, "")
    assert "about other bytes" in gate(copy, "cleaned/removed/a.jsonl")[1]


def test_a_named_attestation_counts_instead_of_those_beside_the_data(copy):
    """In the policy, and as --attestation of the command, wherever it lies."""
    (copy / ENVELOPE).rename(copy / "elsewhere.json")
    assert gate(copy)[0] is UNSEEN
    assert gate(copy, attestations=[str(copy / "elsewhere.json")]) == (PASSED, "")
    assert "cannot be read" in gate(copy, attestations=[str(copy / "gone.json")])[1]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (lambda files: make_test_result(files, {"audit: DRIFT": False}, []), "the result of its test is FAILED"),
        (lambda files: Attestation(files, "https://example.org/vulnerable", {}), "which a gate does not read"),
    ],
    ids=["failed test", "unknown type"],
)
def test_a_signed_claim_that_is_not_accepted_opens_nothing(copy, claim, words):
    """A valid signature under a failed test is a failed test."""
    signed = attest_result(copy / "cleaned/manifest.json", NOON)
    (copy / ENVELOPE).write_bytes(sign_attestation(claim(signed.subjects), copy / "mine.pem"))
    answer, said = gate(copy)
    assert answer is REFUSED and words in said
    (copy / "cleaned/second.dsse.json").write_bytes(sign_attestation(signed, copy / "mine.pem"))
    assert gate(copy) == (PASSED, "")


def test_keys_that_cannot_be_used_end_the_gate_before_it_reads(copy, monkeypatch):
    """Exit code 2 for a file that is no public key; without the extra no signature can be checked, which is no pass."""
    for name in ("gone.pub", "mine.pem", "a.jsonl"):
        with pytest.raises(UsageError, match=r"signed-by"):
            gate(copy, keys=(name,))
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    answer, said = gate(copy)
    assert answer is UNSEEN and "pip install" in said


def test_a_required_result_must_be_signed_too(copy):
    """An answer of a gate that anybody could have written opens nothing, in a later gate and for a trainer."""
    before = leakguard.gate(str(copy / KEPT), rules=["hate-numeric"], gate={"signed-by": str(copy / "mine.pub")})
    (copy / "gate.json").write_text(render(before, Style()))
    result = {"file": str(copy / "gate.json"), "verdicts": ["passed"]}
    answer, said = gate(copy, results=[result])
    assert answer is REFUSED and "gate.json: signature" in said
    sign(copy / "gate.json", copy / "mine.pem", copy / "gate.dsse.json")
    assert gate(copy, results=[result]) == (PASSED, "")


def test_a_trainer_takes_a_signed_answer_alone(copy):
    """An earlier answer and the data must both be signed, if the policy of now wants it."""
    from leakguard.jobs.gate import check_answer
    from leakguard.settings import Settings, override
    from leakguard.settings.plan import resolve

    policy = {"signed-by": str(copy / "mine.pub"), "manifest-inputs": False}
    plan = resolve(override(Settings(), {"gate": policy, "rules": ["hate-numeric"]}, where=""))
    before = leakguard.gate(str(copy / KEPT), rules=["hate-numeric"], gate=policy)
    (copy / "gate.json").write_text(render(before, Style()))
    found = check_answer(plan, [str(copy / KEPT)], copy / "gate.json")
    assert [check.what.rpartition("/")[2] for check in found.checks if check.answer is not PASSED] == ["gate.json: signature"]
    sign(copy / "gate.json", copy / "mine.pem", copy / "gate.dsse.json")
    assert check_answer(plan, [str(copy / KEPT)], copy / "gate.json").ok
    (copy / "gate.dsse.json").unlink()
    assert "leakguard attest sign" in str(suggest_steps(check_answer(plan, [str(copy / KEPT)], copy / "gate.json")))


@pytest.mark.parametrize("name", ["pipe.dsse.json", "deep.dsse.json", "link.dsse.json", "folder.dsse.json"])
def test_hostile_envelopes_beside_the_data_do_no_harm(copy, name):
    """A pipe, a deeply nested file, a link to itself and a folder: the signed envelope still counts, and alone they open nothing."""
    place = copy / "cleaned" / name
    if name.startswith("pipe"):
        os.mkfifo(place)
    elif name.startswith("deep"):
        place.write_text("[" * 100_000)
    elif name.startswith("link"):
        place.symlink_to(place.name)
    else:
        place.mkdir()
    assert gate(copy) == (PASSED, "")
    (copy / ENVELOPE).unlink()
    assert gate(copy)[0] is UNSEEN


def test_the_right_envelope_behind_too_many_others_was_not_read(copy):
    """So it is not called one about other bytes: the check was not made. A policy that names it opens."""
    other = (copy / "other.json").write_text("{}")
    about = make_test_result([GatedFile("other.json", "0" * 64, other)], {"audit: NO_DRIFT_FOUND": True}, [])
    signed = sign_attestation(about, copy / "mine.pem")
    for number in range(MOST):
        (copy / f"cleaned/a{number}.dsse.json").write_bytes(signed)
    answer, said = gate(copy)
    assert answer is UNSEEN and f"1 of {MOST + 1} attestations were not read; name the right one in `attestations`" in said
    assert "about other bytes" not in said
    assert gate(copy, attestations=[str(copy / ENVELOPE)]) == (PASSED, "")
    (copy / "cleaned/a0.dsse.json").unlink()
    assert gate(copy) == (PASSED, "")


def test_a_statement_names_its_own_document(made):
    """The hash of the manifest is among the subjects, under its name in the folder."""
    said = attest_result(made / "cleaned/manifest.json", NOON)
    assert said.predicate_type == PROVENANCE and said.subjects[-1].name == "manifest.json"
    assert isinstance(said.subjects[-1], GatedFile) and said.subjects[-1].bytes == (made / "cleaned/manifest.json").stat().st_size


def test_fewer_keys_are_stricter():
    """A policy without a signature is the laxest; where attestations lie is no matter."""
    from dataclasses import asdict

    none, one, two = (json.loads(json.dumps(asdict(GatePolicy(signed_by=keys)))) for keys in ((), ("a",), ("a", "b")))
    assert not find_laxer(one, none) and not find_laxer(one, two) and not find_laxer({**one, "attestations": ["x"]}, one)
    assert find_laxer(two, one) and find_laxer(none, one)
