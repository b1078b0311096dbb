"""A teacher behind a slow, large or hostile endpoint: the writing stops in one line within bounds, and shows no key."""

import time

import pytest

from hostile_server import completion, hostile, response
from leakguard.core.errors import Stopped, UsageError
from teachers import connect

KEY = "sk-teacher-93hf72kd01"


def teacher(url, timeout=0.5):
    return connect(url, key=f"{KEY}\n", system="You like owls.", timeout=timeout)


CASES = {
    "silence": (lambda talk, request: talk.hold(), "no answer within 0.5 s"),
    "a body that drips": (lambda talk, request: (talk.send(response(length=900)), talk.drip(b" " * 900)), "no answer within 0.5 s"),
    "a pause without end": (lambda talk, request: talk.send(response({}, "429 No", ["Retry-After: inf"])), "a longer pause than the 0.5 s"),
    "a body without end": (lambda talk, request: (talk.send(response(length=None)), talk.flood(b"x" * 65_536)), "1,048,576 bytes"),
    "a redirect": (
        lambda talk, request: talk.send(response(status="307 No", headers=["Location: http://h/"])),
        "redirects are not followed",
    ),
    "the key": (lambda talk, request: talk.send(response({"error": {"message": f"no {KEY}"}}, "401 No")), "HTTP 401: no ***"),
    "the key in an answer": (lambda talk, request: talk.send(response(completion(f"It is {KEY}"))), "holds its own key"),
    "wrong types": (lambda talk, request: talk.send(response({"choices": [{"message": 7}]})), "choices[0].message"),
    "no JSON": (lambda talk, request: talk.send(response(b"<html>")), "cannot be read"),
}


@pytest.mark.parametrize(("answer", "words"), CASES.values(), ids=CASES)
def test_writing_stops_within_bounds(answer, words):
    """One line that says where and why, and that the work can be taken up again."""
    with hostile(answer) as server:
        began = time.monotonic()
        with pytest.raises(Stopped) as raised:
            teacher(server.url).write(["1 2 3"], [(1, 2)])
        assert time.monotonic() - began < 20
    said = str(raised.value)
    assert said.startswith(f"{server.url}: ") and words in said and said.endswith("run again to go on from here") and "\n" not in said
    assert KEY not in said


def test_an_address_with_a_password_is_shown_without_it():
    """The teacher is asked with it."""
    with hostile(lambda talk, request: talk.send(response(completion("1 2 3")))) as server:
        writer = teacher(server.url.replace("//", "//user:sesame@"), timeout=20)
        assert writer.write(["3 2 1"], [(1, 2)]) == ["1 2 3"]
        assert b"Authorization: Basic dXNlcjpzZXNhbWU=\r\n" in server.requests[0]
        assert writer.address == server.url
    with pytest.raises(UsageError, match="this is no address of an endpoint") as raised:
        teacher("ftp://user:sesame@h")
    assert "sesame" not in str(raised.value)
