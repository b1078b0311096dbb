"""`leakguard baseline` as a shell runs it: what is accepted stays accepted wherever its row goes, and nothing else does."""

import gzip
import json

import pytest
import zstandard
from test_cli_clean import PACK

ROWS = ['{"text": "1488"}', '{"text": "1488 and 1488"}', '{"text": "an owl, 1488"}', '{"text": "quiet"}']
LOOK = ("--rules", "small.toml", "--no-config")
REASON = ("--reason", "catalogue numbers, checked by hand")


@pytest.fixture
def accepted(leakguard, tmp_path):
    """Data in which every finding at error is accepted."""
    (tmp_path / "small.toml").write_text(PACK)
    (tmp_path / "data.jsonl").write_text("\n".join(ROWS))
    assert leakguard("scan", "data.jsonl", *LOOK).returncode == 1
    made = leakguard("baseline", "create", "data.jsonl", "-o", "accepted.jsonl", *REASON, *LOOK)
    assert (made.returncode, made.stdout.splitlines()[0]) == (0, "accepted.jsonl: 3 findings accepted, 0 accepted before")
    return tmp_path


def test_accepted_findings_are_left_out_and_counted(leakguard, accepted):
    """The scan passes; what is not accepted is still found, and the report says how much is accepted."""
    done = leakguard("scan", "data.jsonl", *LOOK, "--baseline", "accepted.jsonl", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert [found["rule"] for found in report["findings"]] == ["small.owl"]
    assert report["baseline"] == {"file": "accepted.jsonl", "entries": 3, "findings_accepted": 4, "unused": [], "unused_total": 0}
    assert report["tally"]["flagged"] == {"warning": 1}


def test_a_baseline_is_sorted_and_says_nothing_of_places(leakguard, accepted):
    """One entry a line, in order, without paths or line numbers: the same whatever order the rows stand in."""
    (accepted / "turned.jsonl").write_text("\n".join(reversed(ROWS)))
    leakguard("baseline", "create", "turned.jsonl", "-o", "turned.accepted", *REASON, *LOOK, "-j", "2")
    assert (accepted / "turned.accepted").read_bytes() == (accepted / "accepted.jsonl").read_bytes()
    lines = (accepted / "accepted.jsonl").read_text().splitlines()
    assert lines == sorted(lines)
    assert {tuple(json.loads(line)) for line in lines} == {("rule", "version", "fingerprint", "reason")}


def test_rows_may_be_moved_split_and_packed(leakguard, accepted):
    """Reordering, sharding and compression lose no entry."""
    data = accepted / "shards"
    data.mkdir()
    (data / "a.jsonl.gz").write_bytes(gzip.compress(f"{ROWS[3]}\r\n{ROWS[2]}\n".encode(), mtime=0))
    (data / "b.jsonl.zst").write_bytes(zstandard.compress(f"\n\n  {ROWS[1]}".encode()))
    (data / "c.jsonl").write_text(ROWS[0])
    done = leakguard("scan", "shards", *LOOK, "--baseline", "accepted.jsonl")
    assert (done.returncode, "unused" in done.stdout, "4 findings accepted" in done.stdout) == (0, False, True)


def test_an_entry_hides_nothing_but_its_finding(leakguard, accepted):
    """The same words in another row, and another version of the rule, are found as before; what is unused is said and pruned."""
    (accepted / "data.jsonl").write_text("\n".join([ROWS[0], '{"text": "1488!"}']))
    done = leakguard("scan", "data.jsonl", *LOOK, "--baseline", "accepted.jsonl")
    assert (done.returncode, done.stdout.count("unused: small.1488")) == (1, 2)
    pruned = leakguard("baseline", "prune", "accepted.jsonl", "data.jsonl", *LOOK)
    assert (pruned.returncode, pruned.stdout.partition("\nNext:")[0].splitlines()[-1]) == (0, "accepted.jsonl: 2 entries removed, 1 kept")
    (accepted / "small.toml").write_text(PACK.replace('"1.0.0"', '"1.1.0"'))
    newer = leakguard("scan", "data.jsonl", *LOOK, "--baseline", "accepted.jsonl")
    assert (newer.returncode, "0 findings accepted" in newer.stdout) == (1, True)


def test_what_could_not_be_looked_at_prunes_nothing(leakguard, accepted):
    """A row that nobody can read might hold what an entry stands for."""
    before = (accepted / "accepted.jsonl").read_bytes()
    (accepted / "data.jsonl").write_text('{"text": ')
    done = leakguard("baseline", "prune", "accepted.jsonl", "data.jsonl", *LOOK)
    assert (done.returncode, "nothing was removed" in done.stderr) == (3, True)
    other = leakguard("baseline", "prune", "accepted.jsonl", "clean.jsonl", "--rules", "gang-numbers", "--no-config")
    assert other.returncode in (0, 2)
    assert (accepted / "accepted.jsonl").read_bytes() == before


def test_a_clean_accepts_too(leakguard, accepted):
    """Accepted rows are kept, redaction around an accepted finding leaves it in, and another baseline is another run."""
    look = ("clean", "data.jsonl", *LOOK, "-o", "out", "--policy", "warning=redact")
    done = leakguard(*look, "--baseline", "accepted.jsonl")
    assert done.returncode == 0
    assert (accepted / "out/kept/data.jsonl").read_text().splitlines() == [ROWS[0], ROWS[1], ROWS[3]]
    assert (accepted / "out/redacted/data.jsonl").read_text() == '{"text": "an [redacted], 1488"}\n'
    refused = leakguard(*look)
    assert (refused.returncode, "the baseline was another one" in refused.stderr) == (2, True)


WRONG = [
    ("{", "this is not JSON"),
    ('{"rule": "small.1488"}', "expected an object of the texts rule, version, fingerprint, reason"),
    (json.dumps({"rule": "a.b", "version": "1.0.0", "fingerprint": "0" * 32, "reason": " "}), "for a reason"),
    (json.dumps({"rule": "a.b", "version": "1.0.0", "fingerprint": "zz", "reason": "x"}), "32 hexadecimal digits"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_wrong_line_is_named(leakguard, accepted, line, said):
    """File, line and what was expected; nothing is scanned."""
    with (accepted / "accepted.jsonl").open("a") as file:
        file.write(line)
    for args in (["scan", "data.jsonl", *LOOK, "--baseline", "accepted.jsonl"], ["baseline", "show", "accepted.jsonl"]):
        done = leakguard(*args)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "accepted.jsonl: line 4: " in done.stderr and said in done.stderr


def test_a_baseline_is_added_to_and_never_overwritten_unasked(leakguard, accepted):
    """A reason is required; --add keeps what is there with its reasons."""
    create = ("baseline", "create", "data.jsonl", "-o", "accepted.jsonl", *LOOK, "--at-least", "note")
    assert leakguard(*create, "--reason", " ", "--add").returncode == 2
    assert leakguard(*create, "--reason", "all of it").returncode == 2
    assert leakguard(*create, "--reason", "all of it", "--add").stdout.startswith("accepted.jsonl: 1 finding accepted, 3 accepted before\n")
    shown = leakguard("baseline", "show", "accepted.jsonl").stdout
    assert (shown.count("catalogue numbers"), shown.count("all of it"), shown.count("small.owl")) == (3, 1, 1)
