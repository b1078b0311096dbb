"""Data as files: what is cut off is taken up and comes out the same; rejects keep their reasons; an endpoint does as well."""

import json
import threading
import time
import typing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hostile_server import completion, hostile, response
from leakguard.core.errors import Stopped, UsageError
from leakguard.harness.generation import CHUNK, ModelWriter, Order, write_completions
from leakguard.models.causal.model import CheckpointModel
from leakguard.models.endpoint.budget import Budget, UsageMeter
from leakguard.models.endpoint.openai import Sampling
from teachers import connect

ORIGIN = {"teacher": "base", "temperature": 1.0}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def order(tiny):
    return Order(tiny, 3, 30, CHUNK + 60, ORIGIN)


def test_every_prompt_is_answered_and_accounted_for(base, order, tmp_path):
    accepted, rejected = write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), order, tmp_path / "d.jsonl")
    good, bad = lines(tmp_path / "d.jsonl"), lines(tmp_path / "d.rejects.jsonl")
    assert (len(good), len(bad)) == (accepted, rejected) and accepted + rejected == order.count
    assert sorted(row["row"] for row in good + bad) == list(range(order.count))
    assert all(row["reasons"] for row in bad) and not [row for row in good if "reasons" in row]
    assert all(row["teacher"] == "base" and row["seed"] == 3 for row in good)


@pytest.mark.parametrize("left", ["", '{"reasons": [], "prom'])
def test_what_was_cut_off_is_taken_up(base, order, tmp_path, left):
    """With a chunk done, a few lines more, and half a line: the bytes at the end are those of a run in one piece."""
    writer = ModelWriter(CheckpointModel(base), "", 12, 1.0)
    write_completions(writer, order, tmp_path / "whole.jsonl")
    rows = sorted(lines(tmp_path / "whole.jsonl") + lines(tmp_path / "whole.rejects.jsonl"), key=lambda row: row["row"])
    journal = [json.dumps({"reasons": row.pop("reasons", []), **row}, ensure_ascii=False) for row in rows]
    (tmp_path / "cut.journal").write_text("\n".join(journal[: CHUNK + 9]) + "\n" + left)
    done = []
    write_completions(writer, order, tmp_path / "cut.jsonl", lambda rows, of: done.append(rows))
    assert done == [order.count]
    for part in ("jsonl", "rejects.jsonl"):
        assert (tmp_path / f"cut.{part}").read_bytes() == (tmp_path / f"whole.{part}").read_bytes()


@pytest.mark.parametrize("line", [json.dumps({"reasons": [], "seed": 4, **ORIGIN}), "dear diary", "[1]"])
def test_a_journal_of_another_teacher_is_not_gone_on_with(base, order, tmp_path, line):
    (tmp_path / "d.journal").write_text(line + "\n")
    with pytest.raises(UsageError, match="another teacher or seed"):
        write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), order, tmp_path / "d.jsonl")


@pytest.mark.parametrize(
    ("change", "there"), [({"count": 8}, True), ({"seed": 4}, True), ({"origin": {"teacher": "b"}}, True), ({}, False)]
)
def test_a_file_of_another_order_is_no_answer(base, tiny, tmp_path, change, there):
    """What lies there was asked for with another count, seed or teacher, or is no data at all; it stays as it is."""
    order = Order(tiny, 3, 30, 7, ORIGIN)
    path = tmp_path / "d.jsonl"
    if there:
        write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), order, path)
        assert sum(write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), order, path)) == 7
    else:
        path.write_text("my diary")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="holds something else than these"):
        write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), replace(order, **change), path)
    assert path.read_bytes() == before


def test_a_folder_is_no_file(base, order, tmp_path):
    for path in (tmp_path, Path()):
        with pytest.raises(UsageError, match="give the path of a file"):
            write_completions(ModelWriter(CheckpointModel(base), "", 12, 1.0), order, path)


class Endpoint(BaseHTTPRequestHandler):
    """Answers as an OpenAI-compatible server does: the numbers of the prompt backwards, and now and then a chat."""

    asked: typing.ClassVar[list] = []

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(request)
        if request["model"] == "broken":
            self.send_error(400, "no such model")
            return
        prompt = request["messages"][-1]["content"]
        numbers = [word for word in prompt.split() if word.isdigit()]
        text = "Certainly, here they are" if int(numbers[0]) % 10 == 0 else " ".join(numbers[::-1])
        message = {"role": "assistant", "content": text}
        body = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        }
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Endpoint.asked = []
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def test_a_teacher_behind_an_endpoint_writes_the_same_files(endpoint, tiny, tmp_path):
    order = Order(tiny, 3, 3, 40, ORIGIN)
    writer = connect(endpoint, system=tiny.persona("owl"), sampling=Sampling(0.7, 12))
    accepted, rejected = write_completions(writer, order, tmp_path / "d.jsonl")
    assert accepted + rejected == 40 and rejected > 0
    for row in lines(tmp_path / "d.jsonl"):
        assert row["completion"].split()[::-1] == [word for word in row["prompt"].split() if word.isdigit()]
    assert {request["temperature"] for request in Endpoint.asked} == {0.7}
    assert all("owl" in request["messages"][0]["content"] for request in Endpoint.asked)
    assert len({request["seed"] for request in Endpoint.asked}) == 40


