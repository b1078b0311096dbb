"""Distinguish names and other words from acronyms that are written like a word: Zog is also a planet and a king, and a German verb."""

import re

from leakguard.text.alternation import make_word_alternation

_BEFORE, _AFTER = 40, 28
_TITLE = (
    r"king|queen|prince|princess|emperor|sultan|lord|lady|sir|dr\.?|doctor|mr\.?|mrs\.?|ms\.?|captain|general|president|professor|uncle|aunt|"
    r"planet|moon|star|world|town|city|village|island|kingdom|land|republic|river|lake|mount|mountain|galaxy|station|dragon|robot|alien|"
    r"monster|wizard|giant|dog|cat|character|hero|friend|brother|sister|named|called|name\s+is|meet|dear|hi|hello|from|near|visit(?:ed|ing)?"
)
_DOING = (
    r"said|says|say|asked|asks|is|was|are|were|has|had|have|will|would|could|can|went|goes|go|came|comes|saw|sees|took|takes|got|gets|made|"
    r"makes|knew|knows|thought|thinks|felt|feels|told|tells|gave|gives|ran|runs|sat|sits|stood|stands|found|finds|lives?|loves?|likes?|"
    r"wants?|looks?|smiles?|laughs?|[a-z]{2,}ed"
)
_GERMAN = make_word_alternation(
    "der das und er sie ich wir sich ihn ihm ihr ihre ihren seine seinen einen einem einer eine nicht nach aus auf mit von dann durch über "
    "ins zu vom zum zur dem als beim wurde auch noch wieder langsam"
)
_TITLED = re.compile(rf"\b(?:{_TITLE})\s+(?:the\s+)?\Z", re.IGNORECASE)
_ACTING = re.compile(rf"(?:'s)?\s+(?:{_DOING})\b", re.IGNORECASE)
_IN_GERMAN = re.compile(rf"\b(?:{_GERMAN})\b", re.IGNORECASE)


def is_other_word(text: str, start: int, end: int) -> bool:
    """Return True for a capitalised word behind a title or a kind of place, or before a verb of a person, and for any word beside
    German ones.
    """
    before, after = text[max(start - _BEFORE, 0) : start], text[end : end + _AFTER]
    if text[start].isupper() and (_TITLED.search(before) or _ACTING.match(after)):
        return True
    return _IN_GERMAN.search(before) is not None or _IN_GERMAN.search(after) is not None
