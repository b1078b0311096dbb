"""Result files: what they say, or why they say nothing."""

import json
from hashlib import sha256

import pytest

from leakguard.core.gate import Statement
from leakguard.documents.required_result import read_statement

SHA = "0123456789abcdef" * 4
GOOD = {"schema_version": 1, "kind": "experiment", "verdict": "no-transfer", "data": [{"name": "a", "sha256": SHA}, {"name": "b"}]}


def test_a_result_is_read(tmp_path):
    """Kind, verdict, and every hash that is one."""
    (tmp_path / "result.json").write_text(json.dumps(GOOD))
    known = sha256((tmp_path / "result.json").read_bytes()).hexdigest()
    assert read_statement(tmp_path / "result.json") == Statement("experiment", "no-transfer", frozenset((SHA,)), sha256=known)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"schema_version": 2}, "results of schema_version 2 are not read"),
        ({"schema_version": True}, "results of schema_version True are not read"),
        ({"schema_version": None}, "results of schema_version None are not read"),
        ({"kind": 7}, "it needs a kind and a verdict"),
        ({"verdict": None}, "it needs a kind and a verdict"),
        ({"data": []}, "it does not say which data it is about"),
        ({"data": {"sha256": SHA}}, "it does not say which data it is about"),
        ({"data": [{"sha256": SHA.upper()}]}, "it does not say which data it is about"),
    ],
)
def test_what_is_missing_or_unknown_is_a_flaw(tmp_path, more, words):
    """Nothing is guessed."""
    (tmp_path / "result.json").write_text(json.dumps({**GOOD, **more}))
    assert words in read_statement(tmp_path / "result.json").flaw


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[" * 100_000, b"[]", b'{"schema_version": 1e999}', b"{}" * 2])
def test_what_cannot_be_read_is_a_flaw(tmp_path, content):
    """Missing, empty, no JSON, too deep, no object."""
    if content is not None:
        (tmp_path / "result.json").write_bytes(content)
    said = read_statement(tmp_path / "result.json")
    assert said.flaw and (said.kind, said.verdict, said.hashes) == ("", "", frozenset())
