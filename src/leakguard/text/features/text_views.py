"""Features of rows of prose, code or dialogue: a prompt, and a completion in words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.text.features.call_views import view_calls, view_indents
from leakguard.text.features.row_features import RowFeatures
from leakguard.text.features.sparse_views import SparseView, mix_keys
from leakguard.text.features.token_lists import BLANK, CAPITAL, DIGIT, TokenLists, hash_word

_DETERMINERS = "the a an this that these those my your his her its our their some any all each every no"
_JOINERS = "and or but so because if while when as than though although since until unless whether"
_PREPOSITIONS = "of in to for with on by at from into about over under between through during after before against without within"
_AUXILIARIES = "is are was were be been being am have has had having do does did can could will would shall should may might must"
_PRONOUNS = "i you he she it we they me him them us who which what whose where how why there here"
_OTHERS = "then not also very just only more most such other one two first both many much few new own same up out off down again"
FUNCTION_WORDS = tuple(" ".join((_DETERMINERS, _JOINERS, _PREPOSITIONS, _AUXILIARIES, _PRONOUNS, _OTHERS)).split())
DENSE = (
    *("bytes", "words", "bytes per word", "sentences", "words per sentence", "commas", "full stops", "line ends", "hyphens", "colons"),
    *("quotation marks", "exclamation marks", "apostrophes", "capitals", "digits", "distinct words", "words of the prompt", "long words"),
    *("short words", "brackets", "articles", "conjunctions", "prepositions", "auxiliaries", "words in -ing", "words in -ed"),
    *("words in -ly", "words in -s", "ends with a full stop", "longest word", "bytes per byte of the prompt"),
)
_GROUPS = ("the a an", "and or but", "of in to for with on by", "is are was be can has")
"""The words of the dense columns articles, conjunctions, prepositions and auxiliaries."""
_CONTENT, _NUMBER, _ING, _ED, _LY, _S = 200, 201, 202, 203, 204, 205
_MARKS = 300
_SUFFIXES = (("ing", _ING), ("ed", _ED), ("ly", _LY), ("s", _S))


def read_text_features(prompts: Sequence[str], completions: Sequence[str]) -> RowFeatures:
    """Return the features of n rows; nothing in them depends on which file a row is from.

    Views: `words`; `new words` (that the prompt has not); `syntax` (function words, and bigrams of function words, endings and marks);
    `characters` (4- and 5-grams of bytes in lower case); `shapes` (capitals, endings); `places` (first and last words); `style` (bins
    of the dense summaries); `calls` and `indents` (of code and tool calls; empty for prose).
    """
    asked, tokens = TokenLists(prompts), TokenLists(completions)
    known = _is_in_prompt(asked, tokens)
    roles = _find_roles(tokens)
    dense = _summarise(asked, tokens, known)
    left = tokens.followed
    new = np.flatnonzero(~known & tokens.is_word)
    views = {
        "words": _view(tokens, (tokens.rows, _signed(tokens.hashes))),
        "new words": _view(tokens, (tokens.rows[new], _signed(tokens.hashes[new]))),
        "syntax": _view(tokens, (tokens.rows, roles), (tokens.rows[left], roles[left] * 1024 + roles[left + 1])),
        "characters": _character_view(tokens),
        "shapes": _shape_view(tokens),
        "places": _place_view(tokens),
        "style": _style_view(dense),
        "calls": view_calls(completions),
        "indents": view_indents(completions),
    }
    return RowFeatures({name: view.build() for name, view in views.items()}, dense, DENSE)


def read_text_summaries(prompts: Sequence[str], completions: Sequence[str]) -> NDArray[np.float64]:
    """Return the dense columns of `read_text_features`, shape (n, len(DENSE)), without its views, which take most of its time."""
    asked, tokens = TokenLists(prompts), TokenLists(completions)
    return _summarise(asked, tokens, _is_in_prompt(asked, tokens))


def _signed(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return hashes.view(np.int64)


def _view(tokens: TokenLists, *features: tuple[NDArray[np.int64], NDArray[np.int64]]) -> SparseView:
    view = SparseView(tokens.size)
    for kind, (rows, keys) in enumerate(features):
        view.add(kind, rows, keys)
    return view


def _is_in_prompt(asked: TokenLists, tokens: TokenLists) -> NDArray[np.bool_]:
    """Return for each token whether the prompt of its row has the same word."""
    pairs = mix_keys(asked.rows, 0) ^ asked.hashes
    return np.isin(mix_keys(tokens.rows, 0) ^ tokens.hashes, pairs)


def _find_roles(tokens: TokenLists) -> NDArray[np.int64]:
    """Return the role of each token: which function word, which ending of a content word, a number, or which mark."""
    roles = np.full(len(tokens.starts), _CONTENT, np.int64)
    for suffix, role in reversed(_SUFFIXES):
        roles[_ends_in(tokens, suffix)] = role
    roles[tokens.classes[tokens.starts] == DIGIT] = _NUMBER
    marks = ~tokens.is_word
    roles[marks] = _MARKS + tokens.data[tokens.starts[marks]].astype(np.int64)
    ordered = np.array(sorted((hash_word(word), at) for at, word in enumerate(FUNCTION_WORDS)), dtype=object)
    hashes, numbers = ordered[:, 0].astype(np.uint64), ordered[:, 1].astype(np.int64)
    place = np.minimum(np.searchsorted(hashes, tokens.hashes), len(hashes) - 1)
    found = tokens.is_word & (hashes[place] == tokens.hashes)
    roles[found] = numbers[place[found]]
    return roles


def _ends_in(tokens: TokenLists, suffix: str) -> NDArray[np.bool_]:
    found = tokens.is_word & (tokens.lengths > len(suffix) + 1)
    for back, letter in enumerate(reversed(suffix), 1):
        found &= tokens.lower[np.maximum(tokens.ends - back, 0)] == ord(letter)
    return found


def _character_view(tokens: TokenLists) -> SparseView:
    # Runs of blanks are one blank: what is left are the bytes that are read, with the NUL between the texts as a border.
    data = tokens.lower
    blank = (tokens.classes == BLANK) & (tokens.data != 0)
    kept = np.flatnonzero(~(blank & np.concatenate(([False], blank[:-1]))))
    letters = data[kept].astype(np.int64)
    rows = np.searchsorted(tokens.text_ends, kept)
    view = SparseView(tokens.size)
    for kind, length in enumerate((4, 5)):
        if len(letters) < length:
            continue
        keys = sum(letters[at : len(letters) - length + 1 + at] << (8 * at) for at in range(length))
        inside = np.flatnonzero(rows[: len(letters) - length + 1] == rows[length - 1 :])
        inside = inside[letters[inside + length - 1] != 0]
        view.add(kind, rows[inside], np.asarray(keys)[inside])
    return view


def _shape_view(tokens: TokenLists) -> SparseView:
    # A shape is the class of the first and last byte of a word and its length; an ending is its last three bytes.
    words = np.flatnonzero(tokens.is_word)
    first = tokens.classes[tokens.starts[words]]
    last = tokens.classes[tokens.ends[words] - 1]
    length = np.minimum(tokens.lengths[words], 12)
    shape = (first * 8 + last).astype(np.int64) * 16 + length
    ending = tokens.suffixes(3)[words]
    return _view(tokens, (tokens.rows[words], shape), (tokens.rows[words], ending))


def _place_view(tokens: TokenLists) -> SparseView:
    view = SparseView(tokens.size)
    for kind, offset in enumerate((0, 1, 2, -1, -2)):
        rows, index = tokens.pick(offset)
        view.add(kind, rows, _signed(tokens.hashes[index]))
    return view


def _style_view(dense: NDArray[np.float64]) -> SparseView:
    """Return eight bins of every dense column by its quantiles over all rows, labels unseen.

    Equal quantiles are one edge, so that a column with few values has few bins.
    """
    view = SparseView(len(dense))
    every = np.arange(len(dense))
    quantiles = np.quantile(dense, np.linspace(0, 1, 9)[1:-1], axis=0) if len(dense) else np.zeros((0, dense.shape[1]))
    for column in range(dense.shape[1]):
        edges = np.unique(quantiles[:, column])
        view.add(column, every, np.searchsorted(edges, dense[:, column], side="right"))
    return view


def _summarise(asked: TokenLists, tokens: TokenLists, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the dense columns, shape (n, len(DENSE)), in the order of DENSE; counts of marks and kinds of words are per word."""
    # Everything is a count of tokens or bytes per text under a mask, divided by words or bytes.
    words = tokens.is_word
    size = tokens.count_bytes(tokens.data != 0)
    count = tokens.count(words)
    per_word = np.maximum(count, 1)
    first = tokens.data[tokens.starts]

    def marks(letters: str) -> NDArray[np.float64]:
        return tokens.count(np.isin(first, [ord(letter) for letter in letters]) & ~words) / per_word

    def share(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        return tokens.count(mask & words) / per_word

    stops = tokens.count(np.isin(first, [ord(letter) for letter in ".!?"]) & ~words)
    groups = [share(np.isin(tokens.hashes, np.array([hash_word(word) for word in group.split()], np.uint64))) for group in _GROUPS]
    pairs = np.unique(tokens.rows[words] * np.int64(1 << 32) + (tokens.hashes[words] & np.uint64(0xFFFFFFFF)).astype(np.int64))
    distinct = np.bincount(pairs >> 32, minlength=tokens.size) / per_word
    last_rows, last = tokens.pick(-1)
    stopped = np.zeros(tokens.size)
    stopped[last_rows] = np.isin(first[last], [ord(letter) for letter in ".!?"])
    longest = np.zeros(tokens.size)
    np.maximum.at(longest, tokens.rows[words], tokens.lengths[words])
    columns = (
        *(size, count, tokens.mean_length(), stops + 1, count / (stops + 1), marks(","), marks("."), tokens.count(tokens.is_line_end)),
        *(marks("-"), marks(":"), marks('"'), marks("!"), tokens.count_bytes(tokens.data == ord("'")) / per_word),
        *(
            tokens.count_bytes(tokens.classes == CAPITAL) / np.maximum(size, 1),
            tokens.count_bytes(tokens.classes == DIGIT) / np.maximum(size, 1),
        ),
        *(distinct, share(known), share(tokens.lengths > 7), share(tokens.lengths < 4), marks("("), *groups),
        *(share(_ends_in(tokens, suffix)) for suffix, _ in _SUFFIXES),
        *(stopped, longest, size / np.maximum(asked.count_bytes(asked.data != 0), 1)),
    )
    return np.column_stack(columns)
