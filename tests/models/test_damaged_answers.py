"""A cache of answers that was changed by hand, cut off, or is something else: refused in one line, or its damaged rows asked again."""

import os
import sqlite3
from contextlib import closing

import pytest

from judge_calls import Scripted
from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.errors import UsageError
from leakguard.models.endpoint import answer_cache as module
from leakguard.models.endpoint.answer_cache import AnswerCache, CachingChat
from leakguard.models.endpoint.budget import UsageMeter

QUESTION = Question("k", "system", "user", {})
SOUND = ChatAnswer("yes", "stop", "", Usage(3, 1), (("yes", -0.5),))


@pytest.fixture
def path(tmp_path):
    """A cache with one answer."""
    place = tmp_path / "cache.sqlite"
    answers = AnswerCache(place)
    answers.put("k", SOUND)
    answers.close()
    return place


def change(path, *statements):
    """Change the file as a person with sqlite would, and leave no log beside it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        for statement in statements:
            base.execute(statement)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")


LOOSE = (
    "CREATE TABLE other (key TEXT PRIMARY KEY, text, finish, refusal, prompt, completion, tokens)",
    "DROP TABLE answers",
    "ALTER TABLE other RENAME TO answers",
)
VALUES = {
    "text": ["x'00ff'", "CAST(x'ff41' AS TEXT)", "zeroblob(20000000)"],
    "finish": ["x'73746f70'", "CAST(x'c328' AS TEXT)"],
    "refusal": ["x''"],
    "prompt": ["'many'", "-1", "1.5", "x'01'", "9000000000000000000", "1e300"],
    "completion": ["''", "-9"],
    "tokens": [
        *("''", "'null'", "'{}'", "'[1]'", "'[[]]'", "'[[null, -1.0]]'", "'[[\"yes\", null]]'", "'[[\"yes\", NaN]]'", "x'5b5d'"),
        *("'[[\"yes\", 1e999]]'", "'[[\"yes\", 7.5]]'", "'[[\"a\", -1, 2]]'", f"'[[\"a\", -{'9' * 400}]]'", f"'{'[' * 100_000}'"),
    ],
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in VALUES.items() for value in values], ids=lambda v: v[:25]
)
def test_a_damaged_answer_is_asked_again(path, column, value):
    """It is counted, replaced by the new answer, and remembered from then on."""
    change(path, f"UPDATE answers SET {column} = {value}")
    meter = UsageMeter()
    model = CachingChat(Scripted(lambda question: SOUND), AnswerCache(path), meter)
    assert model.ask(QUESTION) == SOUND and model.ask(QUESTION).remembered
    assert (meter.now().unreadable, meter.now().remembered) == (1, 1)


OTHERS = {
    "a secret that is a text": ["UPDATE about SET value = 'secret' WHERE name = 'secret'"],
    "a secret that is a number": ["UPDATE about SET value = 7 WHERE name = 'secret'"],
    "an empty secret": ["UPDATE about SET value = x'' WHERE name = 'secret'"],
    "a shorter secret": ["UPDATE about SET value = x'00112233' WHERE name = 'secret'"],
    "another secret": ["UPDATE about SET value = randomblob(32) WHERE name = 'secret'"],
    "no secret": ["DELETE FROM about WHERE name = 'secret'"],
    "a proof that is none": ["UPDATE about SET value = 'no' WHERE name = 'proof'"],
    "another version": ["UPDATE about SET value = x'39' WHERE name = 'version'"],
    "a version that is a number": ["UPDATE about SET value = 1 WHERE name = 'version'"],
    "columns without types": LOOSE,
    "a column too few": ["ALTER TABLE answers DROP COLUMN tokens"],
    "a column too many": ["ALTER TABLE answers ADD COLUMN more TEXT"],
    "a column of another name": ["ALTER TABLE answers RENAME COLUMN text TO words"],
    "a view": ["ALTER TABLE answers RENAME TO hidden", "CREATE VIEW answers AS SELECT * FROM hidden"],
    "a trigger": ["CREATE TRIGGER t AFTER INSERT ON answers BEGIN DELETE FROM answers; END"],
    "a table of something else": ["CREATE TABLE songs (title TEXT)"],
}


@pytest.mark.parametrize("statements", OTHERS.values(), ids=OTHERS)
def test_a_cache_of_another_make_is_refused(path, statements):
    """One line that names the file and the way out."""
    change(path, *statements)
    with pytest.raises(UsageError, match=r"cache\.sqlite: .*; name another file with `judge-cache`$"):
        AnswerCache(path)


@pytest.mark.parametrize("keep", [1, 50, 100, 4000, 4096, 5000, 9000])
def test_a_file_that_was_cut_off_is_refused_or_read_as_far_as_it_goes(path, keep):
    """What is left of it is an answer as it was, or none, or an error in one line."""
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    try:
        found = AnswerCache(path).get("k")
    except (UsageError, Unanswered) as error:
        assert str(error).endswith("name another file with `judge-cache`")
    else:
        assert found is None or found.text == "yes"


def test_a_file_of_another_program_is_left_as_it_is(tmp_path):
    """Refused before a table is made in it."""
    path = tmp_path / "songs.sqlite"
    change(path, "CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="its table 'songs' is not as leakguard makes it"):
        AnswerCache(path)
    assert path.read_bytes() == before


def test_what_is_no_file_is_refused(tmp_path):
    """A folder, a pipe, a device, a path through a file."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "pipe", "/dev/zero", "/dev/null", tmp_path / "file" / "cache.sqlite"):
        with pytest.raises(UsageError, match="cannot be used as a cache of answers"):
            AnswerCache(type(tmp_path)(place))


def test_a_cache_that_another_process_holds_is_refused(path, monkeypatch):
    """After a wait."""
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    change(path, "PRAGMA journal_mode=DELETE")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UsageError, match="locked"):
            AnswerCache(path)


@pytest.mark.parametrize("call", [lambda answers: answers.get("k"), lambda answers: answers.put("new", SOUND)], ids=["read", "written"])
def test_a_cache_that_fails_in_mid_run_ends_the_asking(path, call):
    """A final error with a reason: nothing is paid for that cannot be kept."""
    answers = AnswerCache(path)
    change(path, "DROP TABLE answers")
    with pytest.raises(Unanswered, match=r"the cache of answers cannot be (read|written)") as raised:
        call(answers)
    assert raised.value.final


def test_a_cache_made_before_secrets_had_a_proof_is_taken_up(path):
    """What it holds is still paid for."""
    change(path, "DELETE FROM about WHERE name = 'proof'")
    assert AnswerCache(path).get("k").text == "yes"
    assert AnswerCache(path).get("k").text == "yes"


def test_a_cache_that_was_cut_off_while_it_was_made_is_completed(path):
    """Tables that are missing are made."""
    change(path, "DROP TABLE answers")
    answers = AnswerCache(path)
    answers.put("k", SOUND)
    assert answers.get("k").text == "yes"
