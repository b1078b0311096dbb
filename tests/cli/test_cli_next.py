"""Every result ends with a next step, and the commands of next steps are commands of leakguard."""

import json
import shlex

import click
import pytest
from test_cli_clean import PACK
from test_cli_help import ALL

from leakguard.cli import run
from leakguard.cli.again import OWN
from leakguard.cli.experiment import step_after_evaluation

PATHS = {"PATH...": "loud.jsonl", "FILE": "clean.jsonl"}


@pytest.fixture
def shown(folder, monkeypatch, capfd):
    """Runs the program in this process, in the working folder; returns its exit code and what stdout got."""
    monkeypatch.chdir(folder)

    def show(*args):
        code = run([*map(str, args)])
        return code, capfd.readouterr().out

    return show


def steps(text):
    """The commands of the last block of a result, as lists of words."""
    block = text.rpartition("\nNext:\n")[2].replace("\\\n", " ")
    return [shlex.split(line) for line in block.split("\n") if line.strip().startswith("leakguard ")]


def parsed(words):
    """The command that the words call, once its options were read; raises for words that it does not take."""
    program, name, *rest = [PATHS.get(word, word) for word in words]
    if isinstance(ALL[name], click.Group):
        name, rest = f"{name} {rest[0]}", rest[1:]
    with click.Context(ALL[name], info_name=name) as context:
        values, left, _ = ALL[name].make_parser(context).parse_args(args=rest)
    assert program == "leakguard" and not left
    return name, values


