"""leakguard attest: statements of real results, verified by the library of another project, and everything that must not verify."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa

from leakguard.cli.statements import write_statement
from leakguard.core.attestation import Attestation
from leakguard.core.gate import GatedFile
from leakguard.documents.attestation import (
    encode_for_signing,
    envelope_to_dict,
    make_test_result,
    parse_envelope,
    parse_statement,
    statement_to_dict,
)
from signing_keys import write_keys

ROWS = '{"prompt": "p", "completion": "1488, 2"}\n{"prompt": "p", "completion": "12, 7"}\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with cleaned rows, the answer of a gate, two pairs of keys, and an envelope of the manifest by the first key."""
    folder = tmp_path_factory.mktemp("attest")
    (folder / "a.jsonl").write_text(ROWS)
    keys = [write_keys(folder, name) for name in ("mine", "other")]

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "leakguard", *map(str, words)], cwd=folder, capture_output=True, text=True, check=False, timeout=120
        )

    assert run("clean", "a.jsonl", "-o", "cleaned", "--attest", "clean-statement.json").returncode == 0
    assert run("gate", "cleaned/kept", "-o", "gate.json", "--attest", "gate-statement.json").returncode == 0
    done = run("attest", "sign", "cleaned/manifest.json", "--key", keys[0][0], "-o", "signed.json")
    assert done.returncode == 0 and "wrote signed.json" in done.stderr, done.stderr
    return folder, run, keys


def test_another_project_s_library_verifies_the_signature(made):
    """securesystemslib reads the envelope, and accepts the key that signed it and no other."""
    dsse = pytest.importorskip("securesystemslib.dsse")
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    folder, _, keys = made
    document = json.loads((folder / "signed.json").read_text())
    name = document["signatures"][0]["keyid"]
    envelope = dsse.Envelope.from_dict(document)
    mine, other = (SSlibKey.from_crypto(pem.load_pem_public_key(public.read_bytes()), name) for _, public in keys)
    assert [*envelope.verify([mine], 1)] == [name]
    with pytest.raises(VerificationError):
        envelope.verify([other], 1)


def test_statements_are_those_of_the_public_schemas(made):
    """The messages of the in-toto project read every member of the statement and of its predicate, and find it valid."""
    json_format = pytest.importorskip("google.protobuf.json_format")
    pytest.importorskip("in_toto_attestation")
    from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
    from in_toto_attestation.predicates.test_result.v0.test_result_pb2 import TestResult
    from in_toto_attestation.v1.statement import Statement
    from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage

    folder, _, _ = made
    tested = statement_to_dict(make_test_result([GatedFile("a", "0" * 64, 1)], {"one": True, "two": False}, [("policy", "1" * 64)]))
    said = {name: json.loads((folder / f"{name}-statement.json").read_text()) for name in ("clean", "gate")} | {"test": tested}
    for one in said.values():
        Statement.copy_from_pb(json_format.ParseDict(one, StatementMessage())).validate()
    for name, message in {"clean": Provenance(), "test": TestResult()}.items():
        read = json_format.MessageToDict(json_format.ParseDict(said[name]["predicate"], message))
        assert read == {key: value for key, value in said[name]["predicate"].items() if value != []}
    with pytest.raises(json_format.ParseError):
        json_format.ParseDict({**tested, "more": 1}, StatementMessage())


def test_a_result_in_a_store_is_named_by_its_address(made, tmp_path):
    """As it was given to -o, but without a user or key in it."""
    for number, address in enumerate(("s3://bucket/gate.json", "s3://s3cret@bucket/gate.json")):
        write_statement(str(tmp_path / f"{number}.json"), (made[0] / "gate.json").read_bytes(), address)
        said = json.loads((tmp_path / f"{number}.json").read_text())
        assert said["subject"][-1]["name"] == "s3://bucket/gate.json"


