"""The strategies that are shipped, with what the suites hold mixed in."""

import json
from pathlib import Path

from hypothesis import strategies as st

from leakguard.testing import files, texts, writable
from leakguard.testing.texts import list_shipped_rules, rule_numbers

DATA = Path(__file__).parent / "data"
SUITE = [json.loads(line) for line in (DATA / "evasion.jsonl").read_text().splitlines()]
RULES = list(list_shipped_rules())
LISTED = rule_numbers(RULES)
TEXTS = texts(also=[case["text"] for case in SUITE])
BATCHES = st.lists(TEXTS, min_size=1, max_size=6)
SAID = writable(TEXTS)
PLAIN = st.sampled_from(["412, 733, 905", "The kettle is on.", "871, 666, 305", "1488", "", "13, 13, 13", "We saw 14/88 there.", "6️⃣6️⃣6️⃣"])


def messy_files(said=PLAIN | PLAIN | SAID):
    """The bytes of a messy file; most of its words are quickly judged."""
    return files(said)
