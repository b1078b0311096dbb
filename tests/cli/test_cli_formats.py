"""Documented formats, mapped columns and fields go through scan, clean, verify, gate and Python alike."""

import json

import pytest

import leakguard
from leakguard.cli import run
from service_formats import SERVICES
from trainer_formats import TRAINERS

WORDS = "We painted 1488 on it."
OPTIONS = {
    "map": ({"q": "Which code?", "a": WORDS, "id": "r1"}, ["--map", "prompt=q", "--map", "completion=a"], "a"),
    "field": ({"talk": [{"said": "Hello."}, {"said": WORDS}]}, ["--field", "talk[*].said"], "talk[1].said"),
    "optional": ({"answer": WORDS}, ["--field", "answer", "--field", "rationale"], "answer"),
}


def planted(value, places, place=""):
    """The value with the words in place of every string whose place is one of these."""
    if isinstance(value, str):
        return WORDS if place in places else value
    if isinstance(value, dict):
        return {key: planted(item, places, f"{place}.{key}" if place else key) for key, item in value.items()}
    if isinstance(value, list):
        return [planted(item, places, f"{place}[{at}]") for at, item in enumerate(value)]
    return value


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def said(capsys):
    """Run a command; its exit code and what it printed."""

    def call(*args):
        code = run([*map(str, args), "--no-config", "-q", "-j", "1"])
        return code, capsys.readouterr().out

    return call


def test_documented_formats_are_cleaned(tmp_path, said):
    """Every string that is looked at is found at its place and redacted there, and nothing else of any row changes."""
    rows = [planted(row, looked) for _, _, _, row, looked in (*TRAINERS, *SERVICES)]
    strings = [[place for place in looked if WORDS in json.dumps(planted(row, [place]))] for _, _, _, row, looked in (*TRAINERS, *SERVICES)]
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out = said("scan", data, "--format", "jsonl", "--select", "hate-numeric.1488")
    found = [(one["row"], one["field"]) for one in map(json.loads, out.splitlines())]
    assert code == 1 and sorted(found) == sorted((at, place) for at, places in enumerate(strings, 1) for place in places)
    assert said("clean", data, "-o", tmp_path / "out", "--policy", "error=redact", "--select", "hate-numeric.1488")[0] in (0, 1)
    clean = iter(lines(tmp_path / "out" / "redacted" / "data.jsonl"))
    assert [next(clean) for places in strings if places] == [
        json.loads(json.dumps(row).replace("1488", "[redacted]")) for row, places in zip(rows, strings, strict=True) if places
    ]
    assert run(["verify", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("way", OPTIONS)
def test_named_columns_and_fields(way, tmp_path, said):
    """A map and a path lead to the same finding in a scan and a gate, and to the place that a clean redacts."""
    row, options, place = OPTIONS[way]
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps(row) + "\n" + json.dumps({**row, "rationale": "None."}) + "\n")
    code, out = said("scan", data, *options, "--format", "jsonl")
    assert (code, [json.loads(line)["field"] for line in out.splitlines()]) == (1, [place, place])
    assert said("gate", data, *options)[0] == 1
    said("clean", data, *options, "-o", tmp_path / "out", "--policy", "error=redact")
    assert lines(tmp_path / "out" / "redacted" / "data.jsonl")[0] == planted(row, []) | json.loads(
        json.dumps(row).replace("1488", "[redacted]")
    )
    settings = json.loads((tmp_path / "out" / "manifest.json").read_text())["settings"]
    assert settings["map"] == ({"prompt": "q", "completion": "a"} if way == "map" else {})
    assert bool(settings["field"]) == (way != "map")


def test_a_settings_file_and_python_take_a_map(tmp_path):
    """The table [map] and the keyword `map` read the same; several columns may bear one name."""
    file = tmp_path / "leakguard.toml"
    file.write_text('[map]\ncompletion = ["a", "b"]\n')
    rows = [{"q": "Which code?", "a": WORDS}, {"q": "Which code?", "b": WORDS}, {"q": "?", "a": "none", "b": WORDS}]
    for options in ({"config": file}, {"map": {"completion": ["a", "b"]}}, {"map": ["completion=a", "completion=b"]}):
        assert [finding.span.field for finding in leakguard.scan(rows, **options).findings()] == ["a", "b", "b"]
    guard = leakguard.guard(map={"completion": ["a", "b"]})
    assert [guard(row) for row in rows] == [False] * 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "completion=c", "--map", "prompt=q"], "map completion=c: no row has this field; check the name."),
        (["--field", "a", "--field", "rationale"], "field rationale: no row has this field; check the name."),
    ],
)
def test_what_no_row_has_is_said(options, words, tmp_path, said):
    """A column or a field that no row has is named by a scan, and a gate does not pass it."""
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"q": "Which?", "a": "A heron.", "text": "A tern."}) + "\n")
    assert words in said("scan", data, *options)[1]
    code, out = said("gate", data, *options)
    assert code == 3 and "no row has" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "completion"], "expected NAME=COLUMN"),
        (["--map", "compleation=a"], "did you mean 'completion'"),
        (["--map", "prompt=a", "--map", "completion=a"], "cannot be both"),
        (["--map", "completion="], "expected the name of a column"),
        (["--map", "completion=a", "--field", "a"], "leave one out"),
    ],
)
def test_maps_that_mean_nothing(options, words, tmp_path, capsys):
    """They are usage errors in one line."""
    data = tmp_path / "data.jsonl"
    data.write_text('{"a": "A heron."}\n')
    assert run(["scan", str(data), "--no-config", *options]) == 2
    assert words in capsys.readouterr().err