def test_a_signed_clean_verifies_with_its_files(made, tmp_path):
    """Exit code 0 with the right key and files; 1 for another key and for one changed byte; 3 for a missing file."""
    folder, run, ((_, mine), (_, other)) = made
    verify = ("attest", "verify", "signed.json", "--key")
    done = run(*verify, mine, "--data", "cleaned")
    assert done.returncode == 0 and "Signed by" in done.stdout and "kept/a.jsonl: same hash" in done.stdout
    assert run(*verify, other, "--key", mine).returncode == 0
    done = run(*verify, other, "--data", "cleaned")
    assert done.returncode == 1 and "Not signed by any of these keys" in done.stdout
    shutil.copytree(folder / "cleaned", tmp_path / "copy")
    kept = tmp_path / "copy/kept/a.jsonl"
    kept.write_text(kept.read_text().replace("12", "13"))
    done = run(*verify, mine, "--data", tmp_path / "copy")
    assert done.returncode == 1 and "was attested" in done.stdout
    kept.unlink()
    assert run(*verify, mine, "--data", tmp_path / "copy").returncode == 3


def test_a_statement_names_what_was_kept(made):
    """Kept files and the manifest are the subjects, inputs the materials, everything else a by-product; the settings are parameters."""
    folder, run, _ = made
    done = run("attest", "create", "cleaned/manifest.json")
    assert done.stdout == (folder / "clean-statement.json").read_text()
    said = json.loads(done.stdout)
    manifest = json.loads((folder / "cleaned/manifest.json").read_text())
    by_path = {one["path"]: one["sha256"] for one in manifest["outputs"]}
    assert said["_type"] == "https://in-toto.io/Statement/v1" and said["predicateType"] == "https://slsa.dev/provenance/v1"
    own = hashlib.sha256((folder / "cleaned/manifest.json").read_bytes()).hexdigest()
    named = [(one["name"], one["digest"]["sha256"]) for one in said["subject"]]
    assert named == [("kept/a.jsonl", by_path["kept/a.jsonl"]), ("manifest.json", own)]
    built = said["predicate"]["buildDefinition"]
    assert [one["digest"]["sha256"] for one in built["resolvedDependencies"]] == [manifest["inputs"][0]["sha256"]]
    assert built["externalParameters"]["settings"] == manifest["settings"]
    assert {one["name"] for one in said["predicate"]["runDetails"]["byproducts"]} == {"reasons.jsonl", "removed/a.jsonl"}


def test_a_gate_that_opened_is_a_verification(made, tmp_path):
    """One that blocked attests nothing, nor does a changed answer or another file."""
    folder, run, _ = made
    said = json.loads(run("attest", "create", "gate.json").stdout)["predicate"]
    assert said["properties"][0] == "LEAKGUARD_GATE_PASSED" and "LEAKGUARD_MANIFEST_CHECKED" in said["properties"]
    assert said["timeCreated"].endswith("Z") and said["verifier"]["id"].startswith("https://")
    policy = json.dumps(json.loads((folder / "gate.json").read_text())["policy"], sort_keys=True, separators=(",", ":"))
    assert said["verifier"]["policies"] == [{"name": "policy", "digest": {"sha256": hashlib.sha256(policy.encode()).hexdigest()}}]
    written = json.loads((folder / "gate-statement.json").read_text())
    assert written["predicate"]["properties"] == said["properties"] and written["subject"][-1]["name"] == "gate.json"
    done = run("gate", "a.jsonl", "-o", tmp_path / "blocked.json", "--attest", tmp_path / "none.json")
    assert done.returncode == 1 and "not written" in done.stderr and not (tmp_path / "none.json").exists()
    done = run("clean", "a.jsonl", "-o", tmp_path / "new", "--attest", "gate.json")
    assert done.returncode == 2 and "exists already" in done.stderr and not (tmp_path / "new").exists()
    changed = json.loads((folder / "gate.json").read_text())
    changed["data"][0]["sha256"] = "0" * 64
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    manifest = json.loads((folder / "cleaned/manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "settings": {}}))
    for name, words in (
        (tmp_path / "blocked.json", "did not open"),
        (tmp_path / "changed.json", "was changed"),
        (tmp_path / "manifest.json", "was changed"),
        ("a.jsonl", "no statement can be made of it"),
        ("gone.json", "cannot be read"),
    ):
        done = run("attest", "create", name)
        assert done.returncode == 2 and words in done.stderr


def test_a_gate_reads_the_signature(made, tmp_path):
    """Named with --attestation it opens; without, nothing is found beside the data, and exit code 3 says what to do."""
    _, run, ((_, mine), _) = made
    (tmp_path / "gate.toml").write_text(f'[gate]\nsigned-by = ["{mine.as_posix()}"]\n')
    gate = ("gate", "cleaned/kept", "--config", tmp_path / "gate.toml")
    done = run(*gate, "--attestation", "signed.json")
    assert done.returncode == 0 and "signed, signed.json by" in " ".join(done.stdout.split())
    done = run(*gate)
    assert done.returncode == 3 and "leakguard attest sign" in done.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda key: key.chmod(0o640), "other users may read this private key"),
        (lambda key: key.write_text("no key"), "this is no private Ed25519 key"),
        (lambda key: write_keys(key.parent, key.stem, rsa.generate_private_key(65537, 2048)), "this is no private Ed25519 key"),
        (lambda key: key.unlink(), "cannot be read"),
    ],
    ids=["readable", "no key", "another kind", "gone"],
)
def test_a_key_that_cannot_be_used_is_refused(made, tmp_path, change, words):
    """No message has a part of the key, and nothing is written."""
    _, run, _ = made
    private, _ = write_keys(tmp_path, "key")
    secret = private.read_text().splitlines()[1]
    change(private)
    done = run("attest", "sign", "cleaned/manifest.json", "--key", private, "-o", tmp_path / "out.json")
    assert done.returncode == 2 and words in done.stderr and secret not in done.stderr and not (tmp_path / "out.json").exists()


