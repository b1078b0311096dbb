"""Answers on disk: what was paid for once is not paid for again, whenever the process dies."""

import hmac
import json
import secrets
import sqlite3
from pathlib import Path
from threading import Lock

from leakguard.core.chat import Answer, Question, Usage
from leakguard.core.errors import UsageError
from leakguard.core.ports import ChatModel
from leakguard.models.patience import Meter

VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL, refusal TEXT NOT NULL,
    prompt INTEGER NOT NULL, completion INTEGER NOT NULL, tokens TEXT NOT NULL
) WITHOUT ROWID;
"""


class Answers:
    """A sqlite file of answers, and of the secret from which the marks of calls are made: an answer is read with the mark it bears.

    `path` None keeps them in memory. Raises UsageError for a file that cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = Lock()
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path or ":memory:", timeout=30.0, isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.executescript(_TABLES)
            about = "INSERT OR IGNORE INTO about VALUES (?, ?)"
            self._base.executemany(about, [("version", b"%d" % VERSION), ("secret", secrets.token_bytes(32))])
            known = dict(self._base.execute("SELECT name, value FROM about"))
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"{path}: cannot be used as a cache of answers: {error}; name another file with --judge-cache") from error
        if known["version"] != b"%d" % VERSION:
            raise UsageError(f"{path}: this cache is of another version of leakguard; name another file with --judge-cache")
        self._secret: bytes = known["secret"]

    def nonce(self, key: str) -> str:
        """The mark of a call: 24 hexadecimal digits that nobody can know who does not know the secret."""
        return hmac.digest(self._secret, key.encode(), "sha256").hex()[:24]

    def get(self, key: str) -> Answer | None:
        """The answer that was paid for, if there is one."""
        with self._lock:
            row = self._base.execute(
                "SELECT text, finish, refusal, prompt, completion, tokens FROM answers WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        text, finish, refusal, prompt, completion, tokens = row
        said = tuple((token, logprob) for token, logprob in json.loads(tokens))
        return Answer(text, finish, refusal, Usage(prompt, completion), said, remembered=True)

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; once this returns, no kill of the process loses it."""
        spoken = (_written(answer.text), answer.finish, _written(answer.refusal), answer.usage.prompt, answer.usage.completion)
        with self._lock:
            self._base.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", (key, *spoken, json.dumps(answer.tokens)))

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _written(text: str) -> str:
    """Text as sqlite can keep it: half of a surrogate pair is no character."""
    return text.encode("utf-8", "replace").decode()


class Remembering:
    """Asks only what was never answered, and keeps every answer before anybody sees it."""

    def __init__(self, chat: ChatModel, answers: Answers, meter: Meter) -> None:
        self.name = chat.name
        self._chat, self._answers, self._meter = chat, answers, meter

    def ask(self, question: Question) -> Answer:
        """The remembered answer, or a new one. Raises Unanswered."""
        known = self._answers.get(question.key)
        if known:
            self._meter.recall()
            return known
        answer = self._chat.ask(question)
        self._answers.put(question.key, answer)
        return answer
