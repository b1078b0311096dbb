"""Endpoints that are slow, large or lie about where they are, over real sockets: a call ends within its bounds and says why."""

import gzip
import json
import ssl
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from hostile_server import completion, hostile, response
from judge_calls import OWL, REFERENCE
from leakguard.core.chat import Unanswered
from leakguard.core.errors import UsageError
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.models.endpoint.http_body import MOST_BYTES
from leakguard.models.endpoint.openai import Endpoint, OpenAIChat
from leakguard.models.endpoint.retries import RetryingChat

ASKED = QuestionBuilder("m", lambda key: "0123456789abcdef01234567").build(REFERENCE, OWL, "prose", "An owl.").question
CERTIFICATE = Path(__file__).parent.parent / "data" / "localhost.pem"
SAFETY = 20.0
"""Seconds: far above what any of these takes, and far below what they took without bounds."""


def chat(url, *, key="none", timeout=0.5, halt=None):
    return OpenAIChat(Endpoint("m", url, key, timeout), halt)


def failure(answer, **options):
    """Why one call to a server that answers so ends, and the server."""
    with hostile(answer) as server:
        began = time.monotonic()
        with pytest.raises(Unanswered) as raised:
            chat(server.url, **options).ask(ASKED)
        assert time.monotonic() - began < SAFETY
        return raised.value, server


def say(data, *, keep=True):
    def answer(talk, request):
        talk.send(data)
        return keep

    return answer


def drip(before, slowly):
    def answer(talk, request):
        talk.send(before)
        talk.drip(slowly)

    return answer


def flood(before, again):
    def answer(talk, request):
        talk.send(before)
        talk.flood(again)

    return answer


