"""Attacks on the server of `leakguard review`, over real sockets: other pages, other names, other users, damaged and endless requests."""

import json
import os
import socket
import stat
from contextlib import suppress

import pytest

from leakguard.outputs.baseline import read_baseline
from leakguard.review.request_checks import BODY_LIMIT, Site
from leakguard.review.server import write_opener
from programs import run_program
from review_server import ReviewServer, list_places

pytest.importorskip("uvicorn")
ROWS = ("871, 1488, 305", "412, 666, 905", "412, 1488, 906", "<script>alert(1)</script> 1488 \u202e")
DECIDE = "/api/decisions"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data with findings, and their report."""
    place = tmp_path_factory.mktemp("review")
    (place / "data.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS))
    run_program("scan", "data.jsonl", "-o", "report.json", "--no-config", "-q", folder=place)
    return place


@pytest.fixture(scope="module")
def server(folder):
    """A running review of the report."""
    with ReviewServer(folder, "report.json") as running:
        yield running


@pytest.fixture
def body(folder):
    """A request that accepts a finding; every test that sends it checks that it was not taken."""
    return {"decisions": [{"answer": "accepted", "reason": "an attack", "places": list_places(folder)[:1]}]}


@pytest.fixture
def refused(server, body):
    """refused(...) -> the status; fails unless nothing was decided and the answer has no data."""

    def refused(method="POST", target=DECIDE, data=None, headers=None):
        status, found, content = server.ask(method, target, body if data is None else data, headers)
        assert status >= 400 and b"1488" not in content and b"fingerprint" not in content
        assert not any(one["reason"] == "an attack" for one in server.load(DECIDE)["places"].values())
        assert {"content-security-policy", "x-frame-options", "cache-control", "x-content-type-options"} <= set(found)
        return status

    return refused


def test_the_page_itself_is_answered(server):
    """What the browser of this user asks for: the empty page without a token, everything else with it."""
    status, found, content = server.ask("GET", "/", headers=[("Host", f"127.0.0.1:{server.port}")])
    assert (status, b"1488" in content, found["content-type"]) == (200, False, "text/html; charset=utf-8")
    assert b"<script>" not in content and b" style=" not in content and b"on" + b"load=" not in content
    status, found, content = server.ask("GET", "/api/page", headers=server.headers(Origin=None))
    assert status == 200 and b"1488" in content and found["content-type"] == "text/plain; charset=utf-8"
    assert b"<script>alert" not in content and "\u202e".encode() not in content


def test_no_page_may_frame_it_keep_it_or_run_a_script_of_the_data(server):
    """The headers of every answer, of the page, of data, and of a refusal."""
    for target, headers in (("/", None), ("/api/page", None), ("/nothing", None), ("/api/page", server.headers(X_Leakguard_Token="x"))):
        _, found, _ = server.ask("GET", target, headers=headers)
        policy = dict(part.strip().split(" ", 1) for part in found["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        wanted = {
            "x-frame-options": "deny",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        }
        assert wanted.items() <= found.items()
        assert "access-control-allow-origin" not in found and "server" not in found


@pytest.mark.parametrize(
    "name",
    ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:{0}", "localhost.:{0}", "[::1]:{0}", "0.0.0.0:{0}", "", "127.0.0.1:{0}@evil"],
)
def test_a_name_that_was_pointed_here_gets_nothing(server, refused, name):
    """DNS rebinding: the page of another name, which its browser takes for the same origin, even with the token."""
    host = name.format(server.port)
    assert refused(headers=server.headers(Host=host, Origin=f"http://{host}")) in (400, 403)
    assert server.ask("GET", "/", headers=[("Host", host)])[0] in (400, 403)


def test_two_hosts_or_tokens_or_origins_are_none(server, refused):
    """A header that is given twice could be read differently by two programs."""
    assert server.ask("POST", DECIDE, {}, server.headers(Host=[f"127.0.0.1:{server.port}", "evil.example"]))[0] == 400
    assert refused(headers=server.headers(X_Leakguard_Token=[server.token, server.token])) == 401
    assert refused(headers=server.headers(Origin=[server.origin, "http://evil.example"])) == 403
    assert refused(headers=server.headers(Content_Type=["application/json", "text/plain"])) == 415


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain;application/json", None]
)
def test_a_form_of_another_page_is_refused(server, refused, kind):
    """A cross-site POST that needs no preflight, by its type alone, even if everything else were right."""
    assert refused(headers=server.headers(Content_Type=kind)) == 415
    other = server.headers(Content_Type=kind, Origin="http://evil.example", X_Leakguard_Token=None, Sec_Fetch_Site="cross-site")
    assert refused(headers=other) == 403


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "https://127.0.0.1:{0}", "http://127.0.0.1", "http://localhost:{0}", "http://127.0.0.1:1"],
)
def test_a_change_needs_the_origin_of_the_page(server, refused, origin):
    """A missing Origin is no reason to skip the check, and another port of this machine is another page."""
    assert refused(headers=server.headers(Origin=origin and origin.format(server.port))) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "x"])
def test_what_the_browser_calls_another_site_is_refused(server, refused, site):
    """Sec-Fetch-Site, for changes and for reading alike: another port of 127.0.0.1 is the same site, but not the same origin."""
    assert refused(headers=server.headers(Sec_Fetch_Site=site)) == 403
    assert refused("GET", "/api/page", headers=server.headers(Sec_Fetch_Site=site, Origin=None)) == 403


def test_a_frame_of_another_page_stays_empty(server):
    """A browser that asks for a frame, or loads the page's script into another page, says so."""
    own = [("Host", f"127.0.0.1:{server.port}")]
    for kind in ("iframe", "frame", "embed", "object", "empty"):
        assert server.ask("GET", "/", headers=[*own, ("Sec-Fetch-Dest", kind), ("Sec-Fetch-Site", "cross-site")])[0] == 403
    assert server.ask("GET", "/review.js", headers=[*own, ("Sec-Fetch-Dest", "script"), ("Sec-Fetch-Site", "cross-site")])[0] == 403
    navigation = [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")]
    assert server.ask("GET", "/", headers=[*own, *navigation])[0] == 200


def test_another_user_of_the_machine_can_only_see_the_empty_page(server, refused):
    """They reach the port and know every header, but not the token: it is not in the page, nor in an answer."""
    for token in (None, "", "x", server.token[:-1], server.token + "x", server.token.swapcase()):
        assert refused(headers=server.headers(X_Leakguard_Token=token)) == 401
        for path in ("/api/page", "/api/decisions", "/api/rows/" + "0" * 32):
            assert refused("GET", path, headers=server.headers(X_Leakguard_Token=token, Origin=None)) == 401
        for path in ("/api/back", "/api/end"):
            assert refused("POST", path, {}, server.headers(X_Leakguard_Token=token)) == 401
    assert all(
        server.token.encode() not in server.ask("GET", path)[2] for path in ("/", "/served.js", "/review.js", "/page.css", "/api/page")
    )
    assert len(server.token) >= 43


@pytest.mark.linux("reads the arguments of a program")
def test_the_token_is_no_argument_of_a_program(server):
    """Other users see the arguments of programs."""
    with open(f"/proc/{server.process.pid}/cmdline", "rb") as file:
        assert server.token.encode() not in file.read()


def test_the_page_that_opens_the_browser_is_for_this_user_alone():
    """The address is not an argument of the browser, which others see, but in a file that only this user can read, and not for long."""
    with write_opener(Site(80, "secret")) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.stat().st_uid == os.geteuid() and "#token=secret" in path.read_text()
    assert not path.parent.exists()


def test_a_token_in_an_address_is_refused(server, refused):
    """An address is kept in histories and logs, so a token in it would travel; no query is taken at all."""
    for target in (
        f"/api/page?token={server.token}",
        f"/?token={server.token}",
        "/api/page?",
        f"/api/decisions?x-leakguard-token={server.token}",
    ):
        without = server.headers(X_Leakguard_Token=None, Origin=None)
        assert refused("GET", target, headers=without) in (400, 401)
    assert refused("GET", f"/api/page?token={server.token}") == 400


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/../data.jsonl",
            "/..%2fdata.jsonl",
            "/%2e%2e/%2e%2e/etc/passwd",
            "//etc/passwd",
            "/data.jsonl",
            "/api/../data.jsonl",
            "/page.css/../../x",
        ),
        *(
            "/api/rows/../../data.jsonl",
            "/api/rows/%2e%2e%2fdata.jsonl",
            "/api/rows/..%5c..%5cx",
            "/api/rows/%00",
            "/api/rows/" + "a" * 5000,
            "/api/rows/",
        ),
        *("/API/page", "/api/page/", "/api", "/api/", "file:///etc/passwd", "*"),
    ],
)
def test_no_address_names_a_file(server, target):
    """Path traversal: addresses are a fixed table, rows are found by the fingerprint of a finding."""
    status, _, content = server.ask("GET", target)
    assert status in (400, 404) and b"871" not in content and b"root:" not in content


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "CONNECT"])
def test_other_methods_are_refused(server, method):
    """A preflight of another page gets no permission."""
    status, found, _ = server.ask(method, DECIDE)
    assert status in (400, 405) and not any(name.startswith("access-control") for name in found)


