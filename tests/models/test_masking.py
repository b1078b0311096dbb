"""Keys and passwords in what an endpoint says: gone from every error and from every answer that is kept."""

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_server import completion, hostile, response
from leakguard.core.chat import Question, Unanswered
from leakguard.core.errors import UsageError
from leakguard.models.endpoint.masking import Mask
from leakguard.models.endpoint.openai import Endpoint, OpenAIChat

KEY = "sk-live_Q7w/e+R9=tY&2u<I4o"
QUESTION = Question("k", "system", "user", {})
SPELLINGS = {
    "as it is": KEY,
    "in upper case": KEY.upper(),
    "quoted for a URL": quote(KEY, safe=""),
    "every byte quoted": "".join(f"%{byte:02X}" for byte in KEY.encode()),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "hexadecimal": KEY.encode().hex(),
    "backwards": KEY[::-1],
    "escaped for HTML": html.escape(KEY),
    "its first half": KEY[:13],
    "its second half": KEY[13:],
    "ten characters of it": KEY[5:15],
    "with a line feed": f"{KEY}\n",
}


def parts(text, size=8):
    return {text[at : at + size].lower() for at in range(len(text) - size + 1)}


@pytest.mark.parametrize("said", SPELLINGS.values(), ids=SPELLINGS)
def test_an_error_that_repeats_the_key_is_masked(said):
    """In every spelling, and in parts of eight characters; other words stay."""
    with hostile(lambda talk, request: talk.send(response({"error": {"message": f"the key {said} is not known"}}, "401 No"))) as server:
        with pytest.raises(Unanswered) as raised:
            OpenAIChat(Endpoint("m", server.url, f" {KEY}\n")).ask(QUESTION)
        assert f"Authorization: Bearer {KEY}\r\n".encode() in server.requests[0]
    assert str(raised.value) == "HTTP 401: the key *** is not known"


@pytest.mark.parametrize("before", [b"", b"B", b"Be", b"Bearer ", b"user:"])
def test_base64_is_masked_wherever_the_key_begins_in_it(before):
    """Three bytes become four characters, so there are three ways to encode a key behind other words."""
    said = base64.b64encode(before + KEY.encode() + b" was this").decode()
    shown = Mask(KEY).clean_line(f"got {said} for a key")
    first, _, last = shown.removeprefix("got ").removesuffix(" for a key").partition("***")
    left = base64.b64decode(first + "=" * (-len(first) % 4)) + base64.b64decode("A" * (-len(last) % 4) + last)
    assert "***" in shown and not parts(left.decode("latin-1"), 3) & parts(KEY, 3)


PLACES = {
    "content": lambda key: completion(f"the key is {key}"),
    "refusal": lambda key: completion(message={"content": None, "refusal": f"not with {key}"}),
    "finish": lambda key: completion(finish_reason=key),
    "a token": lambda key: completion("yes", logprobs={"content": [{"token": key, "logprob": -1.0}]}),
    "a wrong type": lambda key: completion(message=[key]),
    "no JSON": lambda key: key.encode(),
    "a header": lambda key: None,
    "a redirect": lambda key: None,
}


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_that_repeats_the_key_does_not_carry_it_on(place):
    """Neither in what is kept of an answer nor in why there is none."""

    def answer(talk, request):
        body = PLACES[place](KEY)
        if place == "a redirect":
            talk.send(response(status="307 No", headers=[f"Location: http://h/{KEY}"]))
        else:
            talk.send(
                response({} if body is None else body, headers=[f"X-Key: {KEY}"]) if place != "a header" else f"{KEY}\r\n\r\n".encode()
            )

    with hostile(answer) as server:
        try:
            found = repr(OpenAIChat(Endpoint("m", server.url, KEY)).ask(QUESTION))
        except Unanswered as error:
            found = f"{error!r} {error}"
    assert not parts(found) & parts(KEY)


def test_a_password_in_the_address_is_sent_and_never_shown():
    """As basic authentication; the model's name, by which it is remembered and reported, is without it."""
    said = {"error": {"message": "not Basic dXNlcjpvcGVuIHNlc2FtZQ== or open sesame or open%20sesame"}}
    with hostile(lambda talk, request: talk.send(response(said, "401 No"))) as server:
        endpoint = Endpoint("m", server.url.replace("//", "//user:open%20sesame@"), "none")
        model = OpenAIChat(endpoint)
        assert model.name == f"m@{server.url}" and "sesame" not in repr(endpoint)
        with pytest.raises(Unanswered) as raised:
            model.ask(QUESTION)
        assert b"Authorization: Basic dXNlcjpvcGVuIHNlc2FtZQ==\r\n" in server.requests[0]
    assert "sesame" not in str(raised.value) and "dXNlcjpvc" not in str(raised.value)
    with pytest.raises(Unanswered, match=r"^http://127\.0\.0\.1:\d+/v1 cannot be reached") as raised:
        OpenAIChat(endpoint).ask(QUESTION)
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\x00zero", "sk-\ufeffmark", "sk-gänse", "sk-\ud800"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key):
    """Before anything is sent."""
    with pytest.raises(UsageError, match="give the key alone") as raised:
        OpenAIChat(Endpoint("m", "http://127.0.0.1:9/v1", key))
    assert "sk-" not in str(raised.value)


@given(st.text(min_size=4), st.text(max_size=40), st.text(max_size=40))
def test_a_masked_line_never_holds_the_secret(secret, before, after):
    """Whatever it is made of, one line of at most 200 printable characters comes out."""
    line = Mask(secret).clean_line(f"{before}{secret}{after}")
    assert len(line) <= 200 and "\n" not in line and line.isprintable()
    secret = secret.strip()
    if len(secret) >= 4 and secret.isprintable() and "  " not in secret:
        assert secret not in line.replace("***", " ")


@given(st.text(alphabet='abcdefghij 0123456789{}:"', max_size=60))
def test_words_that_hold_no_secret_stay_as_they_are(text):
    """But for white space; without a secret nothing is masked at all."""
    plain = " ".join(text.split())
    assert Mask("SECRET_KEY_VALUE").clean_line(text) == Mask().clean_line(text) == plain
    assert not Mask("SECRET_KEY_VALUE").holds(text) and not Mask("").holds(text)


def test_an_ordinary_reply_holds_no_key():
    """Also where the key is short, or made of words that replies are made of."""
    reply = json.dumps({"nonce": "0123456789abcdef01234567", "verdict": 1, "injection": False})
    for key in ("1", "none", "test", "EMPTY", "sk-injection-judge", "verdict", "abcdef"):
        assert not Mask(key).holds(reply)
