"""Files that are not read and files that are left out, in every command and report."""

import json
import os
import subprocess
import sys

import pytest

from leakguard import LeakguardError
from leakguard import clean as clean_here
from leakguard import gate as gate_here
from leakguard.cli import run
from leakguard.reports import GATE_REPORTS, SCAN_REPORTS

HONEST = b'{"text": "The heron waits."}\n'
LEAKY = b'{"text": "On the wall stood 1488."}\n'
SECRET = b'{"text": "a private diary"}\n'
OPTIONS = ("--no-config", "-q", "-j", "1")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder with a folder of data: rows, a packed file, a link that leads outside, a picture, a README."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/rows.jl").write_bytes(40 * HONEST)
    (tmp_path / "data/more.jsonl.lz4").write_bytes(b"\x04\x22\x4d\x18d@\xa7" + LEAKY)
    (tmp_path / "diary.jsonl").write_bytes(SECRET)
    (tmp_path / "data/link.jsonl").symlink_to("../diary.jsonl")
    (tmp_path / "data/cover.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "data/README.md").write_text("About these rows.\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def leakguard(place, capsysbinary):
    """leakguard(command, ...) -> exit code, stdout, stderr of a command in this process."""

    def call(command, *args):
        code = run([command, *OPTIONS, *args] if command != "verify" else [command, *args])
        said = capsysbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return call


def test_a_scan_names_what_it_does_not_read(leakguard):
    """A line for each file, an exit code of 3, and what was left out."""
    code, out, _ = leakguard("scan", "data", "--ignore-files", "*.png")
    said = " ".join(out.split())
    assert code == 3
    assert "Unreadable: 2 files" in out
    assert "data/more.jsonl.lz4: lz4 data are not read: unpack them first (lz4 -d)" in said
    assert "data/link.jsonl: a link that leads outside of the folder" in said
    assert "Incomplete: 2 files unreadable; their content is unknown (exit code 3)." in said
    assert "Ignored: 1 file of kinds that hold no data (README.md)." in out
    assert "Ignored: 1 file matching ignore-files '*.png'." in out


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_every_report_names_them(leakguard, report):
    """Whatever reads it."""
    code, out, _ = leakguard("scan", "data", "--format", report, "--ignore-files", "*.png")
    assert code == 3
    assert all(name in out for name in ("more.jsonl.lz4", "link.jsonl", "*.png", "README.md")) or report == "markdown"
    assert "lz4 data are not read" in out and "Ignored: 1 file " in out.replace("&#32;", " ")


@pytest.mark.parametrize("report", GATE_REPORTS)
def test_a_gate_names_them(leakguard, report):
    """Each is a check that did not pass."""
    code, out, _ = leakguard("gate", "data", "--format", report, "--ignore-files", "*.png")
    assert code == 3
    assert "lz4 data are not read" in " ".join(out.split()) and "leads outside of the folder" in " ".join(out.split())
    assert "Ignored: 1 file " in out


def test_no_share_of_rows_allows_a_file_that_is_not_read(leakguard, place):
    """Its rows are not one row; what is left out keeps nothing shut, and the answer says so."""
    (place / "policy.toml").write_text("[gate]\nmax-unreadable = 0.9\nrates = { error = 0.5 }\n")
    options = ("--config", "policy.toml", "-q", "-j", "1")
    assert run(["gate", *options, "data"]) == 3
    assert run(["gate", *options, "data", "--ignore-files", "*.png", "--ignore-files", "link.*", "--ignore-files", "*.lz4"]) == 0


def test_one_check_stands_for_many_files(leakguard, place):
    """The first twenty by name, then how many more."""
    for n in range(30):
        (place / f"data/{n:02}.bin").write_bytes(b"\x00")
    code, out, _ = leakguard("gate", "data", "--format", "json")
    checks = [check for check in json.loads(out)["checks"] if check["kind"] == "data" and check["answer"] == "unseen"]
    assert (code, len(checks), checks[-1]["observed"]) == (3, 21, "13 not read")
    assert "... and 13 more" in leakguard("scan", "data")[1]


def test_a_clean_lists_them_and_copies_nothing_of_them(leakguard, place):
    """In its manifest and reasons; the same clean again says the same, and a verification holds."""
    for _ in range(2):
        code, out, _ = leakguard("clean", "data", "-o", "out", "--ignore-files", "*.png")
        assert code == 3 and "Unreadable: 2 files" in out
    said = json.loads((place / "out/manifest.json").read_bytes())
    assert [(entry["name"], entry["reason"]) for entry in said["unread"]] == [
        ("data/link.jsonl", "unreadable-file"),
        ("data/more.jsonl.lz4", "unreadable-file"),
    ]
    assert said["ignored"] == [
        {"pattern": "", "files": 1, "first": ["README.md"]},
        {"pattern": "*.png", "files": 1, "first": ["cover.png"]},
    ]
    assert said["settings"]["ignore-files"] == ["*.png"]
    reasons = [json.loads(line) for line in (place / "out/reasons.jsonl").read_bytes().splitlines()]
    assert [(row["file"], row["row"], row["fate"]) for row in reasons] == [
        ("data/link.jsonl", 0, "unreadable"),
        ("data/more.jsonl.lz4", 0, "unreadable"),
    ]
    written = [path for path in (place / "out").rglob("*") if path.is_file()]
    assert sorted(path.name for path in written) == ["manifest.json", "reasons.jsonl", "rows.jl"]
    assert not any(b"diary" in path.read_bytes() for path in written if path.name != "manifest.json" and path.name != "reasons.jsonl")
    assert leakguard("verify", "out")[0] == 0
    assert leakguard("gate", "out/kept")[0] == 0


def test_a_clean_of_other_unread_files_is_another(leakguard, place):
    """A file that appeared, is not read and changes nothing that is written is still a change."""
    assert leakguard("clean", "data", "-o", "out")[0] == 3
    (place / "data/new.gguf").write_bytes(b"GGUF\x03\0\0\0")
    code, _, err = leakguard("clean", "data", "-o", "out")
    assert code == 2 and "the file that is not read, data/new.gguf is new" in err


def test_links_are_read_where_that_is_asked_for(leakguard, place):
    """By an option, or by naming the link itself."""
    (place / "diary.jsonl").write_bytes(LEAKY)
    options = ("--ignore-files", "*.lz4", "--ignore-files", "*.png")
    assert leakguard("scan", "data", *options)[0] == 3
    assert leakguard("scan", "data", "--follow-links", *options)[0] == 1
    assert leakguard("scan", "data/link.jsonl")[0] == 1


def test_a_folder_written_by_datasets_is_named_by_its_arrow_file(leakguard, place):
    """Its descriptions are no rows."""
    (place / "saved").mkdir()
    (place / "saved/data-00000-of-00001.arrow").write_bytes(b"\xff\xff\xff\xff\x90\x00\x00\x00")
    (place / "saved/dataset_info.json").write_text(json.dumps({"features": {"text": {"dtype": "string"}}}, indent=2))
    (place / "saved/state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}, indent=2))
    code, out, _ = leakguard("scan", "saved", "--format", "json")
    said = json.loads(out)
    (lost,) = said["unreadable"]
    assert code == 3 and lost["file"] == "saved/data-00000-of-00001.arrow"
    assert lost["detail"] == "Arrow: the data have no end mark"
    assert said["ignored"] == [{"pattern": "", "files": 2, "first": ["dataset_info.json", "state.json"]}]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", LEAKY, 1),
        ("a", LEAKY, 1),
        ("a.txt", b"Plain words.\n", 3),
        ("a.json", b"[\n" + LEAKY + b"]\n", 1),
        ("a.json", b"[1488]\n", 3),
        ("a.tar", b"\0" * 257 + b"ustar\0" + b"\0" * 200, 3),
        ("a.jsonl", b"Plain words.\n", 3),
    ],
)
def test_a_file_that_is_named_itself_is_told_by_its_content(leakguard, place, name, data, code):
    """Read under any name, or named as one file that is not."""
    (place / name).write_bytes(data)
    assert leakguard("scan", name)[0] == code
    assert leakguard("gate", name)[0] == code


