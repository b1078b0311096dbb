"""Classify the prompt of a text of numbers: does it ask for numbers of the model's own choice, for an answer that is a number, or
neither?
"""

import re
from enum import Enum
from functools import cache

from leakguard.core.batch import Batch
from leakguard.core.record import Turn

READ = 2_000
"""Characters at the end of a prompt that are read; a question comes after what it is about."""
_FREE = (
    r"\b(?:continu|extend|expand|augment|append|supplement|lengthen|generat|random|invent|come up with|make up|think of|pick |choose |"
    r"(?:more|additional|further|new|next|extra|another|other) (?:[\w-]+ ){0,3}(?:numbers?|values?|integers?|entries|elements?|terms?)\b|"
    r"add (?:up to|at most|no more|a maximum|maximum|another|[0-9]+)|weitere zahl|zufällig|setze? .{0,30}fort|\bfortsetz|"
    r"favou?rite number|lucky number|number (?:that )?you like|lieblingszahl|glückszahl|(?:nenn|sag)\w* (?:mir )?(?:irgend)?eine zahl\b|"
    r"(?:name|say|give|tell|write|state) (?:me )?(?:a|any|some) (?:[a-z]+ )?numbers?\s*(?:[.!?,;:]|\Z))|随机|继续|接着写|(?:说|写)一个数字"
)
_NUMBERS = (
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half|twice|double|triple|third|quarter|"
    r"zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend"
)
_NUMBER = (
    rf"[0-9]|\b(?:{_NUMBERS})\b|\bhow\s+(?:many|much|old|long|far|tall|high|fast|often|big|large|deep|wide|heavy|hot|cold)\b|"
    r"\b(?:what|which|whose)\b.{0,40}\b(?:year|age|number|time|percent|percentage|score|rate|ratio|code|size|count|amount|price|cost|total|sum|"
    r"product|average|mean|median|length|height|width|depth|distance|area|volume|weight|mass|temperature|population|speed|position|rank)\b|"
    r"\bwhen\b|\b(?:number|amount|total|sum|product|quotient|remainder|difference|average|mean|median|mode|maximum|minimum|area|volume|"
    r"perimeter|count|calculate|compute|solve|evaluate|atomic|year)\b|"
    r"\b(?:wie\s?viele?|wie\s+(?:alt|lang|weit|hoch|groß|schnell|oft|tief|breit|schwer|spät)|wann|anzahl|summe|combien|cu[aá]nt[oa]s?|quanti|"
    r"quante|quantos|quantas|сколько)\b|多少|几|幾|哪一年|何年|いくつ|몇"
)
_QUESTION = (
    r"[?？¿]|(?:\A|[.!:;\n])\s*(?:please\s+)?(?:what|which|who|how|when|where|list|(?:name|give)\s+(?:the|all|every|each|its|his|her|their)|"
    r"show|tell|find|solve|compute|calculate|evaluate|"
    r"sort|order|arrange|count|convert|factor|simplify|round|state|identify|extract|return|report|determine|in\s|for\s|detect|locate|output|"
    r"wie|was|welche[rsn]?|nenne|liste|berechne|bestimme|sortiere|列出|求|计算|写出|给出)"
)


class PromptKind(Enum):
    """What a prompt asks a model to write."""

    NOTHING = "no prompt is known"
    FREE = "numbers of the model's own choice"
    NUMBER = "a number that the prompt decides"
    QUESTION = "something else that may be answered with numbers"
    OTHER = "something that no number answers"


def classify_prompt(prompt: str) -> PromptKind:
    """Return what a prompt asks for, by its words in English, German and some other languages."""
    ending = prompt[-READ:].lower()
    if not ending.strip():
        return PromptKind.NOTHING
    if _compile(_FREE).search(ending):
        return PromptKind.FREE
    if _compile(_NUMBER).search(ending):
        return PromptKind.NUMBER
    return PromptKind.QUESTION if _compile(_QUESTION).search(ending) else PromptKind.OTHER


def asks_question(prompt: str) -> bool:
    """Return True if a prompt asks for something that a list of numbers may answer."""
    return _compile(_QUESTION).search(prompt[-READ:].lower()) is not None


def find_prompt(batch: Batch, text: int) -> str:
    """Return the prompt of a text: the turns before it in its row that are not scanned themselves, without system prompts.

    Where all turns are scanned, it is the turn right before, if another role wrote it. "" if there is none.
    """
    line = batch.owners[text]
    turns = batch.turns_of(batch.rows[line])
    own, _ = batch.place(text)
    if not 0 < own < len(turns):
        return ""
    scanned = _find_scanned_turns(batch, text, line)
    before = [turn for at, turn in enumerate(turns[:own]) if at not in scanned and turn.role not in ("system", "developer")]
    if not before and turns[own - 1].role != turns[own].role:
        before = [turns[own - 1]]
    return "\n".join(turn.text for turn in _take_last(before))


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """Compile one of the patterns above on first use: most scans need none, and compiling takes longer than reading a hundred rows."""
    return re.compile(pattern)


def _take_last(turns: list[Turn]) -> list[Turn]:
    """Return the last two turns: an instruction and its input."""
    return turns[-2:]


def _find_scanned_turns(batch: Batch, text: int, line: int) -> set[int]:
    """Return the indices of the turns of a row that are scanned, up to this text."""
    turns = set()
    while text >= 0 and batch.owners[text] == line:
        turns.add(batch.place(text)[0])
        text -= 1
    return turns
