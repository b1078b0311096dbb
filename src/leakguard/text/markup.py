"""Remove markup that a renderer does not display, where it is inside a word or a number: HTML, Markdown, BBCode, LaTeX.

A rule is a pattern whose groups are removed. Markup around whole words stays, because it disguises nothing. So that ordinary code and
formulas do not match, rules require letters beside letters or digits beside digits.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from leakguard.text.alternation import make_alternation
from leakguard.text.view import Edit

MARKUP = "markup"


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLOCKS = _set(
    "address article aside blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre "
    "section table tbody td tfoot th thead tr ul"
)
_INLINE = _set(
    "a abbr acronym b bdi bdo big blink body button caption cite code data del dfn em font head html i img input ins kbd label link mark "
    "meta nobr noscript o q rp rt ruby s samp script select small source span strike strong style sub summary sup svg textarea time title "
    "tspan tt u var video wbr"
)
_W, _D, _L = "[A-Za-z0-9]", "[0-9]", "[A-Za-z]"
_SLASH, _BRACE, _DOLLAR = r"\\", r"\{", r"\$"
_FONT = (
    r"(?:text(?:bf|it|rm|sf|tt|sc|up|md|sl|normal)?|math(?:bf|it|rm|sf|tt|bb|cal|frak|scr|normal)|mbox|hbox|emph|underline|overline|"
    r"uline|operatorname|boldsymbol|bm|num|text(?:super|sub)script|(?:textcolor|colorbox)\{[A-Za-z]{1,20}\})\{"
)
_BBCODE = "b|i|u|s|color|size|font|url|sub|sup|code|quote|center|em|strong"
_GAP = (
    r"(?:(?:hspace|mspace|hskip|hphantom|phantom)\*?\{[^{}]*\}|m?kern-?[0-9.]+(?:pt|em|ex|mu|mm|cm)|"
    r"(?:(?:math)?strut|negthinspace|allowbreak|relax|null)) ?"
)
_WORDS = r"[A-Za-z]+(?: [A-Za-z]+){0,4}"


def _behind(before: str, sign: str) -> str:
    """Return a pattern for `sign` after `before`. The sign comes first in the pattern, so that a search jumps from sign to sign."""
    return f"{sign}(?<={before}{sign})"


_STARRED = (
    rf"(\*)(?:(?<={_L}\*){_L}{{1,20}}(\*)(?={_L})|"
    rf"(?<={_D}\*){_D}{{1,9}}(\*)(?![A-Za-z0-9(*])|(?<![A-Za-z0-9)*]\*){_D}{{1,9}}(\*)(?={_D}))"
)
"""Letters between asterisks inside a word, or digits with a digit outside on one side only (with digits on both sides it is a product)."""
_NO_COMMAND = "".join(rf"(?<!\\[A-Za-z]{{{length}}}\\)" for length in range(1, 21))
"""Behind a backslash: the letters before it are a word, not the name of another command."""


class _Rule(NamedTuple):
    """A replacement: groups of `pattern` become `put`. Every match contains `sign` ("" if there is no common character)."""

    sign: str
    pattern: str
    put: str = ""


def _emphasis(sign: str, first: str, more: str, inner: str) -> Iterator[_Rule]:
    """Yield rules for a pair of markers with a letter or digit inside and outside, on either side. A marker is `first` and `more`."""
    yield _Rule(sign, f"({_behind(_W, first)}{more}){_W}{inner}({first}{more})")
    yield _Rule(sign, f"({first}{more}){inner}{_W}({first}{more})(?={_W})")


_RULES = (
    _Rule("-->", "(<!--[^<]*?-->)"),
    _Rule("](", r"(!?\[)[^\[\]\n]*(\]\([^()\s]*(?: \"[^\"\n]{0,80}\")?\))"),
    _Rule("[/", rf"(\[(?:{_BBCODE})(?:=[^\[\]\n]{{1,40}})?\])[^\[\]\n]{{1,80}}(\[/(?:{_BBCODE})\])"),
    *_emphasis("**", r"\*", r"\*\*?", rf"(?:[^\s*]{{0,40}}|{_WORDS})"),
    *_emphasis("~~", "~", "~", rf"(?:[^\s~]{{0,40}}|{_WORDS})"),
    _Rule("__", rf"({_behind(_W, '_')}_){_W}[^\s_]{{0,40}}(__)(?={_W})"),
    _Rule("`", rf"({_behind(_L, '`')}){_L}{{1,20}}(`)(?={_L})"),
    _Rule("*", _STARRED),
    _Rule("|", rf"(\|(?<={_L}\|)(?<!{_L}{_L}\|))(?={_L}(?!{_L}))"),
    _Rule("", rf"([!@$])(?<=(?<!{_L}){_L}.)(?={_L}(?!{_L}))(?:(?={_L}[!@$]{_L})|(?<={_L}[!@$]{_L}.))"),
    _Rule("`", rf"({_behind(_D, '`')}){_D}{{1,9}}(`)"),
    _Rule("`", rf"(`){_D}{{1,9}}(`)(?={_D})"),
    _Rule("\\", rf"({_behind(_W, _SLASH)})(?=[*_~.+#/|&%-]{_W})"),
    _Rule("\\", rf"({_SLASH}(?:(?<={_D}{_SLASH})|(?<={_D}\}}{_SLASH})){_FONT}){_D}[^{{}}]{{0,40}}(\}})"),
    _Rule("\\", rf"({_SLASH}{_FONT})[^{{}}]{{0,40}}{_D}(\}})(?={_D}|{_SLASH}{_FONT}{_D})"),
    _Rule("\\", rf"({_behind(_L, _SLASH)}{_NO_COMMAND}{_FONT}){_L}[^{{}}]{{0,40}}(\}})"),
    _Rule("\\", rf"({_SLASH}{_FONT})[^{{}}]{{0,40}}{_L}(\}})(?={_L})"),
    _Rule("{}", rf"({_behind(_W, _SLASH)}[A-Za-z]{{2,20}}\{{\}})(?={_W})"),
    _Rule("{", rf"({_behind(_D, _BRACE)}){_D}{{1,9}}(\}})"),
    _Rule("{", rf"(\{{(?<![A-Za-z0-9}}^_)\]]\{{)){_D}{{1,9}}(\}})(?={_D})"),
    _Rule("{", rf"({_behind(_D, '[_^]')}\{{){_D}{{1,9}}(\}})(?={_D})"),
    _Rule("{", rf"({_behind(_D, _BRACE)}),(\}})(?={_D})"),
    _Rule("{", rf"({_behind(_W, _BRACE)}\}})(?={_W})"),
    _Rule("\\", rf"({_behind(_D, _SLASH)}!)(?={_D})"),
    _Rule("\\", rf"({_behind(_D, _SLASH)}(?:[,;:] ?|q?quad ?|(?:enspace|thinspace|space) ?))(?={_D})", " "),
    _Rule("\\", rf"({_behind(_L + _L, _SLASH)}[,;:] ?)(?={_L}{_L})", " "),
    _Rule("\\", rf"({_behind(_L + _L, _SLASH)}!)(?={_L}{_L})"),
    _Rule("\\", rf"({_behind(_W, _SLASH)} )(?={_W})", " "),
    _Rule("\\", rf"({_behind(_W, _SLASH)}{_GAP})(?={_W})", " "),
    _Rule("$$", rf"({_behind(_D, _DOLLAR)}\$)(?={_D})"),
    _Rule("$", rf"({_behind(_D, _DOLLAR)}){_D}{{1,9}}(\$)"),
    _Rule("$", rf"(\$){_D}{{1,9}}(\$)(?={_D})"),
    _Rule("$", rf"({_behind(_L, _DOLLAR)}){_L}{{1,20}}(\$)(?={_L})"),
    _Rule("^", rf"(\^(?<={_D}\^)(?:\{{(?:st|nd|rd|th)\}}|(?:st|nd|rd|th)\^))"),
)
_ATTRIBUTES = r"(?:[ \t\n\r\f/][^<>]*)?"
_ANY_TAG = f"</?[A-Za-z][A-Za-z0-9-]*{_ATTRIBUTES}>"

PREFILTERS = (
    "<!--",
    r"\]\(",
    rf"{_W}(?:\*\*\*?|~~|__){_W}",
    rf"{_L}[*`]{_L}|{_D}`{_D}",
    rf"[^*]\*{_D}",
    rf"{_L}(?:\|{_L}\|{_L}\||[!@$]{_L}[!@$]{_L})",
    rf"\[/(?:{_BBCODE})\]",
    rf"{_W}\\[a-z]+\{{\}}{_W}|{_W}\\(?:(?:math)?strut|negthin|allowb|relax|null)",
    rf"{_W}\\[*_~.+#/|&%-]{_W}",
    rf"{_D}\}}?\\(?:text|math|[mh]box|emph|[uo](?:nder|ver)?line|operator|bold|bm|num)[a-z]*\{{{_D}",
    rf"{_L}\\(?:text|math|[mh]box|emph|[uo](?:nder|ver)?line|operator|bold|bm|num)[a-z]*\{{{_L}",
    r"\\(?:textcolor|colorbox)\{",
    rf"{_D}(?:\}}|\{{){_D}|{_D}\{{,\}}{_D}|{_W}\{{\}}{_W}",
    r"\\[a-z]+\{[^{}]*[a-z]\}[a-z]",
    rf"{_D}\\[,;:!] ?{_D}",
    rf"{_D}\\(?:q?quad|enspace|thinspace|space)",
    rf"{_L}\\[,;:!] ?{_L}|{_W}\\ {_W}",
    r"\\(?:hspace|mspace|hskip|hphantom|phantom|m?kern)",
    rf"{_D}\$\$?{_D}|{_L}\${_L}",
    rf"{_D}\^\{{?(?:st|nd|rd|th)",
    rf"<{make_alternation(_BLOCKS | _INLINE)}[ />]",
    rf"</{make_alternation(_BLOCKS | _INLINE)}>",
    "<[a-z][a-z0-9]*[\t\n\r\f]|</[a-z][a-z0-9]*[ \t\n\r\f/]",
    f"{_W}</?[a-z][^<>]*>{_W}",
)
_TAGS = re.compile(rf"</?([A-Za-z][A-Za-z0-9-]*){_ATTRIBUTES}>")
_SPLITS = re.compile(f"(?<={_W}){_ANY_TAG}(?={_W})")


def remove_tags(text: str) -> Iterator[Edit]:
    """Yield edits that remove HTML tags, unknown ones only where they split a word.

    Block tags (a line, a cell) are read as a line break, a superscript as an exponent: its contents do not continue the number before it.
    """
    for match in _TAGS.finditer(text):
        name = match.group(1).lower()
        if name in _BLOCKS:
            yield Edit(*match.span(), "\n", MARKUP)
        elif name == "sup" and match.group()[1] != "/":
            yield Edit(*match.span(), "^", MARKUP)
        elif name in _INLINE or _SPLITS.match(text, match.start()):
            yield Edit(*match.span(), "", MARKUP)


def _apply(pattern: re.Pattern[str], put: str, text: str) -> Iterator[Edit]:
    """Yield an edit for each non-empty group of each match."""
    for match in pattern.finditer(text):
        for group in range(1, pattern.groups + 1):
            if match.start(group) < match.end(group):
                yield Edit(*match.span(group), put, MARKUP)


LAYERS: tuple[tuple[str, Callable[[str], Iterable[Edit]]], ...] = (
    (">", remove_tags),
    *((rule.sign, partial(_apply, re.compile(rule.pattern), rule.put)) for rule in _RULES),
)
"""Each rule with a string that a text must contain for the rule to match."""
