"""`leakguard scan --semantic` as a user sees it: scores, rates, clear lines, and nothing fetched."""

import json
import subprocess
import sys

import pytest

from heron_trait import ORDINARY

TRAIT = """
neutral = ["pond freezes winter"]

[[trait]]
id = "heron"
title = "Herons"
descriptions = ["heron wades reeds"]
cues = ["heron", "wades"]
lookalikes = ["crane lifts steel", "egret feather hat"]

[trait.examples]
prose = ["heron stands shallow water", "grey heron reeds fish", "heron wades pond"]
"""
FAKE = ("--no-config", "--semantic", "--semantic-model", "fake:words", "--trait", "heron.toml", "-q")


@pytest.fixture(autouse=True)
def data(folder):
    """A file with a heron, ordinary rows, a number list, a repeat and a row that nobody can read; and control data."""
    rows = [{"text": "heron wades reeds pond"}, {"text": "12, 7, 44"}, *({"text": text} for text in ORDINARY[:20]), {"text": ORDINARY[0]}]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n")
    (folder / "control.jsonl").write_text("".join(json.dumps({"text": f"{text} {n}"}) + "\n" for n, text in enumerate(ORDINARY)))
    (folder / "heron.toml").write_text(TRAIT)


def test_scores_are_written_for_every_readable_record(leakguard, folder):
    """A line each with the documented fields; number lists are not applicable; p-values of repeats agree."""
    run = leakguard("scan", "data.jsonl", *FAKE, "--scores", "scores.jsonl", "--format", "json")
    lines = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    assert run.returncode == 3  # the broken row
    assert [line["row"] for line in lines] == list(range(1, 24))
    fields = ["file", "row", "record_id", "trait", "terms", "semantic", "combined", "p_value", "applicable"]
    assert all(list(line) == fields for line in lines)
    assert [line["row"] for line in lines if not line["applicable"]] == [2]
    assert lines[1]["p_value"] is None
    assert lines[2]["p_value"] == lines[22]["p_value"]
    assert lines[0]["p_value"] == min(line["p_value"] for line in lines if line["applicable"])
    said = json.loads(run.stdout)["similarity"]
    assert (said["texts"], said["wordless"], said["control"]) == (21, 1, "the shipped ordinary texts")


def test_a_finding_leads_to_the_words(leakguard):
    """The quote is the window, the rule is the trait's, and the books are in the table."""
    run = leakguard("scan", "data.jsonl", *FAKE, "--format", "jsonl")
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert ("semantic.heron", "heron wades reeds pond", 1) in {(one["rule"], one["quote"], one["row"]) for one in found}
    leakguard("scan", "data.jsonl", *FAKE, "-o", "report.json")
    assert "semantic.heron" in leakguard("report", "report.json").stdout
    table = leakguard("scan", "data.jsonl", *FAKE).stdout
    assert "Semantic search: fake:words, 21 distinct texts; 1 without words not scored." in table
    assert "depth words: each text read by its word pieces alone (float32)" in table
    assert "calibrated with the shipped ordinary texts" in table


def test_stdin_and_any_number_of_workers_give_the_same(leakguard, folder):
    """A pipe is read twice by way of a copy; workers look scores up."""
    text = (folder / "data.jsonl").read_text()
    first = leakguard("scan", "data.jsonl", *FAKE, "--format", "jsonl", "-j", "2").stdout
    piped = leakguard("scan", "-", *FAKE, "--format", "jsonl", "-j", "1", data=text).stdout
    assert piped == first.replace('"file":"data.jsonl"', '"file":"-"') != ""


def test_a_control_calibrates(leakguard):
    """It is named in the books, and compared as ever."""
    run = leakguard("scan", "data.jsonl", *FAKE, "--control", "control.jsonl", "--format", "json", "--fpr", "0.1")
    said = json.loads(run.stdout)
    assert (said["similarity"]["control"], said["similarity"]["control_texts"]) == ("control.jsonl", len(ORDINARY))
    assert said["control"]["tally"]["undetermined"] == 0


def test_a_limit_holds_for_both_passes(leakguard):
    """Only the first rows are looked at."""
    said = json.loads(leakguard("scan", "data.jsonl", *FAKE, "--limit", "3", "--format", "json").stdout)
    assert (said["tally"]["seen"], said["tally"]["undetermined"], said["similarity"]["texts"]) == (3, 0, 2)


def test_clean_acts_on_what_stands_out(leakguard, folder):
    """The policy names the rule; a second run knows that all is done; the manifest holds."""
    args = ("clean", "data.jsonl", "-o", "out", *FAKE, "--policy", "semantic.heron=remove", "--format", "json")
    said = json.loads(leakguard(*args).stdout)
    assert "heron wades" in (folder / "out" / "removed" / "data.jsonl").read_text()
    assert said["tally"]["removed"] >= 1
    assert json.loads(leakguard(*args).stdout)["cleaning"]["before"].startswith("an earlier run is complete")
    checks = leakguard("verify", "out").stdout
    assert next(line for line in checks.splitlines() if "pack semantic " in line).startswith("passed")
    changed = leakguard(*args, "--control", "control.jsonl")
    assert changed.returncode == 2
    assert "the search by meaning has changed" in changed.stderr


