"""A hostile endpoint from the command line: exit codes of the table, no key or password in anything that is shown or written."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from chat_server import honest
from hostile_server import completion, hostile, response
from leakguard.cli import run
from leakguard.core.chat import Question

KEY = "sk-proj-8fJ2mQ71xLpZ0aYt"
RULES = ("--no-config", "--rules", "hate-numeric", "--trait", "owl", "-j", "1")


def reply(request):
    """What an honest judge answers."""
    system, user = (message["content"] for message in json.loads(request.split(b"\r\n\r\n", 1)[1])["messages"])
    return honest().ask(Question("k", system, user, {})).text


def judge(**changes):
    """An honest judge, but for what is changed in its documents."""

    def answer(talk, request):
        talk.send(response({**completion(reply(request)), **changes}))
        return True

    return answer


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """The rules of the honest judge take a while to be read, which would count against time-outs."""
    honest()


@pytest.fixture
def rows(folder, monkeypatch):
    """Twelve rows, in a working folder."""
    monkeypatch.chdir(folder)
    (folder / "rows.jsonl").write_text("".join(f'{{"text": "row {n}: {"an owl" if n == 7 else "a kettle"}"}}\n' for n in range(12)))
    return "rows.jsonl"


def at(url, *more):
    seconds = () if "--judge-timeout" in more else ("--judge-timeout", "30")
    return (*RULES, "--judge-model", "m", "--judge-base-url", url, "--judge-cache", "cache.sqlite", *seconds, *more)


def everything(folder, capsys):
    """All that was shown, and every byte that was written."""
    shown = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return shown.out.encode() + shown.err.encode() + written


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("error", ("scan", "rows.jsonl", "--format", "json")),
        ("error", ("scan", "rows.jsonl")),
        *((said, ("clean", "rows.jsonl", "-o", "out")) for said in ("error", "reply", "finish", "redirect")),
    ],
    ids=["error, scan as JSON", "error, scan", "error, clean", "reply, clean", "finish, clean", "redirect, clean"],
)
def test_a_key_that_an_endpoint_repeats_is_nowhere(rows, folder, capsys, monkeypatch, said, command):
    """Not on stdout or stderr, not in reports, reasons, the manifest or the cache; the rows are undetermined."""
    monkeypatch.setenv("MY_KEY", f" {KEY}\n")

    def answer(talk, request):
        assert f"Authorization: Bearer {KEY}\r\n".encode() in request
        talk.send(
            {
                "error": response({"error": {"message": f"{KEY} is out of credit, {KEY[:12]} that is"}}, "402 Payment Required"),
                "reply": response(completion(f"My key is {KEY}.")),
                "finish": response(completion("{", finish_reason=f"key_{KEY}")),
                "redirect": response(status="308 Permanent Redirect", headers=[f"Location: http://h/{KEY}/"]),
            }[said]
        )
        return True

    with hostile(answer) as server:
        assert run([*command, *at(server.url, "--judge-key-env", "MY_KEY")]) == 3
        assert server.requests
    found = everything(folder, capsys)
    for part in (KEY, KEY[:12], KEY[8:]):
        assert part.encode() not in found


def test_a_password_in_the_address_is_nowhere(rows, folder, capsys):
    """The scan works and shows the address without it."""
    with hostile(judge()) as server:
        url = server.url.replace("//", "//jd77:open-sesame@")
        assert run(["scan", rows, *at(url, "--format", "json")]) == 1
        assert run(["clean", rows, *at(url, "-o", "out", "--policy", "warning=keep")]) == 0
        assert len(server.requests) == 17
        assert all(b"Authorization: Basic amQ3NzpvcGVuLXNlc2FtZQ==\r\n" in request for request in server.requests)
    manifest = (folder / "out" / "manifest.json").read_text()
    assert json.loads(manifest)["settings"]["judge-base-url"] == server.url and f"m@{server.url}" in manifest
    found = everything(folder, capsys)
    assert b"sesame" not in found and b"jd77" not in found and b"b3Blbi1zZXNhbW" not in found


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("ftp://someone:sesame@h/v1", (), "'ftp://h/v1' is no address of an endpoint"),
        ("http://someone:ses#ame@h/v1", (), "'http://h/v1' is no address of an endpoint: it holds a query or a fragment"),
        ("http://someone:ses/ame@h/v1", (), "'http://h/v1' is no address of an endpoint"),
        ("http://h:port/v1", (), "its port or host cannot be read"),
        ("http://someone:sesame@h/v1", ("--judge-key-env", "MY_KEY"), "the address holds a user and a password already"),
        ("http://h/v1", ("--judge-key-env", "TWO_LINES"), "the key in the environment variable TWO_LINES holds line feeds"),
        ("http://h/v1", ("--judge-key-env", "BLANK"), "the environment variable BLANK holds no key"),
    ],
)
def test_addresses_and_keys_that_cannot_be_used_are_one_line(rows, capsys, monkeypatch, url, more, words):
    """Exit code 2, without the password and without the key."""
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("TWO_LINES", f"{KEY}\n{KEY}")
    monkeypatch.setenv("BLANK", " \n")
    assert run(["scan", rows, *at(url, *more)]) == 2
    shown = capsys.readouterr()
    assert words in shown.err and shown.err.count("\n") == 1 and shown.out == ""
    assert not re.search(f"ses.?ame|someone|{KEY}", shown.err)


@pytest.mark.parametrize("usage", [{"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -9999, "completion_tokens": -9}, "none"])
def test_a_budget_holds_against_an_endpoint_that_counts_nothing(rows, capsys, usage):
    """It is spent by what was sent; what is left is undetermined."""
    with hostile(judge(usage=usage)) as server:
        assert run(["scan", rows, *at(server.url, "--judge-budget", "tokens=9000", "--format", "json")]) == 3
        judged = json.loads(capsys.readouterr().out)["judge"]
        assert judged["stopped"] == "the budget of 9000 tokens is spent"
        assert judged["spent"]["requests"] == len(server.requests) < 17
        assert 300 * len(server.requests) < judged["spent"]["prompt"] <= 9000


def test_answers_that_lie_are_undetermined_and_not_remembered(rows, folder, capsys):
    """Probabilities without tokens: exit code 3 each time, and asked again each time."""

    def answer(talk, request):
        talk.send(response(completion(reply(request), logprobs={"content": [{"token": None, "logprob": -1.0}]})))
        return True

    with hostile(answer) as server:
        asked = []
        for _ in range(2):
            assert run(["scan", rows, *at(server.url)]) == 3
            asked.append(len(server.requests))
        assert 0 < asked[0] < asked[1]
    assert "choices[0].logprobs.content[0].token: expected a text, not None" in capsys.readouterr().out
    with closing(sqlite3.connect(folder / "cache.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM answers").fetchone() == (0,)


def test_damaged_answers_are_asked_again_and_counted(rows, folder, capsys):
    """The second run pays for these only, says so, and finds the same."""
    with hostile(judge()) as server:
        assert run(["scan", rows, *at(server.url)]) == 1
        with closing(sqlite3.connect(folder / "cache.sqlite", isolation_level=None)) as base:
            base.execute("UPDATE answers SET text = x'00ff' WHERE key IN (SELECT key FROM answers LIMIT 3)")
        capsys.readouterr()
        assert run(["scan", rows, *at(server.url)]) == 1
        assert len(server.requests) == 20
    assert "cache: 3 damaged answers were discarded and requested again" in capsys.readouterr().out


def test_a_cache_with_another_secret_is_refused(rows, folder, capsys):
    """Exit code 2 in one line, and nothing is asked."""
    with hostile(judge()) as server:
        assert run(["scan", rows, *at(server.url)]) == 1
        asked = len(server.requests)
        with closing(sqlite3.connect(folder / "cache.sqlite", isolation_level=None)) as base:
            base.execute("UPDATE about SET value = 'mine' WHERE name = 'secret'")
        capsys.readouterr()
        assert run(["scan", rows, *at(server.url)]) == 2
        assert len(server.requests) == asked
    assert "its secret is not the one it was made with" in capsys.readouterr().err


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["scan", "dry run"])
def test_a_cache_with_damaged_pages_is_no_internal_error(rows, folder, capsys, more):
    """The tables are listed and cannot be read: incomplete, in one reason that names the file, and nothing is paid for."""
    with hostile(judge()) as server:
        assert run(["scan", rows, *at(server.url)]) == 1
        asked = len(server.requests)
        with closing(sqlite3.connect(folder / "cache.sqlite", isolation_level=None)) as base:
            base.executemany("INSERT INTO answers VALUES (?, ?, 'stop', '', 1, 1, '[]')", ((f"{n:064x}", "x" * 200) for n in range(300)))
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (root,) = base.execute("SELECT rootpage FROM sqlite_master WHERE name = 'answers'").fetchone()
            (size,) = base.execute("PRAGMA page_size").fetchone()
        whole = bytearray((folder / "cache.sqlite").read_bytes())
        for page in range(root, len(whole) // size):
            whole[page * size : page * size + 8] = b"\xff" * 8
        (folder / "cache.sqlite").write_bytes(whole)
        capsys.readouterr()
        assert run(["scan", rows, *at(server.url, *more)]) in (2, 3)
        assert len(server.requests) == asked
    shown = capsys.readouterr()
    assert "cache.sqlite: " in shown.out + shown.err and "internal error" not in shown.err


def test_an_interrupt_ends_calls_under_way(rows, folder):
    """Ctrl-C at an endpoint that says nothing: long before the time-out of an hour."""
    with hostile(lambda talk, request: talk.hold()) as server:
        command = [sys.executable, "-m", "leakguard", "scan", rows, *at(server.url, "--judge-timeout", "3600")]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            while not server.requests:
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode in (3, 130) and "Traceback" not in said
