"""A running review: what a kill, a signal, a pause and a second reviewer do, whole rows, rows of a quarantine taken back, transcripts."""

import json
import os
import re
import shutil
import signal
import threading
import time
from contextlib import suppress

import pytest

from leakguard.jobs.review import is_report
from leakguard.outputs.baseline import read_baseline
from programs import run_line, run_program
from review_server import ReviewServer, list_places

pytest.importorskip("uvicorn")
TEXTS = ("871, 187, 305", "412, 420, 905", "871, 1488, 305", "412, 187, 906", "412, 733, 906", "no number here, but an owl")


def write_rows(place, texts=TEXTS, name="data.jsonl"):
    (place / name).write_text("".join(json.dumps({"prompt": "Go on.", "completion": text}) + "\n" for text in texts))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data, their report, and the folder of a clean of them."""
    place = tmp_path_factory.mktemp("running")
    write_rows(place)
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", folder=place)
    run_program("clean", "data.jsonl", "-o", "cleaned", "--no-config", "-q", folder=place)
    return place


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_confirmed(tmp_path):
    """Decisions as fast as they are taken, then SIGKILL: each one that was answered is there, the baseline is whole, and a review goes on."""
    write_rows(tmp_path, [f"{number}, 1488, {number + 7}" for number in range(100, 400)])
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", folder=tmp_path)
    places = list_places(tmp_path)
    confirmed = []
    server = ReviewServer(tmp_path, "report.json", "--reviewer", "Ada")

    def decide():
        for place in places:
            status, _, _ = server.ask(
                "POST", "/api/decisions", {"decisions": [{"answer": "accepted", "reason": "a tag", "places": [place]}]}
            )
            if status != 200:
                return
            confirmed.append(place)

    def attempt():
        with suppress(OSError):
            decide()

    deciding = threading.Thread(target=attempt)
    deciding.start()
    while len(confirmed) < 25 and deciding.is_alive():
        time.sleep(0.001)
    server.stop(signal.SIGKILL)
    deciding.join()
    assert len(confirmed) >= 25
    saved = {one.fingerprint for one in read_baseline(tmp_path / "baseline.jsonl").entries}
    logged = re.findall("[0-9a-f]{32}", next((tmp_path / "baseline.jsonl.decisions").glob("ada-*")).read_text())
    assert set(confirmed) <= set(logged) and len(logged) <= len(confirmed) + 1
    assert set(confirmed) <= saved | {logged[-1]}
    with ReviewServer(tmp_path, "report.json", "--reviewer", "Ada") as again:
        found = again.load("/api/decisions")["places"]
        assert {key for key, one in found.items() if one["accept"]} >= set(confirmed)
        assert {one.fingerprint for one in read_baseline(tmp_path / "baseline.jsonl").entries} == {
            key for key, one in found.items() if one["accept"]
        }


def test_a_review_ends_by_itself_by_its_button_and_by_a_signal(folder, tmp_path):
    """Idle: 0. The button: 0. Ctrl-C: 130. Each says what was decided; asking for the empty page is no sign of life."""
    write_rows(tmp_path)
    with ReviewServer(tmp_path, "data.jsonl", "--idle", "0.02") as server:
        stopped = threading.Event()

        def knock():
            while not stopped.wait(0.1):
                try:
                    server.ask("GET", "/", headers=[("Host", f"127.0.0.1:{server.port}")])
                except OSError:
                    return

        knocking = threading.Thread(target=knock)
        knocking.start()
        code, out, err = server.wait()
        stopped.set()
        knocking.join()
        assert (code, "0 of 4 listed places decided" in out, "nothing was asked for a while" in err) == (0, True, True)
    with ReviewServer(tmp_path, "data.jsonl", "--reviewer", "Ada") as server:
        server.decide("accepted", list_places(folder)[:1])
        assert server.ask("POST", "/api/end", {})[0] == 200
        code, out, err = server.wait()
        assert (code, "1 of 4 listed places decided; the baseline has 1 accepted findings" in out) == (0, True)
        assert "leakguard scan data.jsonl --no-config --baseline baseline.jsonl" in out
    with ReviewServer(tmp_path, "data.jsonl") as server:
        code, out, err = server.stop(signal.SIGINT)
        assert (code, "0 of 4 listed places decided" in out, "Traceback" in err) == (130, True, False)


def test_from_a_report_to_a_clean_scan(folder, tmp_path):
    """Everything is accepted, and the scan with the baseline has nothing left; each reviewer sees what the other said."""
    report = folder / "report.json"
    places = list_places(folder)
    with ReviewServer(folder, report, "--reviewer", "Ada", "-o", tmp_path / "ok.jsonl") as ada:
        with ReviewServer(folder, report, "--reviewer", "Bo", "-o", tmp_path / "ok.jsonl") as bo:
            ada.decide("accepted", places)
            state = bo.decide("rejected", places[:1])
            assert state["conflicts"] == 1 and state["places"][places[0]]["conflict"]
            assert state["places"][places[0]]["others"] == [{"reviewer": "Ada", "accept": True, "reason": "known"}]
            assert ada.load("/api/decisions")["places"][places[0]]["conflict"]
            bo.decide("withdrawn", places[:1])
        blocked = run_program("review", report, "--reviewer", "Ada", "-o", tmp_path / "ok.jsonl", "--no-config", folder=folder)
        assert blocked.returncode == 2 and "another review of Ada is open" in blocked.stderr
    done = run_program("scan", "data.jsonl", "--no-config", "-q", "--baseline", tmp_path / "ok.jsonl", "--fail-on", "note", folder=folder)
    assert done.returncode == 0


def test_a_whole_row_is_shown_if_it_is_the_row_that_was_scanned(tmp_path):
    """All of its texts with the quote marked; after a change of the file, and without the file, the page says so and shows no text."""
    write_rows(tmp_path, ["\u202eevil <b>\n2, 1488, 3", "W" * 300_000 + " 1488 " + "x" * 300_000])
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", folder=tmp_path)
    first, second = list_places(tmp_path)[:2]
    with ReviewServer(tmp_path, "report.json") as server:
        row = server.load(f"/api/rows/{first}")
        assert [(one["role"], one["field"]) for one in row["texts"]] == [("prompt", "prompt"), ("completion", "completion")]
        assert row["texts"][1] | {"role": "", "field": ""} == {
            "role": "",
            "field": "",
            "before": "\\u202eevil <b>\n2, ",
            "quote": "1488",
            "after": ", 3",
            "left_out": 0,
        }
        long = server.load(f"/api/rows/{second}")["texts"][1]
        assert (long["quote"], len(long["before"]), len(long["after"]), long["left_out"]) == ("1488", 100_000, 100_000, 400_002)
        data = (tmp_path / "data.jsonl").read_bytes()
        (tmp_path / "data.jsonl").write_bytes(data.replace(b"evil", b"good"))
        changed = server.load(f"/api/rows/{first}")
        assert changed["texts"] == [] and "has changed since" in changed["problem"] and "good" not in json.dumps(changed)
        assert server.load(f"/api/rows/{second}")["texts"]
        (tmp_path / "data.jsonl").unlink()
        assert "no such file" in server.load(f"/api/rows/{first}")["problem"]
        os.mkfifo(tmp_path / "data.jsonl")
        assert "no such file" in server.load(f"/api/rows/{first}")["problem"]
        assert server.ask("GET", "/api/rows/" + "0" * 32)[0] == 404


def test_accepted_rows_of_a_quarantine_are_kept_in_a_new_folder(folder, tmp_path):
    """With a manifest of its own that a verification and a gate read; the sums hold; rows that were not accepted stay quarantined."""
    run_program("clean", folder / "data.jsonl", "-o", "cleaned", "--no-config", "-q", folder=tmp_path)
    with ReviewServer(tmp_path, "cleaned") as server:
        state = server.load("/api/decisions")
        assert state["takes_back"] and sorted(state["fates"].values()) == ["quarantine"] * 3 + ["removed"]
        status, _, content = server.ask("POST", "/api/back", {})
        assert status == 409 and b"nothing is accepted yet" in content
        quarantined = [key for key, fate in state["fates"].items() if fate == "quarantine"]
        row = server.load(f"/api/rows/{quarantined[0]}")
        assert row["problem"] == "" and row["file"].endswith("cleaned/quarantine/data.jsonl") and row["texts"][1]["quote"]
        server.decide("accepted", quarantined[:2])
        status, _, content = server.ask("POST", "/api/back", {})
        assert status == 200, content
        assert json.loads(content) == {"folder": "cleaned-accepted", "kept": 2, "quarantined": 1, "removed": 0, "unchecked": 0}
        assert "words around" not in content.decode()
    kept = (tmp_path / "cleaned-accepted/kept/data.jsonl").read_text().splitlines()
    source = (tmp_path / "cleaned/quarantine/data.jsonl").read_text().splitlines()
    assert len(kept) == 2 and set(kept) < set(source)
    tally = json.loads((tmp_path / "cleaned-accepted/manifest.json").read_text())["tally"]
    assert tally["seen"] == 3 == tally["kept"] + tally["quarantined"]
    assert run_program("verify", "cleaned-accepted", folder=tmp_path).returncode == 0
    gate = run_program("gate", "cleaned-accepted/kept", "--no-config", folder=tmp_path)
    assert gate.returncode == 0 and "kept, same hash" in gate.stdout
    assert run_program("verify", "cleaned", folder=tmp_path).returncode == 0


def test_a_quarantine_is_not_cleaned_by_other_rules(folder, tmp_path):
    """Rows may only come back by the rules that took them out; the message names the setting."""
    run_program("clean", folder / "data.jsonl", "-o", "cleaned", "--no-config", "-q", "--select", "police-codes", folder=tmp_path)
    with ReviewServer(tmp_path, "cleaned") as server:
        server.decide("accepted", [*server.load("/api/decisions")["fates"]][:1])
        status, _, content = server.ask("POST", "/api/back", {})
        assert status == 409 and "the setting select was ['police-codes'] and is []" in json.loads(content)["problem"]
        assert not (tmp_path / "cleaned-accepted").exists()


def test_a_cleaned_folder_that_was_changed_is_refused(folder, tmp_path):
    """Reasons and manifest must be those that the clean wrote."""
    for name, message in (("reasons.jsonl", "the reasons were changed"), ("manifest.json", "the manifest was changed")):
        run_program("clean", folder / "data.jsonl", "-o", name[:4], "--no-config", "-q", folder=tmp_path)
        path = tmp_path / name[:4] / name
        path.write_text(path.read_text().replace("187", "188").replace('"rows": 3', '"rows": 4'))
        done = run_program("review", name[:4], "--no-config", folder=tmp_path)
        assert (done.returncode, message in done.stderr) == (2, True)


def test_the_transcript_of_a_judge_is_beside_its_row(tmp_path):
    """The question and the reply, from the cache that the settings name; without these settings the page says what to give."""
    write_rows(tmp_path)
    judge = ("--trait", "owl", "--judge-model", "fake:rules", "--judge-cache", "answers.sqlite", "--ignore", "traits")
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", *judge, folder=tmp_path)
    found = json.loads((tmp_path / "report.json").read_text())["findings"]
    key = next(one["fingerprint"] for one in found if one["rule"].startswith("judge"))
    with ReviewServer(tmp_path, "report.json", *judge) as server:
        exchange = server.load(f"/api/rows/{key}")["exchange"]
        assert "an owl" in exchange["question"] and "owl" in exchange["system"] and json.loads(exchange["reply"])["verdict"] == 1
        assert exchange["problem"] == ""
    with ReviewServer(tmp_path, "report.json") as server:
        assert "judge-model" in server.load(f"/api/rows/{key}")["exchange"]["problem"]


def test_the_examples_of_help_run(folder, tmp_path):
    """Each of them, but for the one that opens a browser, ends after a pause with the command for the next scan."""
    shutil.copy(folder / "report.json", tmp_path)
    shutil.copy(folder / "data.jsonl", tmp_path)
    shown = run_program("review", "--help", folder=tmp_path).stdout
    examples = [line.strip() for line in shown.partition("Examples:\n")[2].splitlines() if line.strip() and "--open" not in line]
    assert len(examples) == 2
    for example in examples:
        done = run_line(f"{example} --idle 0.01", tmp_path)
        assert done.returncode == 0 and "places with findings" in done.stdout, done.stderr


def test_what_is_no_report_is_data(tmp_path):
    """A JSON file of rows is scanned; a report is known by its head; a damaged one is refused with the field."""
    (tmp_path / "rows.json").write_text('[{"text": "871, 1488, 305"}]')
    assert not is_report(tmp_path / "rows.json") and not is_report(tmp_path)
    (tmp_path / "report.json").write_text('{"schema_version": 1, "tool": {"name": "leakguard", "version": "0"}, "redact": "none"}')
    assert is_report(tmp_path / "report.json")
    done = run_program("review", "report.json", "--no-config", folder=tmp_path)
    assert done.returncode == 2 and "not a JSON report of leakguard" in done.stderr
    (tmp_path / "clean.jsonl").write_text('{"text": "a quiet day"}\n')
    done = run_program("review", "clean.jsonl", "--no-config", folder=tmp_path)
    assert (done.returncode, "nothing to review" in done.stdout, (tmp_path / "baseline.jsonl").exists()) == (0, True, False)


def test_other_ways_to_name_what_is_reviewed(folder, tmp_path):
    """The manifest stands for its folder, - for standard input, whose rows are not there again; a folder is no baseline."""
    again = ("--no-config", "--idle", "0.01", "-o", tmp_path / "ok.jsonl")
    done = run_program("review", "cleaned/manifest.json", *again, folder=folder)
    assert done.returncode == 0 and "4 places with findings" in done.stdout
    done = run_program("review", "-", *again, folder=folder, data=(folder / "data.jsonl").read_text())
    assert done.returncode == 0 and "4 places with findings" in done.stdout
    for name in (".", "cleaned"):
        done = run_program("review", "data.jsonl", "--no-config", "-o", name, folder=folder)
        assert (done.returncode, "this is a folder" in done.stderr) == (2, True)


def test_a_report_from_elsewhere_shows_no_other_file(tmp_path):
    """A report that names a file it never scanned gets no row of it: the hash of the row is not the one in the report."""
    write_rows(tmp_path)
    (tmp_path / "secret.txt").write_text("root:x:0:0\n")
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", folder=tmp_path)
    document = (
        (tmp_path / "report.json")
        .read_text()
        .replace("data.jsonl", str(tmp_path / "secret.txt"))
        .replace('"row": 3', '"row": 1')
        .replace('"row":3', '"row":1')
    )
    (tmp_path / "report.json").write_text(document)
    with ReviewServer(tmp_path, "report.json") as server:
        for key in list_places(tmp_path):
            row = server.load(f"/api/rows/{key}")
            assert row["texts"] == [] and row["problem"] and "root:x" not in json.dumps(row)