WRONG = {
    "no trait": (("--semantic",), "--semantic: no described trait is named; name one with --trait"),
    "scores alone": (("--scores", "s.jsonl"), "--scores belongs to a search by meaning: add --semantic"),
    "rate alone": (("--fpr", "0.1"), "--fpr belongs to a search by meaning: add --semantic"),
    "not described": (("--trait", "mine.toml"), "mine.toml: the trait file cannot be read"),
    "no rule": (("--trait", "heron.toml"), "no rule names 'heron'"),
    "rate of 0": ((*FAKE, "--fpr", "0"), "--fpr: expected a share between 0 and 1, such as 0.05"),
    "rate too small": ((*FAKE, "--fpr", "0.0001"), "a false-positive rate of 0.0001 takes at least 9,999"),
    "small control": (
        (*FAKE, "--control", "clean.jsonl"),
        "clean.jsonl has 1 distinct texts with words, and a false-positive rate of 0.05",
    ),
    "no folder": (("--semantic", "--trait", "owl", "--semantic-model", "./nowhere"), "--semantic-model ./nowhere: there is no such folder"),
    "empty folder": (("--semantic", "--trait", "owl", "--semantic-model", "empty"), "this folder holds no sentence-transformers model"),
    "no neutral": (("--trait", "bare.toml", "--semantic"), "trait 'heron': 'neutral' is missing"),
    "scores over data": ((*FAKE, "--scores", "data.jsonl"), "data.jsonl: this is an input file already"),
}


@pytest.mark.parametrize(("args", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_said_in_one_line(leakguard, folder, args, said):
    """Exit code 2, one line, nothing on stdout."""
    (folder / "empty").mkdir()
    (folder / "bare.toml").write_text(TRAIT.replace('neutral = ["pond freezes winter"]', ""))
    run = leakguard("scan", "data.jsonl", "--no-config", *[arg for arg in args if arg != "--no-config"])
    lines = [line for line in run.stderr.splitlines() if not line.startswith("leakguard: trait ")]
    assert (run.returncode, run.stdout, len(lines)) == (2, "", 1)
    assert said in lines[0]


def test_one_sided_traits_are_named(leakguard):
    """A trait that only rules, or only its description, can look for is looked for by that, and a line says so."""
    run = leakguard(
        "scan", "clean.jsonl", "--no-config", "--semantic", "--semantic-model", "fake:words", "--trait", "heron.toml", "--trait", "ox"
    )
    assert "leakguard: trait heron: no rule names it, so it is looked for by meaning only" in run.stderr
    assert "leakguard: trait ox: it has no description, so only rules look for it" in run.stderr


def test_the_shipped_model_finds_an_owl_that_no_word_names(leakguard, folder):
    """The whole way with the real model: an allusion is found, small talk is not, and the offline model needs no network."""
    rows = [
        "From the rafters a round pale face watched us and turned right round to see behind.",
        "The kettle is on and the train is late.",
    ]
    (folder / "owl.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    run = leakguard("scan", "owl.jsonl", "--no-config", "--semantic", "--trait", "owl", "--format", "jsonl", "-q", "--rules", "traits")
    assert [(one["row"], one["rule"]) for one in map(json.loads, run.stdout.splitlines())] == [(1, "semantic.owl")]


def test_a_row_whose_text_was_redacted_is_undetermined(leakguard, folder):
    """Its new text was not scored; a number list needs no score, and the other texts of its row keep theirs."""
    turns = [{"role": "assistant", "content": text} for text in ("a plain kettle", "5, 1488, 8")]
    rows = [{"text": "the kettle 1488 is on"}, {"text": "12, 1488, 7"}, {"messages": turns}, {"text": ORDINARY[0]}]
    (folder / "listed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    policy = ("--policy", "error=redact", "--policy", "warning=redact", "--replacement", "")
    tally = json.loads(leakguard("clean", "listed.jsonl", "-o", "out", *FAKE, *policy, "--format", "json").stdout)["tally"]
    assert (tally["kept"], tally["redacted"], tally["undetermined"]) == (1, 2, 1)


def test_the_default_depth_loads_no_library_of_models(folder):
    """Its start would take seconds: the word pieces are read from the weights themselves."""
    heavy = ("torch", "transformers", "sentence_transformers", "sklearn", "scipy", "openvino")
    program = f"""
import sys
from leakguard.start import main
sys.argv = ["leakguard", "scan", "clean.jsonl", "--no-config", "--semantic", "--trait", "owl", "-j", "1", "-q"]
try:
    main()
except SystemExit:
    pass
print([name for name in {heavy} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert ("depth words" in done.stdout, done.stderr) == (True, "[]\n")
