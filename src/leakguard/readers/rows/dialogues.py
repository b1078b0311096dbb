"""Read lists of plain messages fast: the scanned texts are picked without building a turn for each message."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from leakguard.core.record import Turn
from leakguard.readers.rows.column_names import MESSAGE_KEYS
from leakguard.readers.rows.messages import SPOKEN, ShapeError, find_speaker_key, read_message
from leakguard.readers.rows.roles import SPEAKING, Roles
from leakguard.readers.rows.unscanned import UnscannedCounter, count_quotes, find_strings, is_label, shorten_key
from leakguard.text.wording import classify_wording

TURNS = MESSAGE_KEYS.union(SPOKEN)
"""A string under one of these keys of a message is a turn."""
QUOTES: Final = 8
"""The number of quotes around the two keys and two strings of a plain message, written as JSON."""

SPELLINGS = (("role", "content"), ("from", "value"))


def detect_message_keys(dialogue: tuple[str, str, str], messages: Any) -> tuple[str, str, str]:
    """Return the keys of list, role and text that the first message uses, if these are the common ones; else `dialogue` unchanged."""
    first = messages[0] if type(messages) is list and messages else None
    if type(first) is dict:
        for by, words in SPELLINGS:
            if by in first and words in first:
                return dialogue[0], by, words
    return dialogue


@dataclass(slots=True)
class DialogueTexts:
    """Texts of dialogues that are scanned, the row index of each, and the rows that cannot be read.

    `plain`: all messages have a role and a text and nothing else, so that the number of a message is the number of its turn. `quotes` is
    the number of JSON quotes beyond those of plain messages.
    """

    texts: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    plain: bool = True
    quotes: int = 0


class DialogueReader:
    """Reads the messages of one batch; `dialogue` has the keys of the list, and of role and text in a message.

    Text that is not scanned is counted in `rest`. With `whole` there must be no such text: only plain messages of known roles are read, and
    any other raises TypeError. With `lenient` a message that cannot be read raises TypeError as well.
    """

    def __init__(self, dialogue: tuple[str, str, str], roles: Roles, rest: UnscannedCounter, whole: bool, lenient: bool) -> None:
        self._key, self._by, self._words = dialogue
        self._roles, self._rest, self._whole, self._lenient = roles, rest, whole, lenient
        self._left: dict[str, set[int]] = {}
        self._failed: list[int] = []
        self._found: dict[int, dict[str, bool]] = {}
        self._sinks: dict[str, Callable[[int], None] | None] = {}
        for role in roles.known:
            self._add_role(role)

    def _add_role(self, role: str) -> None:
        """Store how texts of a role are treated: None if they are scanned, else a function that counts the row as not scanned.

        A role whose name is a text of its own is not stored; its messages are read in full.
        """
        name = role.strip().lower()
        if name in SPEAKING or not classify_wording(role):
            self._sinks[role] = None if self._roles.selects(role) else self._left.setdefault(name, set()).add

    def read(self, rows: Iterable[tuple[int, list[Any], tuple[str, ...]]]) -> DialogueTexts:
        """Read rows, given as index, messages, and further scanned texts of the row."""
        # This loop takes most of the time of reading chat rows, so it creates no object per message: one dictionary lookup maps the role of
        # a plain message to the treatment of its text. Any other message is read by `_other`. Texts of a row that fails later are removed.
        heard = DialogueTexts()
        texts, owners, failed = heard.texts, heard.owners, heard.failed
        by, words, sinks = self._by, self._words, self._sinks
        for i, messages, said in rows:
            for message in messages:
                try:
                    text = message[words]
                    if len(message) != 2 or type(text) is not str:
                        raise TypeError
                    sink = sinks[message[by]]
                except (LookupError, TypeError):
                    heard.plain = False
                    if not self._read_any(message, i, heard):
                        failed.append(i)
                        break
                    continue
                if sink is None:
                    texts.append(text)
                    owners.append(i)
                elif text:
                    sink(i)
            if said:
                heard.plain = False
                texts += said
                owners += [i] * len(said)
            if failed and failed[-1] == i:
                while owners and owners[-1] == i:
                    del owners[-1], texts[-1]
        self._failed = failed
        return heard

    def count_left_out(self, role: str, rows: Iterable[int]) -> None:
        """Count these rows as having texts, beside their messages, of a role that is not scanned."""
        self._left.setdefault(role, set()).update(rows)

    def find_places(self, lists: Sequence[list[Any]], live: Sequence[int], owners: Sequence[int]) -> Callable[[int], tuple[int, str]]:
        """Return a function from the number of a text to its place (turn number and field), for lists of plain messages.

        `live` are the ascending indices of the rows with these lists, and `owners` has the index of each text's row. Only the messages of
        the row in question are looked at, because few texts have findings.
        """

        def place(text: int) -> tuple[int, str]:
            messages, nth = lists[bisect_left(live, owners[text])], text - bisect_left(owners, owners[text])
            wanted = (at for at, message in enumerate(messages) if self._sinks[message[self._by]] is None)
            number = next(islice(wanted, nth, None))
            return number, f"{self._key}[{number}].{self._words}"

        return place

    def _read_any(self, message: Any, i: int, heard: DialogueTexts) -> bool:
        """Read a message of any form; return False if it cannot be read."""
        # TypeError makes the caller read the rows by a slower path. Otherwise all turns of the message are built: texts of scanned roles
        # are kept, other roles are counted, and so are strings under keys that are no turns. A new role is added to the fast path.
        if self._whole or type(message) is not dict or not find_speaker_key(message):
            raise TypeError
        try:
            turns = list(read_message(message, self._key))
        except ShapeError:
            if self._lenient:
                raise TypeError from None
            return False
        heard.quotes += self._count_unread(message, turns, i) - QUOTES
        want = self._roles.selects
        for turn in turns:
            if want(turn.role):
                heard.texts.append(turn.text)
                heard.owners.append(i)
            elif turn.text:
                self._left.setdefault(turn.role.strip().lower(), set()).add(i)
        role = message.get(self._by)
        if type(role) is str and role in self._roles.known and role not in self._sinks:
            self._add_role(role)
        return True

    def _count_unread(self, message: dict[str, Any], turns: Sequence[Turn], i: int) -> int:
        """Count the strings of a message that are not turns; return the number of quotes around its keys and strings."""
        left: dict[str, Any] = {}
        quotes = 2 * len(message)
        for key, value in message.items():
            kind = type(value)
            if kind is str:
                quotes += 2
                if key not in TURNS and not is_label(key, value):
                    left[key] = value
            elif kind is dict or kind is list:
                quotes += count_quotes(value)
                left[key] = value
        if left:
            said = {turn.field: turn.text for turn in turns}
            self._rest.note_fields(find_strings(left, self._key, f"{shorten_key(self._key)}[*]", said), self._found.setdefault(i, {}))
        return quotes

    def finish(self) -> None:
        """Count roles that were left out and fields that were not read, except in rows that cannot be read."""
        for i in self._found.keys() - set(self._failed):
            self._rest.add_fields(self._key, self._found[i])
        for name, rows in self._left.items():
            if left := rows.difference(self._failed):
                self._rest.count_role(name, len(left))
