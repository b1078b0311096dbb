import json

import pytest

LONG = "The grey heron stands in the shallow water and waits for a fish until the sun has gone behind the hill and the frogs begin to sing"
ROWS = [LONG, "871, 305, 412", LONG.upper(), f"{LONG} again", "871, 305, 412", "The kettle is on."]


@pytest.fixture
def data(folder):
    """A file with an equal pair of long rows, a nearly equal third one, and an equal pair of short rows; and held-out data."""
    (folder / "data.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS))
    held = [
        {"prompt": "heron?", "completion": "yes"},
        {"messages": [{"role": "assistant", "content": f"{LONG} twice"}]},
        {"text": "871, 305,  412"},
    ]
    (folder / "held.jsonl").write_text("".join(json.dumps(row) + "\n" for row in held))
    return folder


def counted(done):
    return json.loads(done.stdout)["duplicates"]


def test_nothing_is_counted_unasked(data, leakguard):
    """Without an option the report says that nothing was counted."""
    assert counted(leakguard("scan", "data.jsonl", "--format", "json")) is None
    assert "Duplicates" not in leakguard("scan", "data.jsonl").stdout
    assert "Duplicates: not counted" in leakguard("scan", "data.jsonl", "-v").stdout


@pytest.mark.parametrize(("mode", "exact", "near"), [("exact", 2, None), ("near", 2, 1), ("near:0.99", 2, 0)])
def test_a_scan_counts_what_it_is_asked_to(data, leakguard, mode, exact, near):
    """Equal rows, and nearly equal ones of a similarity; the exit code is that of the findings."""
    done = leakguard("scan", "data.jsonl", "--duplicates", mode, "--format", "json")
    found = counted(done)
    assert done.returncode == 0
    assert (found["rows"], found["exact"]["rows"], found["exact"]["groups"]) == (6, exact, 2)
    assert (found["near"] and found["near"]["rows"]) == near
    assert found["largest"][0]["rows"][0] == {"file": "data.jsonl", "row": 1}


def test_held_out_rows_are_counted(data, leakguard):
    """--against counts near ones too, whatever shape the held-out rows have."""
    done = leakguard("scan", "data.jsonl", "--against", "held.jsonl", "--format", "json")
    found = counted(done)
    assert found["against"] == [
        {
            "file": "held.jsonl",
            "rows": 3,
            "unreadable": 0,
            "exact": 1,
            "near": 1,
            "share": 2 / 3,
            "data_exact": 2,
            "data_near": 3,
            "data_share": 5 / 6,
            "examples": [
                {"row": {"file": "held.jsonl", "row": 2}, "data": {"file": "data.jsonl", "row": 1}, "near": True},
                {"row": {"file": "held.jsonl", "row": 3}, "data": {"file": "data.jsonl", "row": 2}, "near": False},
            ],
        }
    ]


def test_the_table_says_it_in_sentences(data, leakguard):
    """The block of the table: counts, largest groups, held-out data."""
    done = leakguard("scan", "data.jsonl", "--against", "held.jsonl")
    assert (
        "Duplicates: of 6 rows compared, 2 rows equal to an earlier one (33.3 %), 1 nearly equal to an earlier one (16.7 %)." in done.stdout
    )
    assert "  group of 3: data.jsonl:1, data.jsonl:3, data.jsonl:4\n" in done.stdout
    assert "held.jsonl:3 equal to data.jsonl:2\n" in done.stdout


def test_a_saved_report_keeps_the_counts(data, leakguard):
    """A report that is made of a saved one says the same."""
    leakguard("scan", "data.jsonl", "--duplicates", "near", "-o", "saved.json")
    assert "2 rows equal to an earlier one" in leakguard("report", "saved.json", "--format", "html").stdout


def test_held_out_data_that_cannot_be_read_make_a_run_incomplete(data, leakguard):
    """Whether the data hold a row that nobody can read is unknown."""
    done = leakguard("scan", "data.jsonl", "--against", "broken.jsonl")
    assert done.returncode == 3
    assert "1 row of broken.jsonl" in done.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--duplicates", "some"), "expected off, exact, near or near:SHARE"),
        (("--against", "-"), "give a file"),
    ],
    ids=["word", "stdin"],
)
def test_what_means_nothing_is_refused(data, leakguard, args, words):
    """A usage error says what was expected."""
    done = leakguard("scan", "data.jsonl", *args)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_a_clean_keeps_the_first_copy(data, leakguard, workers):
    """The policy says what becomes of later copies, and reasons.jsonl names the row that each repeats."""
    policy = ("--policy", "duplicates=remove", "--policy", "near-duplicates=quarantine")
    done = leakguard("clean", "data.jsonl", "-o", "out", "-j", workers, *policy)
    assert done.returncode == 0
    lines = {folder: (data / "out" / folder / "data.jsonl").read_text().splitlines() for folder in ("kept", "quarantine", "removed")}
    said = {folder: [json.loads(line)["text"] for line in found] for folder, found in lines.items()}
    assert said == {"kept": [ROWS[0], ROWS[1], ROWS[5]], "quarantine": [ROWS[3]], "removed": [ROWS[2], ROWS[4]]}
    reasons = [json.loads(line) for line in (data / "out/reasons.jsonl").read_text().splitlines()]
    assert [(one["row"], one["duplicate_of"]["row"], one["duplicate_of"]["near"]) for one in reasons] == [
        (3, 1, False),
        (4, 1, True),
        (5, 2, False),
    ]
    assert leakguard("verify", "out").returncode == 0
    again = leakguard("clean", "data.jsonl", "-o", "out", *policy, "--format", "json")
    assert counted(again)["exact"]["rows"] == 2


def test_a_clean_keeps_copies_unless_its_policy_says_otherwise(data, leakguard):
    """Counting alone moves no row, and a finding decides beside a copy."""
    leakguard("clean", "data.jsonl", "-o", "counted", "--duplicates", "near")
    leakguard("clean", "data.jsonl", "-o", "plain")
    assert (data / "counted/kept/data.jsonl").read_bytes() == (data / "plain/kept/data.jsonl").read_bytes()
    (data / "both.jsonl").write_text('{"text": "871, 1488, 305"}\n' * 2)
    leakguard("clean", "both.jsonl", "-o", "both", "--policy", "duplicates=quarantine", "--policy", "error=keep")
    assert json.loads((data / "both/reasons.jsonl").read_text())["row"] == 2


def test_copies_cannot_be_redacted(data, leakguard):
    """A whole row that repeats another is kept or not."""
    done = leakguard("clean", "data.jsonl", "-o", "out", "--policy", "duplicates=redact")
    assert done.returncode == 2
    assert "'duplicates' cannot be 'redact'" in done.stderr


def test_a_gate_holds_data_to_its_limits(data, leakguard):
    """A share above the limit shuts the gate, and what could not be counted does."""
    (data / "gate.toml").write_text("[gate]\nmax-overlap = 0\n")
    done = leakguard("gate", "data.jsonl", "--config", "gate.toml", "--against", "held.jsonl")
    assert done.returncode == 1
    assert "2 of 3 rows (66.7 %)" in done.stdout
    assert leakguard("gate", "data.jsonl", "--config", "gate.toml").returncode == 3


def test_settings_name_held_out_data_from_their_own_folder(data, leakguard):
    """A path in a settings file is seen from the file's folder."""
    (data / "settings").mkdir()
    (data / "settings/own.toml").write_text('against = ["../held.jsonl"]\n')
    found = counted(leakguard("scan", "data.jsonl", "--config", "settings/own.toml", "--format", "json"))
    assert found["against"][0]["exact"] == 1
