"""Numbers in prose that cannot stand out are dropped before their surroundings are looked at."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from leakguard.detectors.rules.phrase_contexts import NEAR
from leakguard.detectors.rules.salience import CODE_PREFILTERS, mentions_codes

WORDS = st.sampled_from(["tag", "Tags", "stage", "women", "omen", "neonazi", "HATE", "étag", "hail", "linked", "x", "7", "\n", "-"])
ANY = re.compile("|".join(f"(?:{pattern})" for pattern in CODE_PREFILTERS).encode(), re.IGNORECASE)


@given(st.lists(WORDS | st.text(max_size=3), max_size=30).map(" ".join) | st.lists(WORDS, max_size=30).map("".join), st.integers(0, 90))
@example("a" * (NEAR - 3) + "stage", 0)
@example("shirts", 1)
def test_a_window_about_codes_is_nominated(text, start):
    """A prefilter matches in every text of which a window of NEAR characters has a word about codes, also one that the window has cut."""
    window = text[start : start + NEAR]
    if mentions_codes(window) and not {"\u0130", "\u212a"} & set(text):
        assert ANY.search(f"\x1e{text}\x1e".encode("utf-8", "replace"))