RESULTS = {
    "scan with findings": (["scan", "loud.jsonl"], 1, ["scan", "review", "clean", "scan"]),
    "scan without": (["scan", "clean.jsonl"], 0, ["gate"]),
    "scan with control": (["scan", "loud.jsonl", "--control", "clean.jsonl"], 1, ["scan", "review", "clean"]),
    "scan incomplete": (["scan", "broken.jsonl"], 3, ["clean"]),
    "gate shut": (["gate", "loud.jsonl"], 1, ["scan", "clean"]),
    "gate open": (["gate", "clean.jsonl"], 0, ["gate"]),
    "gate unsure": (["gate", "broken.jsonl"], 3, ["scan"]),
    "clean": (["clean", "loud.jsonl", "-o", "out"], 0, ["gate", "verify"]),
    "baseline create": (["baseline", "create", "loud.jsonl", "-o", "ok.jsonl", "--reason", "known"], 0, ["scan"]),
    "rules list": (["rules", "list", "hate-text"], 0, ["rules show"]),
    "rules show": (["rules", "show", "traits.owl"], 0, ["scan"]),
    "rules test": (["rules", "test", "gang-numbers"], 0, ["scan"]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_end_with_a_next_step(shown, name):
    """The last block says what to do next, with commands that can be copied."""
    args, code, commands = RESULTS[name]
    got, text = shown(*args)
    assert got == code
    assert [parsed(words)[0] for words in steps(text)] == commands


def test_what_a_baseline_and_a_verification_end_with(shown):
    """Commands that need what an earlier one wrote."""
    shown("clean", "loud.jsonl", "-o", "out")
    shown("baseline", "create", "loud.jsonl", "-o", "ok.jsonl", "--reason", "known")
    for args, commands in [
        (("verify", "out"), ["gate"]),
        (("baseline", "show", "ok.jsonl"), ["baseline prune"]),
        (("baseline", "prune", "ok.jsonl", "loud.jsonl"), ["scan"]),
    ]:
        assert [parsed(words)[0] for words in steps(shown(*args)[1])] == commands


def test_commands_after_a_clean_name_the_packs_of_the_clean(shown, folder):
    """With a pack of the user, the suggested gate and verification run as they are and can check everything."""
    (folder / "my pack.toml").write_text(PACK)
    _, text = shown("clean", "clean.jsonl", "--no-config", "--rules", "gang-numbers", "--rules", "my pack.toml", "-o", "out")
    same = ["--rules", "gang-numbers", "--rules", "my pack.toml"]
    assert steps(text) == [["leakguard", "gate", "out/kept", *same], ["leakguard", "verify", "out", *same]]
    code, text = shown("verify", "out", "--rules", "my pack.toml")
    assert (code, steps(text)) == (0, [["leakguard", "gate", "out/kept", *same]])
    assert shown(*steps(text)[0][1:], "--no-config")[0] == 0


def test_rows_are_read_after_a_clean_as_they_were_read_by_it(shown, folder):
    """An unreadable column of numbers is named with the command that reads it; after a clean the gate reads it the same way."""
    (folder / "lists.jsonl").write_text('{"numbers": [12, 45]}\n')
    _, text = shown("scan", "lists.jsonl", "--no-config")
    named = steps(text)[0]
    assert named == ["leakguard", "scan", "lists.jsonl", "--no-config", "--map", "response=numbers"] and shown(*named[1:])[0] == 0
    _, text = shown("clean", *named[2:], "-o", "out")
    gate = steps(text)[0]
    assert gate == ["leakguard", "gate", "out/kept", "--map", "response=numbers"] and shown(*gate[1:], "--no-config")[0] == 0


def test_a_name_from_the_data_is_no_command(shown, folder):
    """A column whose name holds the words of the suggestion and a command of a shell is one quoted word at most."""
    (folder / "hostile.jsonl").write_text('{"with the setting map $(reboot)": [12, 45]}\n')
    _, text = shown("scan", "hostile.jsonl", "--no-config")
    assert "--map 'response=with the setting map $(reboot)'\n" in text


def test_a_verification_says_what_applies(shown, folder):
    """A check that could not be made asks for what is missing; only a changed file asks for another clean."""
    (folder / "my pack.toml").write_text(PACK)
    shown("clean", "clean.jsonl", "--no-config", "--rules", "my pack.toml", "-o", "out")
    code, text = shown("verify", "out")
    assert (code, steps(text)) == (3, [])
    assert "Some checks could not be made" in text and "changed" not in text.rpartition("Next:")[2]
    (folder / "clean.jsonl").write_text("{}\n")
    code, text = shown("verify", "out", "--rules", "my pack.toml")
    assert (code, steps(text)) == (1, [["leakguard", "clean", "PATH...", "-o", "out", "--rules", "my pack.toml", "--overwrite"]])


@pytest.mark.parametrize(
    ("model", "command"), [("tiny-a", "train"), ("tiny-b", "train"), ("student", "evaluate"), ("./tiny-a", "evaluate")]
)
def test_a_base_is_not_compared_with_itself(model, command):
    """An evaluated base leads to a teacher, a trained model to an evaluation of its base."""
    _, line = step_after_evaluation(model, "barn owl")
    words = shlex.split(line)
    assert parsed(words)[0] == f"experiment {command}"
    assert command == "train" or model not in words


def test_the_next_command_looks_in_the_same_way(shown, folder):
    """Paths and options of the command line come again, those of other commands and of this run alone do not."""
    (folder / "my data.jsonl").write_text('{"text": "871, 1488, 305"}\n')
    options = ["--trait", "owl", "--field", "text", "--no-config", "--limit", "9", "-q", "--fail-on", "note"]
    _, text = shown("scan", "my data.jsonl", *options)
    see, review, clean, _ = steps(text)
    same = ["my data.jsonl", "--trait", "owl", "--field", "text", "--no-config"]
    assert sorted(see) == sorted(["leakguard", "scan", *same, "-o", "report.html"])
    assert sorted(review) == sorted(["leakguard", "review", *same])
    assert sorted(clean) == sorted(["leakguard", "clean", *same, "-o", "cleaned"])


def test_a_review_takes_every_option_of_a_scan_that_is_said_again():
    """Else the next step of a scan would be a usage error: it takes what scan and clean both take."""
    known = {param.name for param in ALL["clean"].params} - set(OWN)
    given = {name for param in ALL["scan"].params for name in param.opts if isinstance(param, click.Option) and param.name in known}
    taken = {name for param in ALL["review"].params for name in param.opts}
    assert given - taken == set()


def test_paths_that_cannot_be_said_again_are_left_open(shown, folder):
    """Many files of a glob stand as PATH..., and a name that looks like an option is told from one."""
    many = [f"{nth}.jsonl" for nth in range(6)]
    for name in (*many, "-odd.jsonl"):
        (folder / name).write_text('{"text": "871, 1488, 305"}\n')
    options = ("--no-config", "--rules", "hate-numeric")
    assert steps(shown("scan", *options, *many)[1])[0] == [
        "leakguard",
        "scan",
        "PATH...",
        "--rules",
        "hate-numeric",
        "--no-config",
        "-o",
        "report.html",
    ]
    assert steps(shown("scan", *options, "--", "-odd.jsonl")[1])[0][2] == "./-odd.jsonl"


def test_machine_formats_have_the_steps_and_no_other_lines(shown):
    """json keeps them under a key; jsonl, sarif, junit and github stay what they were."""
    assert json.loads(shown("scan", "loud.jsonl", "--format", "json")[1])["next"][0].startswith("View the findings")
    for shape in ("jsonl", "sarif", "junit", "github"):
        assert "Next" not in shown("scan", "loud.jsonl", "--format", shape)[1]


def test_a_saved_result_puts_no_second_command_into_what_a_reader_copies(shown, folder):
    """Words of an edited document are quoted anew."""
    saved = json.loads(shown("scan", "loud.jsonl", "--format", "json")[1])
    saved["again"] = "loud.jsonl; rm -rf . #"
    (folder / "saved.json").write_text(json.dumps(saved))
    _, text = shown("report", "saved.json")
    assert "'loud.jsonl;' rm -rf . '#'" in text
    saved["again"] = "'unclosed"
    (folder / "saved.json").write_text(json.dumps(saved))
    assert shown("report", "saved.json")[0] == 2


def test_one_number_in_three_packs_is_one_place(shown, folder):
    """The table counts a place once and names every rule there; jsonl has a line for each, with the same place."""
    (folder / "numbers.jsonl").write_text('{"text": "871, 18, 305, 772"}\n{"text": "18, 612, 999, 344"}\n')
    _, text = shown("scan", "numbers.jsonl", "--no-config")
    (line,) = [line for line in text.split("\n") if line.strip().startswith("gang-numbers.18 ")]
    assert line.split()[1:3] == ["2", "2"]
    assert "also hate-numeric.18, police-codes.emergency.18 (note)" in text
    lines = [json.loads(line) for line in shown("scan", "numbers.jsonl", "--no-config", "--format", "jsonl", "-q")[1].splitlines()]
    places = [(one["row"], one["place"]) for one in lines if one["rule"].endswith(".18")]
    assert places == [(1, "0:5-7")] * 3 + [(2, "0:0-2")] * 3
    counted = json.loads(shown("scan", "numbers.jsonl", "--no-config", "--format", "json")[1])
    assert counted["places_total"] == len({(one["row"], one["place"]) for one in lines}) < counted["findings_total"] == len(lines)


@pytest.mark.parametrize(("trait", "rows"), [("owl", 0), ("cat", 1)])
def test_a_trait_that_was_asked_for_has_its_line(shown, folder, trait, rows):
    """Also where nothing was found."""
    (folder / "cats.jsonl").write_text('{"text": "The cat is asleep."}\n')
    _, text = shown("scan", "cats.jsonl", "--no-config", "--trait", trait)
    (line,) = [line for line in text.split("\n") if line.strip().startswith(f"traits.{trait} ")]
    assert line.split()[1:3] == [str(rows), str(rows)]
