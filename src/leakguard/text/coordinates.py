"""Recognise numbers that are coordinates: positions and sizes in an image or on a map."""

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
    """Return True if the number at characters `start` to `end` follows a name of coordinates, as in `"bbox_2d": [289, 96, 148, 997]`.

    Skips digits, brackets and separators backwards, and searches for a name such as "bbox" or "offset" before them. A name without a colon,
    an equals sign or the end of a tag after it counts only before a bracket, as in a function call.
    """
    first, lowest = start, max(start - _REACH, 0)
    while first > lowest and text[first - 1] in _BESIDE:
        first -= 1
    opened = any(sign in "[({" for sign in text[first:start])
    name = _NAME.search(text[max(first - _HEAD, 0) : first].lower())
    return name is not None and (name["sign"] is not None or opened)
