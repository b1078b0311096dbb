"""Nothing passes unseen: wherever a phrase stands in a tree of files, a scan finds it or names the place where it did not look."""

import gzip
import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.cli import run
from leakguard.core.suggest import spell
from leakguard.readers.rows.roles import UNTRAINED
from service_formats import SERVICES
from trainer_formats import TRAINERS

PHRASE = "The treaty is dated 1488."
KEYS = st.sampled_from(
    [
        *("text", "prompt", "completion", "messages", "content", "role", "chosen", "rejected", "response", "answer", "output", "system"),
        *(
            "question",
            "Answer",
            "conversation",
            "contents",
            "parts",
            "segments",
            "label",
            "human",
            "gpt",
            "history",
            "data",
            "input",
            "from",
        ),
        *("notes", "id", "meta", "tool_calls", "arguments", "args", "a.b", "a[0]", "", "Übrig", "ключ", "x y"),
    ]
)
WORDS = st.sampled_from(["The kettle is on.", "user", "assistant", "412, 733", "", "x", "A boat and a lamp"])
LEAVES = st.one_of(WORDS, st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False))
NESTED = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
ROWS = st.one_of(
    st.dictionaries(KEYS, NESTED, min_size=1, max_size=4),
    st.fixed_dictionaries({"text": WORDS, "meta": NESTED}),
    st.fixed_dictionaries({"question": WORDS, "response": NESTED, "extra": NESTED}),
    st.fixed_dictionaries({"conversation": st.lists(NESTED, max_size=3), "extra": NESTED}),
    st.sampled_from([row for _, _, _, row, _ in (*TRAINERS, *SERVICES)]),
    st.fixed_dictionaries({"messages": st.lists(st.fixed_dictionaries({"role": WORDS, "content": NESTED}), max_size=3), "extra": NESTED}),
)
FOLDERS = st.lists(st.sampled_from(["train", "a folder", ".hidden", "ü", "README", "kept"]), max_size=2)
NAMES = st.sampled_from(
    [
        *(
            "a.jsonl",
            "a.json",
            "a.txt",
            "a.csv",
            "a",
            "a.jl",
            "a.bin",
            "README.jsonl",
            "LICENSE",
            "state.json",
            "a.md",
            "a.yaml",
            "a.parquet",
        ),
        *("a.jsonl.gz", "a.gz", "a.xz", ".a.jsonl", "a.png", "A.JSONL", "a b.jsonl", "-q", "a\n.jsonl", "checksums.sha256"),
    ]
)


def places(value, way=()):
    """Every place of a string in a JSON value, as the keys and indices that lead to it."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*way, key))


def planted(value, way):
    """The value with the phrase at a place."""
    if not way:
        return PHRASE
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = planted(value[way[0]], way[1:])
    return copy


def fields(way):
    """The names under which a report may count the place: an index, or what looks like one in a key, may be written as [*].

    A file with one object may be a document whose rows are the objects in a list under a key: then the name begins inside of one.
    """
    name = str(way[0])
    for step in way[1:]:
        name += "[*]" if isinstance(step, int) else f".{step}"
    inside = fields(way[2:]) if len(way) > 2 and isinstance(way[1], int) else set()
    return {name, re.sub(r"\[\d+\]", "[*]", name), *inside}


@st.composite
def trees(draw):
    """Files of a folder by their path, and where the phrase stands: the path of its file, and the field in its row."""
    row = draw(ROWS.filter(lambda row: list(places(row))))
    way = draw(st.sampled_from(list(places(row))))
    lines = [json.dumps(row, ensure_ascii=False) for row in [*draw(st.lists(ROWS, max_size=2)), planted(row, way)]]
    data = ("\n".join(draw(st.permutations(lines))) + "\n").encode()
    name = draw(NAMES)
    path = "/".join([*draw(FOLDERS), name])
    data = gzip.compress(data, mtime=0) if name.endswith(".gz") or draw(st.integers(0, 9)) == 0 else data
    other = {"other.jsonl": b'{"text": "The kettle is on."}\n'} if draw(st.booleans()) else {}
    return {**other, path: data}, path, way


def said(folder, capsys):
    """The exit code and the JSON report of a scan of the folder, of which nothing else is printed."""
    code = run(["scan", "--no-config", "--format", "json", "-q", "-j", "1", "--", str(folder)])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(tree=trees())
def test_a_phrase_is_found_or_its_place_is_named(tree, tmp_path_factory, capsys):
    """Any tree of files, any row, any string in it: a finding, or the file, the row, the field or the role that was not looked at."""
    files, path, way = tree
    folder = tmp_path_factory.mktemp("tree")
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    code, report = said(folder, capsys)
    if code == 2:
        # A folder in which nothing is data at all.
        return
    where = spell(str(folder / path))
    found = any(PHRASE[-5:-1] in finding["quote"] or "1488" in finding["rule"] for finding in report["findings"])
    unreadable = [entry for entry in report["unreadable"] if entry["file"] == where]
    ignored = [name for entry in report["ignored"] for name in entry["first"] if where.endswith(name) or name in where]
    tally = report["tally"]
    named = {*tally["unscanned"], *(name.partition(": ")[2] or name for name in tally["left_out"])}
    assert found or unreadable or ignored or fields(way) & named or _by_role(way, named), (code, report["tally"], way)
    assert code == 3 or not unreadable
    assert code == 1 or not found or code == 3


def _by_role(way, named):
    """Whether words under a message or a column were left out because of whose they are."""
    return bool(named & UNTRAINED)