@pytest.mark.parametrize("target", ["/", "/page.css", "/api/page", "/api/rows/x"])
def test_a_change_is_posted_to_its_own_address(server, target):
    """A POST anywhere else changes nothing."""
    assert server.ask("POST", target, {})[0] in (404, 405)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff", b"{}", b'{"decisions": 1}', b'{"decisions": []}', b'{"decisions": [1]}'),
        *(b'{"decisions": [{"answer": "accepted"}]}', b'{"decisions": [], "decisions": []}', b"[" * 100_000, b'{"x": "\\ud800"}', b"NaN"),
        *(
            b'{"decisions": [{"answer": "accepted", "reason": "", "places": ["%b"]}]}',
            b'{"decisions": [{"answer": "x", "reason": "y", "places": ["%b"]}]}',
        ),
        *(
            b'{"decisions": [{"answer": "accepted", "reason": "y", "places": []}]}',
            b'{"decisions": [{"answer": "rejected", "reason": "", "places": ["../x"]}]}',
        ),
        *(
            b'{"decisions": [{"answer": "accepted", "reason": 1, "places": ["%b"]}]}',
            b'{"decisions": [{"answer": "rejected", "reason": "", "places": ["%b"], "x": 1}]}',
        ),
        b'{"decisions": [{"answer": "accepted", "reason": "' + b"y" * 3000 + b'", "places": ["%b"]}]}',
    ],
)
def test_a_damaged_request_is_named_and_changes_nothing(server, folder, content):
    """The answer says what is wrong; nothing is written."""
    before = server.load(DECIDE)
    status, _, said = server.ask("POST", DECIDE, content.replace(b"%b", list_places(folder)[0].encode()))
    assert status == 400 and json.loads(said)["problem"]
    assert server.load(DECIDE) == before


