"""Plain dialogues read at once: what is looked at in lists of messages, without a turn built for each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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
"""How many stand around the two keys and the two strings of a plain message."""

SPELLINGS = (("role", "content"), ("from", "value"))


def detect_message_keys(dialogue: tuple[str, str, str], messages: Any) -> tuple[str, str, str]:
    """The keys of the speaker and the words as the first message has them, where these are the common ones."""
    first = messages[0] if type(messages) is list and messages else None
    if type(first) is dict:
        for by, words in SPELLINGS:
            if by in first and words in first:
                return dialogue[0], by, words
    return dialogue


@dataclass(slots=True)
class DialogueTexts:
    """Looked-at words, the row of each, and the rows that cannot be read.

    `plain`: every message is one of speaker and words alone. Another may be several turns or none, so that the number of a message is
    no longer that of a turn. `quotes` is how many more quotes stand around the keys and strings of these than of plain ones.
    """

    texts: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    plain: bool = True
    quotes: int = 0


class DialogueReader:
    """Reads the messages of one batch by the keys (of the list, of each message's speaker and words) in `dialogue`.

    What is not looked at is counted in `rest`. `whole`: there must be no such strings, so only plain messages of known speakers are
    read, and any other raises TypeError. `lenient`: so does a message that cannot be read.
    """

    def __init__(self, dialogue: tuple[str, str, str], roles: Roles, rest: UnscannedCounter, whole: bool, lenient: bool) -> None:
        self._key, self._by, self._words = dialogue
        self._roles, self._rest, self._whole, self._lenient = roles, rest, whole, lenient
        self._left: dict[str, set[int]] = {}
        self._failed: list[int] = []
        self._found: dict[int, dict[str, bool]] = {}
        self._sinks: dict[str, Callable[[int], None] | None] = {}
        for role in roles.known:
            self._meet(role)

    def _meet(self, role: str) -> None:
        """Remember what is done with the words of a role: None if they are looked at, or where a row is noted in which they are not.

        A role whose name has words of its own is not remembered: its messages are read in full.
        """
        name = role.strip().lower()
        if name in SPEAKING or not classify_wording(role):
            self._sinks[role] = None if self._roles.selects(role) else self._left.setdefault(name, set()).add

    def read(self, rows: Iterable[tuple[int, list[Any], tuple[str, ...]]]) -> DialogueTexts:
        """Read rows, given as index, messages, and what else each says. The loop is what chat rows cost, so it builds nothing twice."""
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
                    if not self._other(message, i, heard):
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
        """Words of a role that is not looked at stand beside the messages of these rows."""
        self._left.setdefault(role, set()).update(rows)

    def find_places(self, lists: Sequence[list[Any]]) -> Callable[[int], tuple[int, str]]:
        """The place (turn number and field) of each text that was heard in these lists of plain messages, by the text's number.

        Numbers of messages are counted when the first place is asked for, because most blocks have no finding.
        """
        numbers: list[int] = []

        def place(text: int) -> tuple[int, str]:
            if not numbers:
                numbers.extend(at for messages in lists for at, message in enumerate(messages) if self._sinks[message[self._by]] is None)
            return numbers[text], f"{self._key}[{numbers[text]}].{self._words}"

        return place

    def _other(self, message: Any, i: int, heard: DialogueTexts) -> bool:
        """Read any message in full; False if it cannot be read."""
        if self._whole or type(message) is not dict or not find_speaker_key(message):
            raise TypeError
        try:
            turns = list(read_message(message, self._key))
        except ShapeError:
            if self._lenient:
                raise TypeError from None
            return False
        heard.quotes += self._count(message, turns, i) - QUOTES
        want = self._roles.selects
        for turn in turns:
            if want(turn.role):
                heard.texts.append(turn.text)
                heard.owners.append(i)
            elif turn.text:
                self._left.setdefault(turn.role.strip().lower(), set()).add(i)
        role = message.get(self._by)
        if type(role) is str and role in self._roles.known and role not in self._sinks:
            self._meet(role)
        return True

    def _count(self, message: dict[str, Any], turns: Sequence[Turn], i: int) -> int:
        """Count what the message of row `i` holds beside its turns; returns the quotes around its keys and strings."""
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
        """Count whose words were left out and what else messages hold, but not in rows that cannot be read."""
        for i in self._found.keys() - set(self._failed):
            self._rest.add_fields(self._key, self._found[i])
        for name, rows in self._left.items():
            if left := rows.difference(self._failed):
                self._rest.count_role(name, len(left))