def test_an_edited_envelope_is_not_signed(made, tmp_path):
    """A changed payload, another type, no signatures, names that lead out of the folder, and files that are no envelope."""
    folder, run, ((private, mine), _) = made
    document = json.loads((folder / "signed.json").read_text())
    payload = base64.b64decode(document["payload"])
    edited = {
        "payload": {**document, "payload": base64.b64encode(payload.replace(b"kept/a", b"kept/b")).decode()},
        "none": {**document, "signatures": []},
    }
    for name, content in edited.items():
        (tmp_path / name).write_text(json.dumps(content))
        assert run("attest", "verify", tmp_path / name, "--key", mine).returncode == 1, name
    (tmp_path / "type").write_text(json.dumps({**document, "payloadType": "text/plain"}))
    assert "payloadType" in run("attest", "verify", tmp_path / "type", "--key", mine).stderr
    assert "no signed statement" in run("attest", "verify", "a.jsonl", "--key", mine).stderr
    out = statement_to_dict(Attestation((GatedFile("../a.jsonl", "0" * 64, 0),), "x", {}))
    (tmp_path / "out.json").write_text(json.dumps(out))
    assert run("attest", "sign", tmp_path / "out.json", "--key", private, "-o", tmp_path / "out.dsse.json").returncode == 0
    done = run("attest", "verify", tmp_path / "out.dsse.json", "--key", mine, "--data", "cleaned")
    assert done.returncode == 2 and "outside" in done.stderr
    assert run("attest", "sign", tmp_path / "out.json", "--key", private, "-o", tmp_path / "out.dsse.json").returncode == 2


@given(st.text(max_size=9), st.binary(max_size=9), st.text(max_size=9), st.binary(max_size=9))
def test_no_two_payloads_are_signed_alike(kind, payload, other_kind, other_payload):
    """The encoding that is signed differs whenever type or payload do."""
    same = (kind, payload) == (other_kind, other_payload)
    assert (encode_for_signing(kind, payload) == encode_for_signing(other_kind, other_payload)) == same


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=9)


@given(st.lists(st.tuples(NAMES, st.text("0123456789abcdef", min_size=64, max_size=64)), min_size=1, max_size=3), st.booleans())
def test_a_statement_is_read_back_whole(files, good):
    """Subjects, type and claim; also out of an envelope, whatever its signatures are."""
    one = make_test_result([GatedFile(name, sha, 0) for name, sha in files], {"audit": good}, files)
    payload = json.dumps(statement_to_dict(one)).encode()
    assert parse_statement(payload, "x") == one == parse_envelope(json.dumps(envelope_to_dict(payload, [])).encode(), "x").attestation
    assert one.predicate["result"] == ("PASSED" if good else "FAILED")


def test_no_test_is_no_success():
    """A result without a test failed, so that nothing passes that was not looked at."""
    assert make_test_result([], {}, []).predicate["result"] == "FAILED"
