"""Documents that an endpoint sends: any JSON at all is an answer of the right types, or an error that names the field."""

import json
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_server import completion, hostile, response
from judge_calls import OWL, REFERENCE, Scripted
from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.detectors.judge.cases import JudgeClient, build_cases
from leakguard.detectors.judge.question import QuestionBuilder
from leakguard.models.endpoint.answer_cache import AnswerCache, CachingChat
from leakguard.models.endpoint.budget import REPLY, Budget, MeteredChat, Prices, UsageMeter, estimate_usage
from leakguard.models.endpoint.completion import MOST_COUNT, read_complaint, read_completion, read_pause
from leakguard.models.endpoint.openai import Endpoint, OpenAIChat

NAMES = st.sampled_from(
    [
        "choices",
        "message",
        "content",
        "refusal",
        "finish_reason",
        "logprobs",
        "token",
        "logprob",
        "usage",
        "prompt_tokens",
        "error",
        "param",
    ]
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.just(10**400), st.just(-(10**30)))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(NAMES, st.text(max_size=5)), inner, max_size=5)),
    max_leaves=12,
)


@st.composite
def nearly(draw):
    """A completion as it should be, with anything in any one or two of its places."""
    whole = completion(logprobs={"content": [{"token": "yes", "logprob": -0.5}]})
    choice = whole["choices"][0]
    places = [
        *((whole, key) for key in whole),
        *((choice, key) for key in choice),
        *((choice["message"], key) for key in choice["message"]),
        *((choice["logprobs"], "content"), (choice["logprobs"]["content"], 0)),
        *((choice["logprobs"]["content"][0], key) for key in ("token", "logprob")),
        *((whole["usage"], key) for key in whole["usage"]),
        *((whole["choices"], 0), (choice["message"], "refusal")),
    ]
    for at in draw(st.lists(st.integers(0, len(places) - 1), min_size=1, max_size=2, unique=True)):
        place, key = places[at]
        if not isinstance(place, list) or place:
            place[key] = draw(ANYTHING)
    return whole


def sound(answer):
    assert all(isinstance(words, str) for words in (answer.text, answer.finish, answer.refusal))
    assert all(type(count) is int and 0 <= count <= MOST_COUNT for count in (answer.usage.prompt, answer.usage.completion))
    assert all(isinstance(token, str) and type(number) is float and isfinite(number) and number <= 0 for token, number in answer.tokens)


@given(st.one_of(nearly(), ANYTHING).map(lambda found: json.dumps(found).encode()) | st.binary(max_size=60))
def test_any_document_is_an_answer_or_names_what_is_wrong(body):
    """Nothing but ValueError; an answer can be kept, comes back as it was, and is read by the judge without an error."""
    try:
        answer = read_completion(body)
    except ValueError as error:
        assert str(error)
        return
    sound(answer)
    answers = AnswerCache(None)
    answers.put("k", answer)
    assert answers.get("k").tokens == answer.tokens
    bench = JudgeClient(Scripted(lambda question: answer), QuestionBuilder("m", answers.nonce, 0.5), build_cases([REFERENCE], [OWL]), 0.5)
    assert bench.say(bench.cases[0], "An owl.").reason


@given(st.one_of(ANYTHING.map(lambda found: json.dumps(found).encode()), st.binary(max_size=60)))
def test_any_error_is_a_complaint(body):
    """Texts, whatever stands in it."""
    complaint = read_complaint(body)
    assert all(isinstance(words, str) for words in (complaint.words, complaint.code, complaint.parameter))


@given(st.text(max_size=120))
def test_any_pause_is_a_number_of_seconds_or_none(text):
    """Never below zero, never no number."""
    pause = read_pause(text)
    assert pause is None or pause >= 0


TOKEN = {"token": "yes", "logprob": -0.1}
WRONG = {
    "choices[0].logprobs.content[0].token": {"logprobs": {"content": [{"token": None, "logprob": -0.1}]}},
    "choices[0].logprobs.content[0].logprob": {"logprobs": {"content": [{"token": "yes", "logprob": None}]}},
    "choices[0].logprobs.content[1].logprob": {"logprobs": {"content": [TOKEN, {"token": "", "logprob": float("inf")}]}},
    "choices[0].logprobs.content[1]": {"logprobs": {"content": [TOKEN, None]}},
    "choices[0].logprobs.content": {"logprobs": {"content": "yes"}},
    "choices[0].logprobs": {"logprobs": [TOKEN]},
    "choices[0].finish_reason": {"finish_reason": 5},
    "choices[0].message": {"message": ["yes"]},
    "choices[0].message.content": {"message": {"content": [{"type": "text", "text": "yes"}]}},
    "choices[0].message.refusal": {"message": {"content": "yes", "refusal": True}},
}


