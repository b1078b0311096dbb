"""The cache of answers on disk: an answer that was paid for is kept before it is used, and survives a kill of the process."""

import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from threading import Lock
from typing import Any, TypeGuard

from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.errors import UsageError
from leakguard.core.ports import ChatModel
from leakguard.models.endpoint.budget import UsageMeter
from leakguard.models.endpoint.completion import MOST_COUNT

VERSION = 1
_SECRET_BYTES = 32
_MOST_VALUE = 16 << 20
"""Bytes of one value that are read from the file."""
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL, refusal TEXT NOT NULL,
    prompt INTEGER NOT NULL, completion INTEGER NOT NULL, tokens TEXT NOT NULL
) WITHOUT ROWID;
"""
_SHAPE = {
    "about": [("name", "TEXT", 1), ("value", "BLOB", 0)],
    "answers": [
        *[("key", "TEXT", 1), ("text", "TEXT", 0), ("finish", "TEXT", 0), ("refusal", "TEXT", 0)],
        *[("prompt", "INTEGER", 0), ("completion", "INTEGER", 0), ("tokens", "TEXT", 0)],
    ],
}
_MADE = "SELECT type, name FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"


class AnswerCache:
    """A sqlite file of answers, and of the secret from which the nonces of questions are made.

    `path` None keeps them in memory; `setting` names the setting with the path, for messages. Raises UsageError for a file that is no such
    cache, or cannot be used.
    """

    def __init__(self, path: Path | None, setting: str = "judge-cache") -> None:
        self._other = f"name another file with `{setting}`"
        self._lock = Lock()
        self._path = path
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.exists() and not path.is_file():
                    raise ValueError("it is no regular file")
            self._base = sqlite3.connect(path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            self._base.text_factory = _decode
            self._base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_VALUE)
            known = self._open()
        except (sqlite3.Error, OSError, ValueError) as error:
            raise UsageError(f"{path}: cannot be used as a cache of answers: {error}; {self._other}") from error
        if known.get("version") != b"%d" % VERSION:
            raise UsageError(f"{path}: this cache is of another version of leakguard; {self._other}")
        secret = known.get("secret")
        if not _is_secret(secret) or known.get("proof") != _prove(secret):
            raise UsageError(
                f"{path}: this cache was damaged or changed by hand (its secret is not the one it was made with); {self._other}"
            )
        self._secret: bytes = secret

    def _open(self) -> dict[str, Any]:
        """Create missing tables and return the content of the table `about`.

        Raises sqlite3.Error, and ValueError, before any change, for a file with other tables. A new file, an interrupted one, and one from
        before the secret had a proof get what is missing. A file with answers but no secret gets no new secret: its answers have nonces of
        the old one.
        """
        base = self._base
        base.execute("PRAGMA trusted_schema=OFF")
        for kind, name in base.execute(
            "SELECT type, name FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        ):
            columns = [(row[1], row[2], row[5]) for row in base.execute("SELECT * FROM pragma_table_info(?)", (name,))]
            if kind != "table" or _SHAPE.get(name) != columns:
                raise ValueError(f"its {kind} {name!r} is not as leakguard makes it")
        base.execute("PRAGMA journal_mode=WAL")
        base.executescript(_TABLES)
        about = "INSERT OR IGNORE INTO about VALUES (?, ?)"
        base.execute(about, ("version", b"%d" % VERSION))
        if not base.execute("SELECT 1 FROM answers LIMIT 1").fetchone():
            base.execute(about, ("secret", secrets.token_bytes(_SECRET_BYTES)))
        known = dict(base.execute("SELECT name, value FROM about"))
        if _is_secret(known.get("secret")) and "proof" not in known:
            base.execute(about, ("proof", _prove(known["secret"])))
            known = dict(base.execute("SELECT name, value FROM about"))
        return known

    def nonce(self, key: str) -> str:
        """Return the nonce of a question: 24 hexadecimal digits that cannot be guessed without the secret."""
        return hmac.digest(self._secret, key.encode(), "sha256").hex()[:24]

    def get(self, key: str, on_damage: Callable[[], None] = lambda: None) -> ChatAnswer | None:
        """Return the stored answer, or None. `on_damage` is called for a damaged one, which counts as missing.

        Raises a final Unanswered if the file can no longer be read.
        """
        select = "SELECT text, finish, refusal, prompt, completion, tokens FROM answers WHERE key = ?"
        try:
            with self._lock:
                row = self._base.execute(select, (key,)).fetchone()
        except sqlite3.DataError:
            row = ()
        except sqlite3.Error as error:
            raise self._failure("read", error) from error
        if row is None:
            return None
        answer = _restore(row)
        if answer is None:
            on_damage()
        return answer

    def put(self, key: str, answer: ChatAnswer) -> None:
        """Store an answer; once this returns, no kill of the process loses it.

        Raises Unanswered for an answer that could not be read back, and a final one if the file cannot be written.
        """
        words = (_replace_surrogates(answer.text), _replace_surrogates(answer.finish), _replace_surrogates(answer.refusal))
        row = (*words, answer.usage.prompt, answer.usage.completion, json.dumps(answer.tokens))
        if _restore(row) is None:
            raise Unanswered("the answer holds values that cannot be kept", billed=True)
        try:
            with self._lock:
                self._base.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", (key, *row))
        except sqlite3.Error as error:
            raise self._failure("written", error) from error

    def _failure(self, what: str, error: sqlite3.Error) -> Unanswered:
        """Return the error for a file that fails."""
        return Unanswered(f"{self._path or 'memory'}: the cache of answers cannot be {what}: {error}; {self._other}", final=True)

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _decode(raw: bytes) -> str | None:
    """Return text from the file; None, which no answer has, if it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _replace_surrogates(text: str) -> str:
    """Return text that sqlite can store: a lone surrogate is replaced."""
    return text.encode("utf-8", "replace").decode()


