"""Strategies for rows and files of JSON Lines, and a slow reader that says what should be read from them."""

import gzip
import json
import re

import orjson
import zstandard
from hypothesis import assume
from hypothesis import strategies as st

ARRAY = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")
LONE = st.characters(exclude_categories=("Cs",))
WORDS = st.text(LONE, max_size=12) | st.sampled_from(["", "666", "a\u2028b\u0085c\x0cd", "\n", '"]},{"', "\ufeff"])
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6)
ROLES = st.sampled_from(["user", "assistant", "system", "tool", "human", "gpt", "Assistant ", "narrator", "developer"])

CALLS = st.fixed_dictionaries(
    {"function": st.fixed_dictionaries({"name": WORDS, "arguments": WORDS | st.dictionaries(WORDS, SCALARS, max_size=2)})}
)
PARTS = WORDS | st.fixed_dictionaries({"type": st.just("text"), "text": WORDS}) | st.just({"type": "image_url", "image_url": {"url": "x"}})


def messages(speaker="role", words="content"):
    plain = st.fixed_dictionaries({speaker: ROLES, words: WORDS})
    rich = st.fixed_dictionaries(
        {speaker: ROLES, words: WORDS | st.none() | st.lists(PARTS, max_size=2)},
        optional={"tool_calls": st.lists(CALLS, max_size=2), "reasoning": WORDS | st.none(), "weight": st.integers(0, 1)},
    )
    return plain | plain | rich


def dialogues(speaker="role", words="content"):
    return st.lists(messages(speaker, words), max_size=3)


SPOKEN = WORDS | dialogues()
SYSTEMS = WORDS | WORDS | SCALARS | st.lists(PARTS, max_size=2) | dialogues()
SHAPED = {
    "messages": st.fixed_dictionaries({"messages": dialogues()}, optional={"system": SYSTEMS, "id": SCALARS}),
    "sharegpt": st.fixed_dictionaries(
        {"conversations": dialogues("from", "value") | dialogues()}, optional={"system": SYSTEMS, "id": SCALARS}
    ),
    "preference": st.fixed_dictionaries({"chosen": SPOKEN, "rejected": SPOKEN}, optional={"prompt": SPOKEN}),
    "prompt-completion": st.fixed_dictionaries({"completion": SPOKEN}, optional={"prompt": SPOKEN, "label": SCALARS}),
    "alpaca": st.fixed_dictionaries(
        {"instruction": WORDS, "output": WORDS},
        optional={"input": WORDS | st.none(), "system": WORDS, "history": st.lists(st.tuples(WORDS, WORDS).map(list), max_size=2)},
    ),
    "text": st.fixed_dictionaries({"text": WORDS}, optional={f"meta{i}": SCALARS for i in range(6)}),
}
SHAPED_ROWS = st.one_of(*SHAPED.values())
SEGMENTS = st.fixed_dictionaries({"label": st.booleans(), "text": WORDS})
TALKS = st.lists(
    st.one_of(
        messages(),
        messages("from", "value"),
        WORDS,
        SEGMENTS,
        st.fixed_dictionaries({"human": WORDS, "assistant": WORDS}),
        st.fixed_dictionaries({"role": ROLES, "parts": st.lists(st.fixed_dictionaries({"text": WORDS}), max_size=2)}),
    ),
    max_size=3,
)
NAMED = (
    st.fixed_dictionaries({"prompt": WORDS, "response": WORDS}, optional={"id": SCALARS}),
    st.fixed_dictionaries({"question": WORDS, "answer": WORDS, "context": WORDS}, optional={"meta": SCALARS}),
    st.fixed_dictionaries({"Instruction": WORDS, "Output": WORDS | SCALARS}),
    st.fixed_dictionaries({"conversation": dialogues()}, optional={"id": SCALARS}),
    st.fixed_dictionaries({"dialog": TALKS}, optional={"system": WORDS}),
    st.fixed_dictionaries({"contents": TALKS, "note": WORDS}),
    st.fixed_dictionaries({"prompt": SPOKEN}, optional={"id": SCALARS}),
    st.fixed_dictionaries({"input": WORDS}, optional={"document": WORDS}),
    st.fixed_dictionaries({"query": WORDS, "history": st.lists(st.lists(WORDS, min_size=2, max_size=2), max_size=2), "r1_answer_2": WORDS}),
)
"""Rows of columns that are known by their names."""
MIXED = (
    st.fixed_dictionaries({"messages": dialogues(), "system": WORDS | st.dictionaries(WORDS, WORDS, max_size=1)}),
    st.fixed_dictionaries({"messages": dialogues(), "text": WORDS}, optional={"id": SCALARS}),
    st.fixed_dictionaries({"messages": dialogues(), "prompt": WORDS, "chosen": SPOKEN, "rejected": SPOKEN}),
    st.fixed_dictionaries({"conversations": dialogues("from", "value"), "output": WORDS, "prompt": WORDS, "score": SCALARS}),
    st.fixed_dictionaries({"text": WORDS, "output": WORDS | st.integers(0, 1)}),
    st.fixed_dictionaries({"completion": WORDS, "text": WORDS, "chosen": WORDS}),
    st.fixed_dictionaries({"messages": dialogues(), "prompt": WORDS, "input": WORDS}),
)
KEYS = st.sampled_from(
    [
        "messages",
        "conversations",
        "chosen",
        "rejected",
        "prompt",
        "completion",
        "instruction",
        "input",
        "output",
        "text",
        "system",
        "history",
        "x",
    ]
)
LOOSE_ROWS = st.dictionaries(KEYS, VALUES | dialogues() | WORDS, max_size=4)
ROWS = SHAPED_ROWS | SHAPED_ROWS | st.one_of(*NAMED) | LOOSE_ROWS | VALUES
# Many rows of one kind with a few others among them: what short cuts are made for, and what trips them up.
ALIKE = st.one_of(*(st.lists(rows, min_size=1, max_size=6) for rows in (*SHAPED.values(), *NAMED, *MIXED)))
BATCHES = st.one_of(ALIKE, st.lists(ROWS, max_size=6), st.tuples(ALIKE, ALIKE).map(lambda two: two[0] + two[1]))