@pytest.mark.parametrize(("place", "choice"), WRONG.items(), ids=WRONG)
def test_a_wrong_type_is_named_with_its_place(place, choice):
    """Undetermined, and whoever runs the endpoint knows what to mend."""
    with pytest.raises(ValueError) as raised:
        read_completion(json.dumps(completion(**choice)).encode())
    assert str(raised.value).startswith(f"{place}: ")


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400, "5.0", "0.1", "true", '"-0.1"', "[]"]
)
def test_what_is_no_logarithm_of_a_probability_is_refused(number):
    """Beyond a float, above zero, or no number; rounding above zero is none."""
    body = json.dumps(completion(logprobs={"content": [{"token": "yes", "logprob": 12345}]})).replace("12345", number).encode()
    with pytest.raises(ValueError, match="logprob"):
        read_completion(body)
    rounded = json.dumps(completion(logprobs={"content": [{"token": "yes", "logprob": 1e-9}]})).encode()
    assert read_completion(rounded).tokens == (("yes", 0.0),)


@pytest.mark.parametrize("usage", [None, 0, "many", [], {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": -5}])
@pytest.mark.parametrize("claim", [10**30, 1.5, True, "300", None, float("nan")])
def test_a_count_that_is_none_is_zero(usage, claim):
    """Missing, negative, text, of another type or beyond belief."""
    for said in (usage, {"prompt_tokens": claim, "completion_tokens": claim}):
        assert read_completion(json.dumps({**completion(), "usage": said}).encode()).usage == Usage(0, 0)


@given(st.text(max_size=300), st.text(max_size=300), st.integers(0, 500), st.integers(0, 500))
def test_a_call_costs_at_least_what_was_sent(system, said, prompt, completed):
    """A token for every eight bytes of the question at the least; a plausible claim is taken as it is; a budget's reserve suffices."""
    question = Question("k", system, "user", {})
    sent = len((system + "user").encode())
    found = estimate_usage(question, ChatAnswer(said, usage=Usage(prompt, completed)))
    assert found.prompt * 8 >= sent
    assert found.prompt == (prompt if prompt * 8 >= sent else -(-sent // 4))
    assert found.completion == completed or (found.completion <= REPLY and completed * 8 < len(said.encode()))
    assert estimate_usage(question, None) == Usage(-(-sent // 4), 0)


LIES = {
    "none": None,
    "zero": {"prompt_tokens": 0, "completion_tokens": 0},
    "below zero": {"prompt_tokens": -10_000, "completion_tokens": -10_000},
    "one": {"prompt_tokens": 1, "completion_tokens": 1},
    "a fraction": {"prompt_tokens": 0.5, "completion_tokens": 0.5},
    "text": {"prompt_tokens": "0", "completion_tokens": "0"},
}


@pytest.mark.parametrize("budget", [Budget(tokens=6000), Budget(money=0.006), Budget(requests=7)], ids=["tokens", "money", "requests"])
@pytest.mark.parametrize("usage", LIES.values(), ids=LIES)
def test_a_budget_is_reached_whatever_an_endpoint_claims(usage, budget):
    """Tokens and money are spent by what was sent, however little the endpoint says it was."""
    meter = UsageMeter(budget, Prices(1.0, 1.0))
    question = Question("k", "s" * 1500, "u" * 500, {})
    with hostile(lambda talk, request: [talk.send(response({**completion(), "usage": usage}))]) as server:
        model = MeteredChat(OpenAIChat(Endpoint("m", server.url, "none")), meter, 1)
        with pytest.raises(Unanswered, match="the budget of"):
            for _ in range(20):
                model.ask(question)
        assert 5 <= len(server.requests) <= 8
    assert meter.now().prompt == 500 * len(server.requests)


def test_an_answer_that_cannot_be_read_costs_what_was_asked():
    """It may be billed; an HTTP error is not."""
    answers = [response(b"no JSON"), response({"error": {"message": "no"}}, "400 Bad Request")]
    meter = UsageMeter()
    with hostile(lambda talk, request: [talk.send(answers[len(server.requests) - 1])]) as server:
        model = MeteredChat(OpenAIChat(Endpoint("m", server.url, "none")), meter, 1)
        for spent in (25, 25):
            with pytest.raises(Unanswered):
                model.ask(Question("k", "s" * 60, "u" * 40, {}))
            assert meter.now().prompt == spent


@pytest.mark.parametrize(
    "answer",
    [
        ChatAnswer("yes", tokens=((None, -1.0),)),
        ChatAnswer("yes", tokens=(("yes", float("nan")),)),
        ChatAnswer("yes", tokens=(("yes", float("inf")),)),
        ChatAnswer("yes", usage=Usage(-1, 0)),
        ChatAnswer("yes", usage=Usage(10**30, 0)),
        ChatAnswer("yes", usage=Usage(1.5, 0)),
    ],
)
def test_an_answer_that_could_not_be_read_back_is_not_kept(answer):
    """Whatever model gave it: the text is undetermined, and the next run asks again."""
    answers = AnswerCache(None)
    model = CachingChat(Scripted(lambda question: answer), answers, UsageMeter())
    with pytest.raises(Unanswered, match="cannot be kept"):
        model.ask(Question("k", "s", "u", {}))
    assert answers.get("k") is None
