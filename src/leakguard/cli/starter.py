"""The starter pack that `leakguard rules new` writes."""

import re

from leakguard.core.errors import UsageError
from leakguard.rulebook.packs import ID

TEXT = """\
# A rule pack: what to look for, how bad it is, and examples that prove it.
#   leakguard rules test NAME.toml             does every example hold?
#   leakguard scan data.jsonl --rules NAME.toml

[pack]
id = "NAME"                 # every rule's id begins with it
version = "0.1.0"           # a minor version may add matches, a patch may not change a verdict
title = "What this pack looks for"
sources = []                # where the facts are from: links, books
# default = true            # only for packs that come with leakguard

[[rule]]
id = "NAME.7351"            # never used again for anything else
kind = "number"             # number: read as a number, in any spelling
value = 7351
severity = "warning"        # error, warning or note
# profiles = ["numbers"]    # numbers: bare number lists; text: everything else; both without this line
meaning = "an invented number, to show how it is done"
# not_inside = ["price"]    # contexts in which it is harmless: no finding there
# note_inside = ["label"]   # contexts in which it is often harmless: a note there
hits = ["12, 7351, 90"]     # every one must be found ...
misses = ["17351", "7352"]  # ... and none of these

[[rule]]
id = "NAME.greeting"
kind = "term"               # term: a word or phrase, with word boundaries; symbol: characters; sequence: "13/52"
value = "xyzzy"
also = ["plugh"]            # other words for the same
severity = { text = "note" }  # by profile: silent where it names none
meaning = "words from an old adventure game"
hits = ["She said xyzzy.", "Plugh!"]
misses = ["xyzzyx"]

[[rule]]
id = "NAME.badge"
kind = "regex"              # regex: a pattern of your own; `value` is its name in reports
value = "badge"
pattern = 'badge-\\d{4}'
severity = "note"
meaning = "the number of an invented badge"
hits = ["he showed badge-1234"]
misses = ["badge-12"]
"""


def starter(name: str) -> str:
    """Return the text of a new pack. Raises UsageError for a name that cannot be a pack's id."""
    if name == "all" or not re.fullmatch(ID, name):
        raise UsageError(f"{name!r} cannot be a pack's name: use letters, digits, - and _")
    return TEXT.replace("NAME", name)
