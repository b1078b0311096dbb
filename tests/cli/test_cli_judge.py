"""A judge from the command line: real processes, a real server, real kills."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from chat_server import serving
from leakguard.jobs.scan import ScanInput, scan_files
from leakguard.models.fakes.chat import Faults
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

PROGRAM = [sys.executable, "-m", "leakguard"]
SERVER = Path(__file__).parents[1] / "chat_server.py"
RULES = ("--rules", "hate-numeric", "--trait", "owl", "-j", "1")


@pytest.fixture
def rows(folder):
    """Forty rows, every tenth about owls."""
    (folder / "rows.jsonl").write_text("".join(f'{{"text": "row {n}: {"an owl" if n % 10 == 0 else "a kettle"}"}}\n' for n in range(40)))
    return "rows.jsonl"


@pytest.fixture
def labels(folder):
    """Sixty labelled examples that the rules get right, but for three."""
    texts = (
        [(f"An owl sat on roof {n}.", 1) for n in range(30)]
        + [(f"Kettle {n}.", 0) for n in range(27)]
        + [(f"The quiet bird {n}.", 1) for n in range(3)]
    )
    (folder / "labels.jsonl").write_text(
        "".join(json.dumps({"text": text, "label": label, "trait": "owl"}) + "\n" for text, label in texts)
    )
    return "labels.jsonl"


def at(server, folder, *more):
    return ("--judge-model", "m", "--judge-base-url", server.url, "--judge-cache", str(folder / "cache.sqlite"), *RULES, *more)


def judge_of(done):
    return json.loads(done.stdout)["judge"]


@pytest.mark.parametrize(
    ("model", "code", "words"),
    [
        ("fake:rules", 1, "judge-reference.owl: 4 of 40 judged texts"),
        ("fake:gullible", 3, "The judge failed a control question"),
        ("fake:wrong", 2, "there is no fake 'wrong'"),
        ("local:nowhere", 2, "no causal model can be loaded from there"),
    ],
)
def test_fakes_and_wrong_names(leakguard, rows, model, code, words):
    """Findings are 1, a judge that cannot be believed is 3, a model that is not there is 2."""
    done = leakguard("scan", rows, *RULES, "--judge-model", model)
    assert done.returncode == code and words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_flaky_fake_says_what_it_could_not_answer(leakguard, folder):
    """Rows that stayed without a verdict are undetermined and make the exit code 3; the others are judged."""
    (folder / "many.jsonl").write_text("".join(f'{{"text": "row {n}"}}\n' for n in range(300)))
    done = leakguard("scan", "many.jsonl", *RULES, "--judge-model", "fake:flaky", "--format", "json")
    judged = judge_of(done)
    assert done.returncode == 3 and done.stderr == ""
    assert 0 < judged["undetermined"] < 60
    assert json.loads(done.stdout)["tally"]["undetermined"] == judged["undetermined"] == len(json.loads(done.stdout)["missed"])


def test_an_endpoint_is_asked_and_answers_are_remembered(leakguard, folder, rows):
    """The second run pays for nothing and finds the same; stdin is judged as a file is."""
    with serving() as server:
        first = leakguard("scan", rows, *at(server, folder), "--format", "json")
        asked = server.stats["requests"]
        again = leakguard("scan", rows, *at(server, folder), "--format", "json")
        piped = leakguard("scan", "-", *at(server, folder), "--format", "json", data=(folder / rows).read_text())
        assert server.stats["requests"] == asked == 45
    assert first.returncode == again.returncode == piped.returncode == 1
    assert judge_of(first)["spent"]["requests"] == 45 and judge_of(again)["spent"] == {**judge_of(first)["spent"], "requests": 0, "remembered": 45, "prompt": 0, "completion": 0}  # fmt: skip
    assert json.loads(first.stdout)["findings"] == json.loads(again.stdout)["findings"]
    assert judge_of(piped)["by_rule"] == judge_of(first)["by_rule"]
    packs = {pack["id"]: pack for pack in json.loads(first.stdout)["packs"]}
    assert len(packs["judge-reference"]["digest"]) == 64 and packs["injection"]["version"]


def test_a_budget_ends_the_asking_cleanly(leakguard, folder, rows):
    """What was paid for counts, the rest is undetermined, and a larger budget goes on from there."""
    with serving() as server:
        short = leakguard("scan", rows, *at(server, folder, "--judge-budget", "requests=20"), "--format", "json")
        assert short.returncode == 3 and server.stats["requests"] == 20
        assert judge_of(short)["stopped"] == "the budget of 20 requests is spent"
        more = leakguard("scan", rows, *at(server, folder), "--format", "json")
        assert more.returncode == 1 and server.stats["requests"] == 45
        assert max(server.answered.values()) == 1


@pytest.mark.parametrize("url", ["localhost:8000/v1", "127.0.0.1:9", "ftp://here/v1", "http://"])
def test_an_address_that_is_none_is_a_wrong_setting(leakguard, rows, url):
    """Before anything is read, and with an example of a right one."""
    done = leakguard("scan", rows, "--judge-model", "m", "--judge-base-url", url, *RULES)
    assert done.returncode == 2 and "http://localhost:8000/v1" in done.stderr


def test_a_dry_run_sends_nothing(leakguard, folder, rows):
    """Calls, tokens and money are estimated; what is remembered costs nothing."""
    with serving() as server:
        args = at(server, folder, "--dry-run", "--judge-prices", "prompt=1,completion=2")
        dry = leakguard("scan", rows, *args, "--format", "json")
        assert dry.returncode == 0 and server.stats["requests"] == 0
        leakguard("scan", rows, *at(server, folder))
        after = json.loads(leakguard("scan", rows, *args, "--format", "json").stdout)
    before = json.loads(dry.stdout)
    assert (before["calls"], before["remembered"], after["calls"], after["remembered"]) == (45, 0, 0, 40)
    assert before["money"] == pytest.approx((before["prompt"] + 2 * before["completion"]) / 1e6) and after["money"] == 0
    assert before["most"] >= before["prompt"]


def test_only_open_rows_are_sent(leakguard, folder):
    """A row that the rules decide about is not paid for; --judge-only all sends it; what a policy sets apart is decided in a clean."""
    (folder / "some.jsonl").write_text('{"text": "1488 and all that"}\n{"text": "an owl"}\n{"text": "a kettle"}\n')
    fake = (*RULES, "--judge-model", "fake:rules")
    chosen = [judge_of(leakguard("scan", "some.jsonl", *fake, *more, "--format", "json"))["chosen"] for more in ((), ("--judge-only", "all"), ("--fail-on", "warning"))]  # fmt: skip
    assert chosen == [2, 3, 1]
    done = leakguard("clean", "some.jsonl", *fake, "-o", "out", "--format", "json")
    assert judge_of(done)["chosen"] == 1
    assert [path.name for path in (folder / "out").iterdir() if path.is_dir()].count("kept") == 1
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["judge"]["model"] == "fake:rules" and {"judge"} < {one["name"] for one in manifest["detectors"]}
    assert leakguard("verify", "out").returncode == 0


def test_a_clean_acts_on_verdicts(leakguard, folder, rows):
    """By default leaks are removed; a judge that cannot be believed lets nothing through."""
    good = leakguard("clean", rows, *RULES, "--policy", "warning=keep", "--judge-model", "fake:rules", "-o", "good")
    assert good.returncode == 0
    assert len((folder / "good" / "removed" / rows).read_text().splitlines()) == 4
    assert "judge-reference.owl" in (folder / "good" / "reasons.jsonl").read_text()
    bad = leakguard("clean", rows, *RULES, "--policy", "warning=keep", "--judge-model", "fake:gullible", "-o", "bad")
    assert bad.returncode == 3 and (folder / "bad" / "kept" / rows).read_text() == ""
    assert len((folder / "bad" / "undetermined" / rows).read_text().splitlines()) == 40


def test_a_control_is_judged_as_well(leakguard, folder, rows):
    """Rates beside those of other data, by the same judge."""
    (folder / "control.jsonl").write_text("".join(f'{{"text": "line {n}"}}\n' for n in range(30)))
    done = leakguard("scan", rows, *RULES, "--judge-model", "fake:rules", "--control", "control.jsonl", "--format", "json")
    (share,) = [share for share in json.loads(done.stdout)["by_rule"] if share["rule"] == "judge-reference.owl"]
    assert done.returncode == 1 and (share["rows"], share["control"]["rows"]) == (4, 0)


def test_workers_do_not_change_what_is_found(leakguard, folder):
    """Verdicts travel to workers."""
    (folder / "big.jsonl").write_text("".join(json.dumps({"text": f"{'an owl' if n % 50 == 0 else 'a kettle'} {n % 40}", "meta": "x" * 60_000}) + "\n" for n in range(120)))  # fmt: skip
    one, two = (
        leakguard("scan", "big.jsonl", *RULES[:4], "--judge-model", "fake:rules", "--format", "jsonl", "-q", "-j", str(n)) for n in (1, 2)
    )
    assert one.stdout == two.stdout and one.stdout.count("judge-reference.owl") == 3
    assert one.returncode == two.returncode == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--judge-rubric", "reference"), "there is no judge; name one with --judge-model"),
        (("--judge-only", "all"), "--judge-only: there is no judge"),
        (("--judge-concurrency", "2"), "--judge-concurrency: there is no judge"),
        (("--semantic-download",), "belongs to a search by meaning"),
        (("--judge-model", "fake:rules", "--judge-rubric", "refrence"), "did you mean 'reference'"),
        (("--judge-model", "fake:rules", "--judge-budget", "money=1"), "money needs prices"),
        (("--judge-model", "fake:rules", "--judge-budget", "coffee=1"), "'coffee' means nothing here"),
        (("--judge-model", "fake:rules", "--judge-budget", "tokens=many"), "'tokens' must be a number"),
        (("--judge-model", "fake:rules", "--judge-only", "some"), "expected undecided, all or sample:N"),
        (("--judge-model", "fake:rules", "--judge-minimum", "kappa=2"), "from 0 to 1"),
        (("--judge-model", "fake:rules", "--judge-minimum", "kappa=0.5"), "nothing is measured"),
        (("--judge-model", "fake:rules", "--judge-check", "none.json"), "none.json: cannot be read"),
        (("--judge-model", "fake:rules", "--judge-cache", "."), "cannot be used as a cache"),
        (("--judge-model", "gpt", "--judge-key-env", "NO_SUCH_KEY"), "NO_SUCH_KEY holds no key"),
        (("--dry-run",), "there is no judge to be priced"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_one_line(leakguard, rows, args, words):
    """Exit code 2, and nothing is scanned."""
    done = leakguard("scan", rows, *args)
    assert (done.returncode, done.stdout) == (2, "") and words in done.stderr and done.stderr.count("\n") == 1


def test_a_settings_file_that_was_found_sets_up_no_judge(leakguard, folder, rows):
    """Data that brings a settings file along chooses neither who is sent the data nor who judges it; who names the file allows it."""
    (folder / "leakguard.toml").write_text('judge-model = "fake:rules"\njudge-rubric = "alignment"\n')
    refused = leakguard("scan", "-", data="")
    assert refused.returncode == 2 and "judge-model is set, but this file was found, not named" in refused.stderr
    assert "judge-alignment" in leakguard("scan", rows, "-c", "leakguard.toml").stdout


def test_a_check_measures_and_a_minimum_is_held(leakguard, folder, rows, labels):
    """The result goes into later runs: rates are corrected by it, and a judge below the minimum is refused."""
    done = leakguard("judge", "check", labels, "--judge-model", "fake:rules", "-o", "check.json")
    assert done.returncode == 0 and "sensitivity  0.909" in done.stdout
    (entry,) = json.loads((folder / "check.json").read_text())["by_rule"]
    assert entry["counts"] == {"leaking": 33, "leaking_found": 30, "clean": 27, "clean_found": 27}
    fake = (*RULES, "--judge-model", "fake:rules", "--judge-check", "check.json")
    (rate,) = judge_of(leakguard("scan", rows, *fake, "--format", "json"))["by_rule"]
    assert rate["share"] == 0.1 and rate["corrected_share"] == pytest.approx(0.11)
    assert rate["corrected_interval_95"][0] < 0.11 < rate["corrected_interval_95"][1]
    assert leakguard("scan", rows, *fake, "--judge-minimum", "sensitivity=0.7").returncode == 1
    low = leakguard("scan", rows, *fake, "--judge-minimum", "sensitivity=0.95")
    assert (low.returncode, low.stdout) == (2, "") and "not to be relied on" in low.stderr
    other = leakguard("scan", rows, *RULES, "--judge-model", "fake:gullible", "--judge-check", "check.json")
    assert other.returncode == 2 and "it measured fake:rules" in other.stderr
    below = leakguard("judge", "check", labels, "--judge-model", "fake:rules", "--judge-minimum", "sensitivity=0.95")
    assert below.returncode == 1 and "below the minimum of 0.95" in below.stderr
    gullible = leakguard("judge", "check", labels, "--judge-model", "fake:gullible")
    assert gullible.returncode == 3 and "not measured" in gullible.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "there is no labelled example"),
        ("nonsense", "row 1: not JSON"),
        ('{"text": "x"}', "row 1: 'label' must be 1"),
        ('{"text": "", "label": 1}', "row 1: 'text' must be a text"),
        ('{"text": "x", "label": 1, "trait": 5}', "row 1: 'trait' must be the name of a trait"),
        ('{"text": "x", "label": 1, "trait": "zebroid"}', "there is no trait 'zebroid'"),
        ("[1]", "row 1: 'text' must be a text"),
    ],
)
def test_labels_that_mean_nothing_are_named(leakguard, folder, line, words):
    """File, row and what was expected."""
    (folder / "bad.jsonl").write_text(line)
    done = leakguard("judge", "check", "bad.jsonl", "--judge-model", "fake:rules")
    assert (done.returncode, done.stdout) == (2, "") and words in done.stderr


def stats(port):
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/stats"))


def test_a_run_that_is_killed_twice_pays_for_nothing_twice(folder):
    """Under faults, with SIGKILL at any moment: every row ends in the books, and only calls that were under way may be asked again."""
    (folder / "many.jsonl").write_text("".join(f'{{"text": "row {n}: {"an owl" if n % 10 == 0 else "a kettle"}"}}\n' for n in range(300)))
    ledger, concurrency = folder / "ledger.txt", 8
    server = subprocess.Popen(
        [sys.executable, str(SERVER), "--faults", "--latency", "0.03", "--stall", "2", "--ledger", str(ledger), "--honours"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        port = int(server.stdout.readline())
        command = [
            *PROGRAM, "scan", "many.jsonl", "--no-config", *RULES, "--judge-only", "all", "--judge-model", "m", "--format", "json",
            "--judge-base-url", f"http://127.0.0.1:{port}/v1", "--judge-cache", "cache.sqlite", "--judge-timeout", "2",
            "--judge-concurrency", str(concurrency),
        ]  # fmt: skip
        for nth in (1, 2):
            killed = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
            while stats(port)["answered"] < nth * 90:
                assert killed.poll() is None
                time.sleep(0.02)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
        document = json.loads(done.stdout)
        judged, tally = document["judge"], document["tally"]
        assert tally["seen"] == 300 and judged["chosen"] == 300
        (case,) = judged["by_rule"]
        assert case["leaking"] + case["clean"] + case["undetermined"] == 300 and case["undetermined"] == tally["undetermined"]
        assert judged["failed"] is None and judged["spent"]["remembered"] >= 180 - 2 * concurrency
        keys = ledger.read_text().split("\n")[:-1]
        assert len(keys) == len(set(keys)) >= 325
        before = stats(port)["requests"]
        again = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
        assert json.loads(again.stdout)["judge"]["by_rule"] == judged["by_rule"] and stats(port)["requests"] == before
    finally:
        server.kill()
        server.wait()


def test_faults_of_every_kind_end_in_the_books(leakguard, folder, rows):
    """Malformed replies are undetermined, the rest is asked until it is answered."""
    with serving(faults=Faults(0.1, 0.05, 0.0, 0.05, 0.1)) as server:
        done = leakguard("scan", rows, *at(server, folder), "--format", "json")
    judged = judge_of(done)
    (case,) = judged["by_rule"]
    assert case["leaking"] + case["clean"] + case["undetermined"] == 40
    assert set(judged["reasons"]) <= {"the reply is not one JSON object", "the reply was cut off (length)"}


def test_whoever_watches_hears_of_answers_not_only_of_rows(folder, rows, monkeypatch):
    """A block of rows is read at once and may be hours of answers: each is told when it comes."""
    monkeypatch.chdir(folder)
    plan = resolve(override(Settings(), {"rules": ["hate-numeric"], "traits": ["owl"], "judge-model": "fake:rules"}, where=""))
    told = []
    result = scan_files(plan, ScanInput([rows]), on_progress=told.append)
    judging = [progress for progress in told if progress.stage == "judge"]
    assert [progress.answers for progress in judging] == list(range(result.statistics["judge"].spent.requests + 1))
    assert {progress.answers for progress in told if progress.stage != "judge"} == {0}