CHUNKED = response(headers=["Transfer-Encoding: chunked"], length=None)
ENDLESS = b"x" * 65_536
SLOW = {
    "silence": lambda talk, request: talk.hold(),
    "silence after the headers": lambda talk, request: (talk.send(response(length=50)), talk.hold()),
    "a status line that drips": drip(b"", b"HTTP/1.1 200 OK\r\n" * 100),
    "a header that drips": drip(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"a" * 1000),
    "headers that drip for ever": drip(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 100),
    "a body that drips": drip(response(length=5000), b" " * 5000),
    "a chunk that drips": drip(CHUNKED + b"1000\r\n", b" " * 4096),
    "the size of a chunk that drips": drip(CHUNKED, b"0" * 1000),
    "trailers that drip": drip(CHUNKED + b"2\r\n{}\r\n0\r\n", b"A: b\r\n" * 100),
    "an error that drips": drip(response(status="500 Broken", length=5000), b"e" * 5000),
    "continue and nothing more": drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
def test_one_call_is_bounded_as_a_whole(answer):
    """However slowly bytes come, the time-out is for all of them together."""
    error, _ = failure(answer)
    assert str(error) == "no answer within 0.5 s" and error.passing and error.billed


def test_a_server_that_does_not_take_the_question_is_bounded_too():
    """A question of megabytes to a server that does not read: the time-out holds, and nothing is billed."""
    with hostile(say(b""), deaf=True) as server:
        long = QuestionBuilder("m", lambda key: "0" * 24).build(REFERENCE, OWL, "prose", "owl " * 3_000_000).question
        with pytest.raises(Unanswered, match=r"no answer within 0\.5 s") as raised:
            chat(server.url).ask(long)
        assert not raised.value.billed


LARGE = {
    "a body without end": flood(response(length=None), ENDLESS),
    "chunks without end": flood(CHUNKED, b"10000\r\n" + ENDLESS + b"\r\n"),
    "extensions of chunks without end": flood(CHUNKED, b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
    "trailers without end": flood(CHUNKED + b"0\r\n", b"A: " + b"b" * 60_000 + b"\r\n"),
    "a length of a terabyte": flood(response(length=10**12), ENDLESS),
    "a length below zero": flood(response(length=-1), ENDLESS),
    "continue without end": flood(b"", b"HTTP/1.1 100 Continue\r\nA: " + b"b" * 60_000 + b"\r\n\r\n"),
    "gzip that unfolds": say(response(gzip.compress(bytes(50 << 20), mtime=0), headers=["Content-Encoding: gzip"])),
    "deflate that unfolds": say(response(zlib.compress(bytes(50 << 20)), headers=["Content-Encoding: deflate"])),
}


@pytest.mark.parametrize("answer", LARGE.values(), ids=LARGE)
def test_one_answer_is_bounded_in_bytes(answer):
    """As it is sent and as it unfolds; the call is not made again, and memory stays within a few times the bound."""
    tracemalloc.start()
    try:
        error, server = failure(answer, timeout=SAFETY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(error) == "the answer is longer than the 1,048,576 bytes that are read of one" and not error.passing
    assert len(server.requests) == 1 and peak < 12 * MOST_BYTES


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (flood(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), "not HTTP as it should be (HTTPException)"),
        (flood(b"HTTP/1.1 200 OK\r\nA: ", ENDLESS), "not HTTP as it should be (LineTooLong)"),
        (flood(b"", b"a" * 65_536), "not HTTP as it should be"),
        (say(b"SSH-2.0-OpenSSH_9.6\r\n", keep=False), "not HTTP as it should be (BadStatusLine)"),
        (
            say(response(gzip.compress(gzip.compress(b"{}"), mtime=0), headers=["Content-Encoding: gzip, gzip"])),
            "packed otherwise than once",
        ),
        (say(response(b"\x28\xb5\x2f\xfd", headers=["Content-Encoding: zstd"])), "packed otherwise than once"),
        (say(response(b"{}", headers=["Content-Encoding: br"])), "packed otherwise than once"),
        (say(response(gzip.compress(b"{}", mtime=0)[:-4], headers=["Content-Encoding: gzip"])), "its gzip data are damaged"),
        (say(response(b"no gzip", headers=["Content-Encoding: gzip"])), "its gzip data are damaged"),
        (say(response(b"{}", headers=["Transfer-Encoding: gzip, chunked"])), "Transfer-Encoding is none that is read"),
        (say(response(b"{}", length=500), keep=False), "the connection ended before the answer was whole"),
        (say(CHUNKED + b"ffff\r\n{}", keep=False), "the connection ended before the answer was whole"),
        (say(CHUNKED + b"no number\r\n{}", keep=False), "the connection ended before the answer was whole"),
        (say(b"", keep=False), "the connection ended before the answer was whole"),
        (say(response(b"[" * 100_000)), "cannot be read"),
        (say(response(b"\xff\xfe\x00")), "cannot be read"),
        (say(response(b'{"choices": [' + b"9" * 10_000 + b"]}")), "cannot be read"),
        (say(response(completion("x" * 40_000))), "longer than 200 tokens can be"),
    ],
)
def test_an_answer_that_is_none_has_a_reason(answer, words):
    """Broken HTTP, odd packings, cut bodies, JSON that is none: undetermined, without a word of the endpoint's own."""
    error, _ = failure(answer, timeout=SAFETY)
    assert words in str(error)


def test_of_a_long_error_only_the_beginning_is_read():
    """Its status counts, and its first words are shown in one line."""
    tracemalloc.start()
    try:
        error, _ = failure(flood(response(status="500 Broken", length=100_000_000), b"out of order\n" * 5000), timeout=SAFETY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(error).startswith("HTTP 500: out of order out of order") and len(str(error)) < 250 and peak < 4 << 20
    assert error.passing and not error.billed


def test_an_answer_that_is_packed_once_is_read():
    """Requests ask for answers as they are; some gateways pack them all the same."""
    packed = zlib.compressobj(wbits=-15)
    plain = json.dumps(completion("raw")).encode()
    answers = [
        (gzip.compress(json.dumps(completion("gzip")).encode(), mtime=0), "gzip"),
        (zlib.compress(json.dumps(completion("deflate")).encode()), "deflate"),
        (packed.compress(plain) + packed.flush(), "deflate"),
    ]

    def answer(talk, request):
        assert b"Accept-Encoding: identity\r\n" in request
        data, name = answers[len(server.requests) - 1]
        talk.send(response(data, headers=[f"Content-Encoding: {name}"]))
        return True

    with hostile(answer) as server:
        model = chat(server.url, timeout=SAFETY)
        assert [model.ask(ASKED).text for _ in answers] == ["gzip", "deflate", "raw"]
        assert len(server.connections) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
@pytest.mark.parametrize(
    "where", ["http://localhost:{port}/v1/chat/completions", "//localhost:{port}/", "/v1/elsewhere", "http://a:secret@h/"]
)
def test_no_redirect_is_followed(status, where):
    """Neither data nor key reach another address, and none but the first call is made; the error names the place without its password."""
    with hostile(say(response(completion()))) as thief:
        place = where.format(port=thief.port)
        error, server = failure(say(response(status=status, headers=[f"Location: {place}"])), key="sk-0123456789", timeout=SAFETY)
        assert not thief.requests and len(server.requests) == 1
    assert str(error).startswith(f"HTTP {status[:3]}: it redirects to") and "redirects are not followed" in str(error)
    assert error.final and "secret" not in str(error)


PAUSES = {
    "inf": True,
    "Infinity": True,
    "1e300": True,
    "99999999999999999999999": True,
    "Fri, 31 Dec 9999 23:59:59 GMT": True,
    "Fri, 31 Dec 99999 23:59:59 GMT": False,
    "Wed, 21 Oct 2015 07:28:00 GMT": False,
    "-5": False,
    "-inf": False,
    "nan": False,
    "soon, perhaps": False,
    "": False,
    "9" * 5000: False,
    "1, 2": False,
}


@pytest.mark.parametrize(("pause", "hopeless"), PAUSES.items(), ids=[name[:30] for name in PAUSES])
def test_pauses_are_bounded(pause, hopeless):
    """A pause beyond what a call may take ends it at once, and it says so; one that means nothing is replaced by our own."""
    busy = response({"error": {"message": "slow down"}}, "429 Too Many Requests", [f"Retry-After: {pause}"])
    with hostile(say(busy)) as server:
        began = time.monotonic()
        with pytest.raises(Unanswered, match="HTTP 429: slow down") as raised:
            RetryingChat(chat(server.url, timeout=SAFETY), attempts=3, pause=0.01, patience=10.0).ask(ASKED)
        assert time.monotonic() - began < SAFETY
        assert len(server.requests) == (1 if hopeless else 3)
    assert ("a longer pause than the 10 s after which a call is given up" in str(raised.value)) == hopeless


def test_no_try_begins_after_the_patience_is_over():
    """Pauses that are short each add up, too."""
    calls = []

    class Busy:
        name = "busy"

        def ask(self, question):
            calls.append(question)
            raise Unanswered("HTTP 429", passing=True, wait=0.4)

    with pytest.raises(Unanswered):
        RetryingChat(Busy(), attempts=1000, patience=1.0).ask(ASKED)
    assert len(calls) <= 3


def test_an_endpoint_that_never_answered_is_left_alone():
    """After three calls without any answer no other is made, whoever asks: a dead endpoint does not cost a time-out a text."""
    with hostile(lambda talk, request: talk.hold()) as server:
        model = chat(server.url, timeout=0.3)
        errors = []
        for _ in range(6):
            with pytest.raises(Unanswered) as raised:
                model.ask(ASKED)
            errors.append(raised.value)
        assert len(server.requests) == 3
    assert [error.final for error in errors] == [False] * 3 + [True] * 3
    assert str(errors[-1]) == "no answer within 0.3 s; none of the first 3 calls was answered"


@pytest.mark.parametrize("answer", [SLOW["silence"], SLOW["a body that drips"]], ids=["silence", "a body that drips"])
def test_a_call_under_way_ends_when_the_run_does(answer):
    """Long before its time-out."""
    halt, ended = Event(), []
    with hostile(answer) as server:
        model = chat(server.url, timeout=300.0, halt=halt)

        def call():
            with pytest.raises(Unanswered, match="the run ended"):
                model.ask(ASKED)
            ended.append(True)

        thread = Thread(target=call, daemon=True)
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        halt.set()
        thread.join(SAFETY)
    assert ended


def test_a_connection_is_used_again_unless_something_came_in_between():
    """Bytes that belong to no call are not taken for the next answer, whether they come with the last one or after it."""
    other = response(completion("smuggled"))

    def answer(talk, request):
        nth = len(server.requests)
        talk.send(response(completion("right")) + (other if nth == 2 else b""))
        if nth == 3:
            time.sleep(0.05)
            talk.send(other)
            late.set()
        return True

    late = Event()
    with hostile(answer) as server:
        model = chat(server.url, timeout=SAFETY)
        assert [model.ask(ASKED).text for _ in range(3)] == ["right"] * 3 and len(server.connections) == 1
        assert late.wait(SAFETY)
        assert model.ask(ASKED).text == "right" and len(server.connections) == 2


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    """Plain HTTP through a proxy with a password, which is neither sent to the endpoint nor shown."""
    with hostile(say(response(completion("by proxy")))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:pass%20word@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert chat("http://judge.invalid/v1", timeout=SAFETY).ask(ASKED).text == "by proxy"
        assert proxy.requests[0].startswith(b"POST http://judge.invalid:80/v1/chat/completions HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=" in proxy.requests[0]
    monkeypatch.setenv("http_proxy", "socks5://user:hidden@127.0.0.1:1")
    with pytest.raises(UsageError, match=r"the proxy socks5://127\.0\.0\.1:1 of the environment cannot be used") as raised:
        chat("http://judge.invalid/v1")
    assert "hidden" not in str(raised.value)


@pytest.fixture
def certified(monkeypatch):
    """A server's side of TLS for localhost, with a certificate that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return lambda connection: context.wrap_socket(connection, server_side=True)


def test_encrypted_connections_have_the_same_bounds(certified):
    """Read, bounded in time and bytes, and not led from https to http."""
    answers = [
        say(response(completion("over TLS"))),
        drip(response(length=5000), b" " * 5000),
        flood(response(length=None), ENDLESS),
        say(response(status="307 Temporary Redirect", headers=["Location: http://localhost/v1/chat/completions"])),
    ]

    def answer(talk, request):
        return answers[len(server.requests) - 1](talk, request)

    with hostile(answer, wrap=certified) as server:
        model = chat(server.url.replace("http://127.0.0.1", "https://localhost"), timeout=3.0)
        assert model.ask(ASKED).text == "over TLS"
        for words in ("no answer within 3 s", "longer than the 1,048,576 bytes", "redirects are not followed"):
            with pytest.raises(Unanswered, match=words):
                model.ask(ASKED)


def test_an_encrypted_connection_goes_through_a_proxy_as_a_tunnel(certified, monkeypatch):
    """The proxy sees the name of the endpoint and nothing else."""
    seen = []

    def tunnel(talk, request):
        seen.append(request)
        talk.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        secure = certified(talk.connection)
        with suppress(OSError):
            secure.recv(1 << 20)
            secure.sendall(response(completion("through")))
            time.sleep(0.2)

    with hostile(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("leakguard.models.endpoint.http.proxy_bypass", lambda host: False)
        assert chat("https://localhost:4443/v1", key="sk-0123456789", timeout=SAFETY).ask(ASKED).text == "through"
    assert seen[0].startswith(b"CONNECT localhost:4443 HTTP/1.1\r\n") and b"sk-" not in seen[0]


def test_a_handshake_that_stalls_is_bounded():
    """A server that accepts and never speaks TLS."""
    with hostile(say(b""), deaf=True) as server:
        with pytest.raises(Unanswered, match=r"no answer within 0\.5 s") as raised:
            chat(server.url.replace("http:", "https:")).ask(ASKED)
        assert not raised.value.billed


def test_a_host_that_is_looked_up_for_ever_is_bounded(monkeypatch):
    """The system's resolver knows no time-out of ours."""
    release = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **options: release.wait(30) or [])
    try:
        with pytest.raises(Unanswered, match=r"no answer within 0\.5 s"):
            chat("http://judge.invalid/v1").ask(ASKED)
    finally:
        release.set()
