"""Numbers that are places and sizes on a picture or a map: members of a list under a key or in a call that says so."""

import re

_REACH, _HEAD = 400, 28
_BESIDE = frozenset("0123456789.,;-+ \t\n[](){}")
_NAME = re.compile(
    r"(?:bbox|box(?:es)?|rect(?:angle)?|xyxy|xywh|ltrb|quad|coords?|coordinates?|points?|polygon|polyline|path|vert(?:ex|ices)|position|pos|"
    r"origin|offset|size|shape|resolution|dimensions?|viewbox|bounds?|region|roi|crop|keypoints?|landmarks?|cent(?:er|re)|location|loc|"
    r"pixels?|click|tap|drag|moveto|move|geometry|lat(?:itude)?|lon(?:gitude)?|lng|left|top|right|bottom)"
    r"[a-z0-9_]{0,12}(?P<sign>[\"'|]{0,2}\s*[:=>][\"']?)?\s*\Z"
)


def is_coordinate(text: str, start: int, end: int) -> bool:
    """True if characters `start` to `end` stand among numbers and brackets that follow such a name: `"bbox_2d": [289, 96, 148, 997]`.

    Without a colon, an equals sign or the end of a tag behind the name a bracket must follow it, as in a call.
    """
    first, lowest = start, max(start - _REACH, 0)
    while first > lowest and text[first - 1] in _BESIDE:
        first -= 1
    opened = any(sign in "[({" for sign in text[first:start])
    said = _NAME.search(text[max(first - _HEAD, 0) : first].lower())
    return said is not None and (said["sign"] is not None or opened)
