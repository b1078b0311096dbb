"""Manifests, results and answers that were made by hand: bounded, one line, and never an internal error."""

import copy
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leakguard
from leakguard.core.check import CheckStatus
from leakguard.core.errors import UsageError
from leakguard.documents.required_result import read_statement
from leakguard.jobs.verify import check_manifest

ONE = {"rules": ["hate-numeric"], "workers": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of a finished clean."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "rows.jsonl").write_text('{"text": "a kettle"}\n{"text": "871, 1488, 305"}\n{"text": \n')
    leakguard.clean(folder / "rows.jsonl", folder / "out", **ONE)
    return folder / "out"


@pytest.fixture
def said(place):
    """What its manifest says; the file is put back afterwards."""
    raw = (place / "manifest.json").read_bytes()
    yield json.loads(raw)
    (place / "manifest.json").unlink()
    (place / "manifest.json").write_bytes(raw)


def write(place, document):
    (place / "manifest.json").write_text(document if isinstance(document, str) else json.dumps(document))


def refusals(place):
    """What verify, a gate, and a clean into the same folder make of the manifest."""
    verdicts = []
    for ask in (lambda: check_manifest(place / "manifest.json", ()), lambda: clean(place)):
        with pytest.raises(UsageError) as error:
            ask()
        verdicts.append(str(error.value))
    gate = leakguard.gate(place / "kept", **ONE)
    assert gate.exit_code == 3
    assert [check.detail for check in gate.checks if check.kind == "manifest" and check.what.endswith(": manifest")] == verdicts[:1]
    return verdicts


def clean(place):
    return leakguard.clean(place.parent / "rows.jsonl", place, overwrite=True, replacement="x", **ONE)


MISSING = ["settings", "tool", "packs", "inputs", "outputs", "tally", "digest"]


@pytest.mark.parametrize("null", [True, False], ids=["null", "missing"])
@pytest.mark.parametrize("key", MISSING)
def test_a_manifest_that_lacks_an_entry_says_which(place, said, key, null):
    """Exit code 2 for verify and clean, a check that could not be made for the gate."""
    write(place, {**said, key: None} if null else {name: value for name, value in said.items() if name != key})
    for words in refusals(place):
        assert f"this manifest lacks {key}" in words


MADE = {
    "nested": '{"kind": "leakguard clean", "schema_version": 1, "settings": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "nested less": '{"kind": "leakguard clean", "schema_version": 1, "settings": ' + '{"a":' * 300 + "1" + "}" * 301,
    "a key twice": '{"kind": "leakguard clean", "kind": "leakguard clean", "schema_version": 1}',
    "an endless number": '{"kind": "leakguard clean", "schema_version": 1, "digest": ' + "9" * 5000 + "}",
    "no JSON": "\x00\x01",
    "another document": '{"kind": "leakguard gate", "schema_version": 1}',
    "a list": "[1]",
    "true as a version": '{"kind": "leakguard clean", "schema_version": true}',
}


@pytest.mark.parametrize("how", MADE)
def test_a_document_that_is_no_manifest_is_refused_in_one_line(place, said, how):
    """However deep, long or strange it is."""
    write(place, MADE[how])
    assert all("manifest" in words and len(words) < 600 for words in refusals(place))


def odd_files(folder):
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "loop").symlink_to("loop")
    return ["/dev/zero", "/dev/stdin", str(folder / "pipe"), str(folder / "folder"), str(folder / "loop"), "x" * 5000, "no/such/file"]


def test_only_regular_files_are_opened(place, said, tmp_path):
    """Inputs that name a device, a pipe, a folder, a link to itself: each is a check that could not be made, at once."""
    for path in odd_files(tmp_path):
        changed = copy.deepcopy(said)
        changed["inputs"][0]["path"] = path
        write(place, changed)
        checks = {check.what: check for check in check_manifest(place / "manifest.json", ())}
        assert next(check for what, check in checks.items() if what.startswith("input ")).verdict is CheckStatus.UNSEEN
        assert leakguard.gate(place / "kept", **ONE).exit_code == 3
    for path in ("/dev/zero", str(tmp_path / "pipe")):
        changed = copy.deepcopy(said)
        changed["settings"]["traits"] = [path, f"{path}.toml", "./pipe.toml"]
        write(place, changed)
        assert check_manifest(place / "manifest.json", ())


def test_a_manifest_that_is_itself_a_pipe_or_a_device_is_not_read(place, said, tmp_path):
    """verify names it; a gate could not look."""
    for path in odd_files(tmp_path)[:5]:
        (tmp_path / "manifest.json").unlink(missing_ok=True)
        (tmp_path / "manifest.json").symlink_to(path)
        with pytest.raises(UsageError, match="cannot be read"):
            check_manifest(tmp_path / "manifest.json", ())
        result = leakguard.gate(place / "kept", manifest=tmp_path / "manifest.json", **ONE)
        assert result.exit_code == 3


def test_outputs_that_are_links_or_pipes_differ(place, said, tmp_path):
    """An output is a regular file in the folder itself; another file does not speak for it."""
    kept = place / "kept/rows.jsonl"
    raw = kept.read_bytes()
    (tmp_path / "same.jsonl").write_bytes(raw)
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path / "same.jsonl", tmp_path / "pipe"):
        kept.unlink()
        kept.symlink_to(target)
        checks = {check.what: check for check in check_manifest(place / "manifest.json", ())}
        assert checks["kept/rows.jsonl"].verdict is CheckStatus.DIFFERS
    kept.unlink()
    kept.write_bytes(raw)
    (place / "kept/more").symlink_to(tmp_path)
    assert any(check.what == "kept/more" for check in check_manifest(place / "manifest.json", ()) if check.verdict is CheckStatus.DIFFERS)
    (place / "kept/more").unlink()


def test_results_that_are_pipes_or_devices_are_no_results(tmp_path):
    """The same holds for a result that a policy requires and for the answer of an earlier gate."""
    for path in odd_files(tmp_path):
        assert read_statement(Path(path)).flaw
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert read_statement(tmp_path / "deep.json").flaw


STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["../..", "/dev/zero", "\0", "\ud800", "kept/../..", "-", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places_in(value, way=()):
    """Every place in a document, by the keys that lead there."""
    yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_in(inner, (*way, key))


def put(document, way, value, *, drop):
    if not way:
        return value
    inner = document
    for key in way[:-1]:
        inner = inner[key]
    if drop:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return document


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_change_to_a_manifest_is_an_internal_error(place, said, data):
    """Any value at any place, or none there: verify gives checks or a UsageError, and never says that all of it holds."""
    document = copy.deepcopy(said)
    way = data.draw(st.sampled_from(sorted(places_in(document), key=str)))
    value = data.draw(STRANGE)
    document = put(document, way, value, drop=data.draw(st.booleans()))
    if document == said:
        return
    (place / "manifest.json").write_text(json.dumps(document), errors="surrogatepass")
    try:
        verdicts = {check.verdict for check in check_manifest(place / "manifest.json", ())}
    except UsageError as error:
        assert len(str(error)) < 5000
    else:
        assert verdicts != {CheckStatus.HOLDS}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_change_to_a_manifest_opens_a_gate_or_breaks_a_clean(place, said, data):
    """Neither a gate nor a clean into the same folder ends in an internal error; the inputs and outputs stay what they are."""
    document = copy.deepcopy(said)
    way = data.draw(st.sampled_from(sorted(places_in(document), key=str)))
    document = put(document, way, data.draw(STRANGE), drop=data.draw(st.booleans()))
    if document == said:
        return
    (place / "manifest.json").write_text(json.dumps(document), errors="surrogatepass")
    assert leakguard.gate(place / "kept", **ONE).exit_code in (1, 3)
    with pytest.raises(UsageError):
        leakguard.clean(place.parent / "rows.jsonl", place, replacement="x", **ONE)
