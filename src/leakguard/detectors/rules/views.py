"""Make views of candidate texts: decoded, in stored character order, with shortened letters, with tag characters as text."""

from collections.abc import Mapping

from leakguard.detectors.rules.candidates import ENCODED, LAYERED, REPEATED_LETTERS, Candidates
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.text import repeated_letters
from leakguard.text.fold import FoldTable, view_in_logical_order, view_tag_characters
from leakguard.text.view import View


def decode_texts(joined: JoinedTexts, candidates: Mapping[int, Candidates], table: FoldTable) -> dict[int, View]:
    """Return views without encodings and markup of the texts in which a prefilter for them matched, by text index."""
    layered = {text: ENCODED in keys for text, keys in candidates.items() if LAYERED in keys or ENCODED in keys}
    if not layered:
        return {}
    # Imported here because compiling its patterns takes long, and number lists never need them.
    from leakguard.text.layers import remove_layers

    views = {text: remove_layers(joined.folded_text(text, table), encoded=encoded) for text, encoded in layered.items()}
    return {text: view for text, view in views.items() if view is not None and view.text}


def reread_texts(joined: JoinedTexts, candidates: Mapping[int, Candidates], table: FoldTable) -> list[tuple[int, View]]:
    """Return (text index, view) of texts under a right-to-left override in stored order, and of texts with shortened letters."""
    views = [(text, view_in_logical_order(joined.texts[text], table)) for text in joined.folded]
    repeated = [text for text, keys in candidates.items() if REPEATED_LETTERS in keys]
    views += [(text, view) for text in repeated for view in repeated_letters.shorten_runs(joined.folded_text(text, table))]
    return [(text, view) for text, view in views if view is not None and view.text]


def find_tag_texts(joined: JoinedTexts) -> list[tuple[int, View]]:
    """Return (text index, view) of the text in Unicode tag characters, which folding removes; its spans are those in the original."""
    return [(text, view) for text in joined.folded if (view := view_tag_characters(joined.texts[text])) is not None]
