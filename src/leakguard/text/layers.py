"""A text as a renderer, a decoder or a tokenizer would hand it on: encodings read, hidden markup gone, overrides turned round.

Layers lie on top of each other (an entity of a percent sign), so they are peeled until nothing changes. Every character
of the result knows the characters it was written with and what hid it. Each layer is restricted to what can hide
something: markup that merely surrounds whole words stays.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from leakguard.text import base64, encodings, markup
from leakguard.text.view import Edit, View, apply_edits, make_view

REVERSED = "reversed text"

PREFILTERS: tuple[str, ...] = ("\u202e", *encodings.PREFILTERS, *markup.PREFILTERS)
"""Patterns for an automaton over UTF-8, ignoring case: where none of these and of base64.GATES matches, there is nothing to peel."""

_ROUNDS = 8
_OVERRIDE = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069\n]*)(\u202c?)")


def _overridden(text: str) -> Iterator[Edit]:
    """What stands behind a right-to-left override is shown from its end."""
    for match in _OVERRIDE.finditer(text):
        yield Edit(*match.span(), match.group(1)[::-1], REVERSED)


_LAYERS: tuple[tuple[str, Callable[[str], Iterable[Edit]]], ...] = (
    ("\u202e", _overridden),
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
"""Layers in order, each with a string that a text must hold for the layer to find anything."""


def remove_layers(text: str, *, encoded: bool = True) -> View | None:
    """The text without its layers, or None if there are none; `encoded`: no prefilter of base64 matches the text as it stands if False."""
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
