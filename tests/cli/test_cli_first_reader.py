"""What a first reader does wrong, and what the program says to do next."""

import json

import pytest


def next_of(page):
    """The lines after the last `Next:`, without their indents."""
    return [line.strip() for line in page.rpartition("Next:\n")[2].splitlines()]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["scan"], "Missing argument 'PATH...'; see leakguard scan --help"),
        (["clean", "a.jsonl"], "Missing option '-o' / '--output'. Folder for all outputs, or its address: s3://, gs://; see leakguard clean --help"),
        (["baseline", "create", "a.jsonl", "-o", "b.jsonl"], "Missing option '--reason'. Why these findings are accepted; see leakguard baseline create --help"),
        (["scan", "a.jsonl", "--wrong"], "; see leakguard scan --help"),
        (["scan", "a.jsonl", "--limit", "many"], "; see leakguard scan --help"),
        (["rules", "lst"], "; see leakguard rules --help"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_names_the_help_that_explains_it(leakguard, tmp_path, args, said):
    """And a missing option says what it is for."""
    (tmp_path / "a.jsonl").write_text('{"text": "fine"}\n')
    done = leakguard(*args)
    assert done.returncode == 2
    assert done.stderr.strip().endswith(said)


@pytest.mark.parametrize("content", ["", "\n", "\n\n  \n"], ids=["empty", "newline", "blanks"])
def test_a_file_without_rows_sends_the_reader_back_to_the_path(leakguard, tmp_path, content):
    """A gate would block it: to hold it against a policy is no next step."""
    (tmp_path / "a.jsonl").write_text(content)
    done = leakguard("scan", "a.jsonl")
    assert next_of(done.stdout) == ["Check the path: it contains no rows. A gate blocks such data."]
    assert leakguard("gate", "a.jsonl").returncode == 3


def test_a_row_beyond_the_limit_names_the_option_that_reads_it(leakguard, tmp_path):
    """The command that is offered reads the row."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "x" * 2_000}) + "\n")
    (tmp_path / "small.toml").write_text('row-limit = "1KiB"\n')
    done = leakguard("scan", "a.jsonl", "--config", "small.toml")
    assert done.returncode == 3
    said = next_of(done.stdout)
    command = next(line for line in said if "--row-limit" in line)
    assert leakguard(*command.split()[1:]).returncode == 0


def test_a_limit_that_was_given_is_not_offered_again(leakguard, tmp_path):
    """The reader knows the option."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "x" * 2_000}) + "\n")
    done = leakguard("scan", "a.jsonl", "--row-limit", "1KiB")
    assert not [line for line in next_of(done.stdout) if "256MiB" in line]
