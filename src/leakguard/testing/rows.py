"""Strategies for rows of every format, and for messy files of them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from leakguard.testing.texts import Texts

Rows = st.SearchStrategy[dict[str, Any]]
Lines = st.SearchStrategy[bytes]

BROKEN = st.sampled_from(
    [
        b"{", b'{"text": ', b'"text"', b"12", b"[]", b"{}", b"\x00", b"\xef\xbb\xbf{}", b'{"words": "666"}', b'{"text": 666}',
        b'{"text": "\xff666"}', b'{"text": "\\ud800 666"}', b'{"text": "666"} {', b'{"text": NaN}', b'{"messages": "666"}',
        b'{"messages": [7]}',
    ]
)  # fmt: skip
"""Lines that cannot be read as a row of any format."""
BLANK = st.sampled_from([b"", b"   ", b"\t", b"\x0c"])
ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])
MARKS = st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"])


def records(said: Texts) -> Rows:
    """Return a strategy for rows of every format with texts from `said`."""
    speakers = st.sampled_from(["user", "assistant", "system", "tool", "narrator"])
    parts = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": said}), max_size=2)
    calls = st.lists(st.fixed_dictionaries({"function": st.fixed_dictionaries({"name": said, "arguments": said})}), max_size=1)
    message = st.fixed_dictionaries({"role": speakers, "content": said})
    rich = st.fixed_dictionaries({"role": speakers, "content": said | parts}, optional={"tool_calls": calls, "reasoning": said})
    told = st.fixed_dictionaries({"from": st.sampled_from(["human", "gpt"]), "value": said})
    return st.one_of(
        st.fixed_dictionaries({"text": said}, optional={"id": st.integers(0, 99)}),
        st.fixed_dictionaries({"prompt": said, "completion": said}),
        st.fixed_dictionaries({"prompt": said, "chosen": said, "rejected": said}),
        st.fixed_dictionaries({"instruction": said, "input": said, "output": said}),
        st.fixed_dictionaries({"messages": st.lists(message, max_size=4)}),
        st.fixed_dictionaries({"messages": st.lists(rich, max_size=3)}),
        st.fixed_dictionaries({"conversations": st.lists(told, max_size=3)}),
    )


def lines(rows: Rows) -> Lines:
    """Return a strategy for lines of a messy file: most can be read, some are blank, some are broken."""
    good = rows.map(lambda row: json.dumps(row, ensure_ascii=False).encode()) | rows.map(lambda row: json.dumps(row).encode())
    return st.one_of(good, good, good, BROKEN, BLANK)


def files(said: Texts, most: int = 8) -> Lines:
    """Return a strategy for the bytes of a JSON Lines file with mixed line ends, perhaps without the last one."""
    # Strategies are built once: hypothesis takes longer to check a new one than to draw from it.
    ended = st.lists(st.tuples(lines(records(said)), ENDS), max_size=most)
    return st.builds(_join_lines, ended, MARKS, st.booleans())


def _join_lines(ended: Sequence[tuple[bytes, bytes]], mark: bytes, complete: bool) -> bytes:
    """Return a file: its byte order mark, and each line with its end; the last one loses a line feed unless the file is complete."""
    body = b"".join(line + end for line, end in ended)
    return mark + (body if complete else body.removesuffix(b"\n"))
