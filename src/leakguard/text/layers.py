"""Decode layers of encoding and remove markup until nothing changes, as a renderer, a decoder or a tokenizer would.

Layers can be nested (an HTML entity of a percent sign), so they are removed repeatedly. The result is a view, which maps each of its
characters to the original characters and the disguise. Markup around whole words stays, because it disguises nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from leakguard.text import base64, encodings, markup
from leakguard.text.view import Edit, View, apply_edits, make_view

REVERSED = "reversed text"

PREFILTERS: tuple[str, ...] = ("\u202e", *encodings.PREFILTERS, *markup.PREFILTERS)
"""Patterns for the automaton over UTF-8, ignoring case. If none of these and of base64.PREFILTERS matches, `remove_layers` finds nothing.
"""

_ROUNDS = 8
_OVERRIDE = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069\n]*)(\u202c?)")


def _reverse_overrides(text: str) -> Iterator[Edit]:
    """Yield edits that put text after a right-to-left override in display order, which is reversed."""
    for match in _OVERRIDE.finditer(text):
        yield Edit(*match.span(), match.group(1)[::-1], REVERSED)


_LAYERS: tuple[tuple[str, Callable[[str], Iterable[Edit]]], ...] = (
    ("\u202e", _reverse_overrides),
    ("=?", encodings.decode_mail_words),
    ("=", encodings.decode_quoted_printable),
    ("%", encodings.decode_percent),
    ("&", encodings.decode_entities),
    ("\\", encodings.decode_escapes),
    ("%u", encodings.decode_escapes),
    ("\\n", encodings.decode_line_breaks),
    ("U+00", encodings.decode_escapes),
    ("-", encodings.join_hyphenated),
    ("xn--", encodings.decode_punycode),
    ("", base64.decode_base64),
    *markup.LAYERS,
)
"""Layers in order, each with a string that a text must contain for the layer to find anything."""


def remove_layers(text: str, *, encoded: bool = True) -> View | None:
    """Return a view of the text without encodings and markup, or None if there are none.

    `encoded=False` skips base64 in the text itself, for callers that found no match of a base64 prefilter. All layers run in order,
    and again on their result, until a round changes nothing (at most eight rounds).
    """
    view: View | None = None
    for _ in range(_ROUNDS):
        before = view
        for sign, layer in _LAYERS:
            read = view.text if view else text
            looked = sign in read and (encoded or view is not None or layer is not base64.decode_base64)
            edits = list(layer(read)) if looked else []
            if edits:
                view = apply_edits(view or make_view(text), edits)
        if view is before:
            break
    return view