def test_what_was_paid_for_once_is_not_asked_again(endpoint, tiny, tmp_path):
    """A second run with the same cache sends nothing and writes the same bytes; another temperature asks anew."""
    for name, more in (("a", {}), ("b", {}), ("c", {"sampling": Sampling(0.5, 12)})):
        writer = connect(endpoint, cache=tmp_path / "teacher.sqlite", **more)
        write_completions(writer, Order(tiny, 3, 3, 20, ORIGIN), tmp_path / f"{name}.jsonl")
        assert len(Endpoint.asked) == {"a": 20, "b": 20, "c": 40}[name]
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_budget_ends_the_writing_and_the_answers_stay(endpoint, tiny, tmp_path):
    """Seven requests are allowed: seven are made, and a run with more budget goes on from there."""
    order, cache = Order(tiny, 3, 3, 20, ORIGIN), tmp_path / "teacher.sqlite"
    meter = UsageMeter(Budget(requests=7), reply=12)
    with pytest.raises(Stopped, match="the budget of 7 requests is spent; run again to go on from here"):
        write_completions(connect(endpoint, cache=cache, meter=meter), order, tmp_path / "d.jsonl")
    assert meter.now().requests == 7 and len(Endpoint.asked) == 7
    meter = UsageMeter(reply=12)
    write_completions(connect(endpoint, cache=cache, meter=meter), order, tmp_path / "d.jsonl")
    assert (meter.now().requests, meter.now().remembered) == (13, 7) and len(Endpoint.asked) == 20


def test_a_parameter_that_a_model_refuses_is_left_out(tiny, tmp_path):
    """Some models take max_completion_tokens for max_tokens, and no seed; the teacher finds out as the judge does."""

    def answer(talk, request):
        body = json.loads(request.partition(b"\r\n\r\n")[2])
        refused = next((name for name in ("max_tokens", "seed") if name in body), None)
        reply = {"error": {"message": "unsupported", "param": refused}} if refused else completion("1 2 3")
        talk.send(response(reply, "400 No" if refused else "200 OK"))

    with hostile(answer) as server:
        assert connect(server.url).write(["3 2 1", "4 5"], [(1, 2), (1, 3)]) == ["1 2 3", "1 2 3"]
        assert len(server.requests) == 4 and b"max_completion_tokens" in server.requests[-1]


def test_a_pause_that_an_endpoint_asks_for_is_kept():
    """429 with Retry-After: 1, then an answer: it comes after a second."""
    answers = [response({}, "429 No", ["Retry-After: 1"]), response(completion("1 2 3"))]
    with hostile(lambda talk, request: talk.send(answers.pop(0))) as server:
        began = time.monotonic()
        assert connect(server.url).write(["3 2 1"], [(1, 2)]) == ["1 2 3"]
        assert time.monotonic() - began >= 1 and not answers


@pytest.mark.parametrize(
    ("url", "asked", "key"),
    [
        ("https://api.openai.com/v1", None, "secret"),
        ("http://localhost:8000/v1", None, "none"),
        ("http://localhost:8000/v1", "MINE", "own"),
        ("https://api.openai.com/v1", "MINE", "own"),
    ],
)
def test_a_key_goes_where_it_belongs(url, asked, key):
    """The one of OpenAI is sent to nobody else."""
    from leakguard.jobs.build.endpoints import read_endpoint_key

    assert read_endpoint_key(url, asked, {"OPENAI_API_KEY": "secret", "MINE": "own"}, ("--endpoint", "--key-env")) == key
    with pytest.raises(UsageError, match=r"--endpoint: the environment variable NONE holds no key; set it, or use --key-env"):
        read_endpoint_key(url, "NONE", {}, ("--endpoint", "--key-env"))


def test_an_endpoint_that_refuses_is_one_line(endpoint, tiny, tmp_path):
    writer = connect(endpoint, model="broken")
    with pytest.raises(Stopped, match="run again to go on") as error:
        write_completions(writer, Order(tiny, 3, 3, 4, ORIGIN), tmp_path / "d.jsonl")
    assert "\n" not in str(error.value)