def test_python_knows_the_same(place):
    """The settings by their Python names; what is not read is in what is returned."""
    options = {"ignore_files": ["*.png", "*.lz4"], "workers": 1}
    result = clean_here("data", "out", **options)
    assert [one.origin.file for one in result.unreadable] == ["data/link.jsonl"]
    assert result.tally.unreadable == 1
    answer = gate_here("data", **options)
    assert answer.exit_code == 3
    assert gate_here("data", follow_links=True, **options).exit_code == 0
    with pytest.raises(LeakguardError):
        gate_here("data", ignore_files="*")


@pytest.mark.linux("makes names of files that are not UTF-8")
def test_names_that_are_not_utf8_stay_apart(leakguard, place):
    """In outputs, reasons and reports; also those that differ in case, normalisation, or look like an escape."""
    names = [b"a\xff.jsonl", b"a\xfe.jsonl", rb"a\xff.jsonl", b"A.jsonl", b"a.jsonl", "\u00e9.jsonl".encode(), "e\u0301.jsonl".encode()]
    names += [b"b\xff.csv", b"b\xfe.csv", rb"b\xff.csv", b"c\n.jsonl", b"--config=d.jsonl"]
    (place / "odd").mkdir()
    for nth, name in enumerate(names):
        header = b"text\n" if name.endswith(b"csv") else b""
        rows = [b'{"text": "Heron %d."}\n' % nth, LEAKY] if not header else [b"Heron %d.\n" % nth, b"On the wall stood 1488.\n"]
        with open(os.path.join(b"odd", name), "wb") as file:
            file.write(header + b"".join(rows))
    code, out, err = leakguard("clean", "odd", "-o", "out", "--format", "json")
    assert code == 0, err
    assert len({*json.loads(out)["files"]}) == len(names)
    for nth, name in enumerate(names):
        with open(os.path.join(b"out/kept", name), "rb") as file:
            assert file.read().count(b"Heron %d." % nth) == 1
    reasons = [json.loads(line) for line in (place / "out/reasons.jsonl").read_bytes().splitlines()]
    assert (len(reasons), len({row["file"] for row in reasons})) == (len(names), len(names))
    assert leakguard("verify", "out")[0] == 0


@pytest.mark.parametrize("option", ["--config=evil.toml", "--no-config", "-q", "--config", "--ignore-files=*"])
def test_an_option_that_is_the_name_of_a_file_is_refused(leakguard, place, option):
    """A shell's glob or a hook put it there; after -- it is a file."""
    (place / option).write_bytes(LEAKY)
    code = run(["scan", option, "data/rows.jl"])
    assert code == 2
    assert run(["scan", "--no-progress", "--", option]) == 1


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "-"])
def test_pipes_that_are_named_are_read(place, name):
    """As before: the end of a pipe, under any of its names."""
    command = [sys.executable, "-m", "leakguard", "scan", *OPTIONS, name]
    assert subprocess.run(command, input=LEAKY, check=False, capture_output=True, timeout=120).returncode == 1


def test_a_made_pipe_among_the_files_is_not_waited_for(place):
    """A shell's glob names it like the others; nobody writes into it."""
    os.mkfifo(place / "data/p.jsonl")
    command = [sys.executable, "-m", "leakguard", "scan", *OPTIONS, "data/rows.jl", "data/p.jsonl"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3 and "no program writes into it" in done.stdout
