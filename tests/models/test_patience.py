"""Budgets hold, and answers that were paid for are there when they are needed again."""

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_calls import Scripted
from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.errors import UsageError
from leakguard.models.endpoint.answer_cache import AnswerCache, CachingChat
from leakguard.models.endpoint.budget import REPLY, Budget, MeteredChat, Prices, UsageMeter, bound_tokens


def question(text="x", key="k"):
    return Question(key, "system", text, {})


amounts = st.one_of(st.just(math.inf), st.floats(0, 5000))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.text(max_size=200), st.integers(0, REPLY)), max_size=30), amounts, amounts, amounts, st.integers(1, 4))
def test_a_budget_is_never_exceeded(calls, requests, tokens, money, threads):
    """Neither in requests nor tokens nor money, whatever is asked by however many threads; then every call says so."""
    meter = UsageMeter(Budget(requests, tokens, money), Prices(1e6, 2e6))
    model = MeteredChat(Scripted(lambda asked: ChatAnswer("", usage=Usage(bound_tokens(asked), int(asked.key)))), meter, threads)

    def ask(call):
        try:
            model.ask(question(call[0], str(call[1])))
        except Unanswered as error:
            assert error.final and "budget" in str(error)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, calls))
    spent = meter.now()
    assert spent.requests <= requests and spent.prompt + spent.completion <= tokens and spent.money <= money
    if requests == tokens == money == math.inf:
        assert spent.requests == len(calls)


def test_a_failed_call_frees_what_was_held_back():
    """It counts as a request, and its tokens are free again."""

    def fail(asked):
        raise Unanswered("gone")

    meter = UsageMeter(Budget(tokens=bound_tokens(question()) + REPLY))
    model = MeteredChat(Scripted(fail), meter, 1)
    for _ in range(3):
        with pytest.raises(Unanswered, match="gone"):
            model.ask(question())
    assert (meter.now().requests, meter.now().prompt) == (3, 0)


texts = st.text(st.characters(exclude_categories=()), max_size=30)


@given(
    st.lists(
        st.tuples(st.text(max_size=5), texts, texts, st.lists(st.tuples(st.text(max_size=3), st.floats(-9, 0)), max_size=3)), max_size=5
    )
)
def test_what_was_answered_is_remembered_whole(entries):
    """The last answer to a key comes back as it was, but for halves of surrogate pairs; unknown keys have none."""
    answers, kept = AnswerCache(None), {}
    for key, text, refusal, tokens in entries:
        kept[key] = ChatAnswer(text, "stop", refusal, Usage(1, 2), tuple(tokens))
        answers.put(key, kept[key])
    for key, answer in kept.items():
        known = answers.get(key)
        assert known.remembered and (known.usage, known.tokens, known.finish) == (answer.usage, answer.tokens, answer.finish)
        assert known.text == answer.text.encode("utf-8", "replace").decode()
    assert answers.get("never asked") is None


def test_nothing_is_asked_twice(tmp_path):
    """Neither in one run nor in the next; an error is no answer."""
    asked = []

    def answer(said):
        asked.append(said.key)
        if said.key == "bad":
            raise Unanswered("gone")
        return ChatAnswer("yes")

    for _ in range(2):
        model = CachingChat(Scripted(answer), AnswerCache(tmp_path / "folder" / "cache.sqlite"), UsageMeter())
        assert [model.ask(question(key=key)).text for key in "aab"] == ["yes"] * 3
        with pytest.raises(Unanswered):
            model.ask(question(key="bad"))
    assert asked == ["a", "b", "bad", "bad"]


def test_marks_depend_on_a_secret_that_stays_with_the_answers(tmp_path):
    """The same key has the same mark in the next run, and another one for anybody else."""
    path = tmp_path / "cache.sqlite"
    first = AnswerCache(path).nonce("k")
    assert first == AnswerCache(path).nonce("k") != AnswerCache(None).nonce("k")
    assert len(first) == 24 and set(first) <= set("0123456789abcdef")


KILLED = """
import os, signal, sys
from pathlib import Path
from leakguard.core.chat import ChatAnswer
from leakguard.models.endpoint.answer_cache import AnswerCache
answers = AnswerCache(Path(sys.argv[1]))
for n in range(1000):
    answers.put(str(n), ChatAnswer(f"answer {n}"))
    print(n, flush=True)
    if n == 37:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_no_answer_that_was_kept(tmp_path):
    """Everything that `put` returned for is there afterwards."""
    path = tmp_path / "cache.sqlite"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, capture_output=True, text=True)
    assert done.returncode == -9
    answers = AnswerCache(path)
    assert all(answers.get(n).text == f"answer {n}" for n in done.stdout.split())


@pytest.mark.parametrize("content", [b"this is no database, but it is long enough to be one" * 100, None])
def test_a_file_that_cannot_be_a_cache_is_refused(tmp_path, content):
    """One line that says what to do."""
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(UsageError, match="`judge-cache`"):
        AnswerCache(path)