def test_content_has_a_limit(server, refused):
    """By what its length says, by what arrives, and for headers; the server lives on."""
    assert refused(data=b"x" * (BODY_LIMIT + 1)) == 413
    heads = "\r\n".join(f"{name}: {value}" for name, value in server.headers())
    chunks = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    endless = (
        f"POST {DECIDE} HTTP/1.1\r\n{heads}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + chunks * 3 + b"0\r\n\r\n"
    )
    assert server.send(endless)[0] in (0, 413)
    assert server.send(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX: {'x' * 100_000}\r\n\r\n".encode())[0] in (0, 400, 431)
    assert server.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")[0] in (0, 400)
    assert server.load(DECIDE)["reviewer"] == ""


def test_it_listens_at_this_machine_only_and_opens_no_connection(server, folder):
    """No other address of the machine answers, and the program looked up no name and called nobody."""
    others = {"127.0.0.2"}
    # The name of a machine need not have an address.
    with suppress(socket.gaierror):
        others |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with pytest.raises(OSError):
            socket.create_connection((address, server.port), timeout=1).close()
    assert not (folder / "connections").exists()


def test_a_real_decision_is_taken_after_all_of_that(server, folder):
    """The attacks above were refused for the right reason: the same request from the page itself is written."""
    state = server.decide("accepted", list_places(folder)[:1])
    assert state["entries"] >= 1 and (folder / "baseline.jsonl").exists()
    assert {entry.reason for entry in read_baseline(folder / "baseline.jsonl").entries} == {"known"}