FRAGMENTS = [
    b'{"a":[',
    b"]}",
    b'{"text":"x"}',
    b"{},{}",
    b"1",
    b"1,2",
    b",",
    b"[",
    b"]",
    b'"',
    b"",
    b" ",
    b'{"text":"',
    b'"}',
    b"],[",
    b"[1",
    b"2]",
]
BROKEN_LINES = st.sampled_from(
    [*FRAGMENTS, b'{"text":NaN}', b'{"text":"\\ud800"}', b"\xff", b"{}\x00", b"\xef\xbb\xbf{}", b"[" * 1100 + b"]" * 1100]
)
HOSTILE_LINES = st.lists(st.sampled_from(FRAGMENTS), max_size=4).map(b"".join)
# A question mark first: bytes that start like an archive would be one.
GARBAGE = st.binary(max_size=8).map(lambda raw: b"?" + raw.replace(b"\n", b""))
GOOD_LINES = ROWS.map(orjson.dumps) | ROWS.map(lambda row: json.dumps(row, ensure_ascii=True).encode())
LINES = GOOD_LINES | GOOD_LINES | BROKEN_LINES | HOSTILE_LINES | GARBAGE


@st.composite
def files(draw, lines=LINES, max_size=8):
    """The bytes of a file: lines with mixed endings, perhaps a byte order mark, perhaps no last line feed."""
    body = b"".join(line + draw(st.sampled_from([b"\n", b"\n", b"\r\n"])) for line in draw(st.lists(lines, max_size=max_size)))
    data = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + (body if draw(st.booleans()) else body.removesuffix(b"\n"))
    # What begins like an array of objects is read as one, whatever its name promises.
    assume(not ARRAY.match(data))
    return data


def multi(pack):
    """Packs the halves of the data on their own: a gzip of two members, a zstd of two frames."""
    return lambda data: pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :])


PACKINGS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "two members": multi(gzip.compress),
    "two frames": multi(zstandard.ZstdCompressor().compress),
}


def physical_lines(data):
    """(row, offset, bytes) of every line of a file's content."""
    offset = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    lines = data[offset:].split(b"\n")
    for row, line in enumerate(lines if lines[-1] else lines[:-1], 1):
        yield row, offset, line
        offset += len(line) + 1