def _is_secret(value: Any) -> TypeGuard[bytes]:
    """Return whether a value is a secret of the right length."""
    return isinstance(value, bytes) and len(value) == _SECRET_BYTES


def _prove(secret: bytes) -> bytes:
    """Return the digest that shows that a secret is the original one."""
    return hmac.digest(secret, b"leakguard: a cache of answers", "sha256")


def _restore(row: tuple[Any, ...]) -> ChatAnswer | None:
    """Return the answer in a row; None unless every value has the type and range that it was written with."""
    try:
        text, finish, refusal, prompt, completion, written = row
        if not isinstance(written, str) or not isinstance(spoken := json.loads(written), list):
            return None
        tokens = tuple((token, logprob) for token, logprob in spoken)
        sound = (
            all(isinstance(words, str) for words in (text, finish, refusal, *(token for token, _ in tokens)))
            and all(type(count) is int and 0 <= count <= MOST_COUNT for count in (prompt, completion))
            and all(type(logprob) in (int, float) and isfinite(logprob) and logprob <= 0 for _, logprob in tokens)
        )
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return ChatAnswer(text, finish, refusal, Usage(prompt, completion), tokens, remembered=True) if sound else None


class CachingChat:
    """A chat model that asks only questions without an answer in the cache, and stores every answer before it is used."""

    def __init__(self, chat: ChatModel, answers: AnswerCache, meter: UsageMeter) -> None:
        self.name = chat.name
        self._chat, self._answers, self._meter = chat, answers, meter

    def ask(self, question: Question) -> ChatAnswer:
        """Return the stored answer, or a new one. Raises Unanswered."""
        known = self._answers.get(question.key, self._meter.pass_over)
        if known:
            self._meter.recall()
            return known
        answer = self._chat.ask(question)
        self._answers.put(question.key, answer)
        return answer
