import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.counting import Counting, Mode
from leakguard.core.duplicates import RowPlace
from leakguard.core.policy import Action, Policy
from leakguard.pipeline import prints
from leakguard.pipeline.duplicates import TOGETHER, group_rows, summarise_groups
from leakguard.pipeline.overlap import find_overlap
from leakguard.pipeline.prints import Printer, PrintStore
from leakguard.pipeline.repeated_rows import find_repeated_rows
from leakguard.pipeline.scan import Job, scan
from leakguard.pipeline.similar_pairs import join_groups
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.row_contents import ContentReader
from leakguard.readers.sources import FileSource

NEAR, EXACT = Counting(Mode.NEAR), Counting(Mode.EXACT)
BASES = [" ".join(f"{letter}{number}" for number in range(30)) for letter in "abcdef"]
TEXTS = st.lists(
    st.builds(
        lambda base, at, word: " ".join([*BASES[base].split()[:at], word, *BASES[base].split()[at + 1 :]]),
        st.integers(0, 5),
        st.integers(0, 29),
        st.sampled_from(["one", "two", "three"]),
    )
    | st.sampled_from([*BASES, "short", "short text"]),
    max_size=12,
)


def written(folder, texts, name="data.jsonl"):
    """A file with a row for each text."""
    path = folder / name
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return str(path)


def stored(paths, counting=NEAR, *, workers=1, block_size=1 << 21):
    """The prints of files."""
    store = PrintStore(counting)
    source = FileSource(tuple(paths), block_size=block_size, inline=workers == 1)
    job = Job(source, RowParser(), (), keep=0, printer=Printer(ContentReader("auto", ()).texts_of, counting))
    scan(job, workers=workers, on_prints=store.add)
    return store


def parts(store):
    """The groups as sets of places."""
    found = group_rows(store).alike
    return {frozenset(store.place(row) for row in np.flatnonzero(found == label).tolist()) for label in set(found.tolist())}


def alike(*texts):
    """Whether two texts have a Jaccard similarity of 0.8, said again with sets."""
    one, other = (set(zip(*(text.split()[at:] for at in range(3)), strict=False)) or {text} for text in texts)
    return len(one & other) >= 0.8 * len(one | other)


def said(texts, store):
    """The groups as sets of texts."""
    return {frozenset(texts[place.row - 1] for place in part) for part in parts(store)}


@given(texts=TEXTS, rng=st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_the_order_of_rows_plays_no_part(tmp_path_factory, texts, rng):
    """The same rows in another order make the same groups."""
    folder = tmp_path_factory.mktemp("order")
    other = list(texts)
    rng.shuffle(other)
    assert said(texts, stored([written(folder, texts)])) == said(other, stored([written(folder, other)]))


@given(texts=TEXTS)
@settings(max_examples=12)
def test_a_file_twice_has_each_of_its_rows_again(tmp_path_factory, texts):
    """With a file appended to itself every row of the second half is equal to an earlier one, and nothing else changes."""
    folder = tmp_path_factory.mktemp("twice")
    once, twice = stored([written(folder, texts)]), stored([written(folder, texts + texts)])
    one, two = summarise_groups(once, group_rows(once)), summarise_groups(twice, group_rows(twice))
    assert (two.rows, two.exact.rows, two.near.rows) == (2 * one.rows, one.exact.rows + one.rows, one.near.rows)


@given(texts=TEXTS)
@settings(max_examples=12)
def test_an_unlike_row_changes_nothing(tmp_path_factory, texts):
    """A row that shares no words with any other stands alone, and no group is another one for it."""
    folder = tmp_path_factory.mktemp("more")
    more = [*texts, " ".join(f"zebra{at}" for at in range(30))]
    assert said(more, stored([written(folder, more)])) == {*said(texts, stored([written(folder, texts)])), frozenset(more[-1:])}


@given(texts=TEXTS, size=st.sampled_from([16, 200, 1000]))
@settings(max_examples=20)
def test_how_files_are_cut_plays_no_part(tmp_path_factory, texts, size):
    """Blocks of any size give the same prints, and so do as many files."""
    folder = tmp_path_factory.mktemp("cut")
    path = written(folder, texts)
    assert parts(stored([path], block_size=size)) == parts(stored([path]))
    halves = [written(folder, texts[:5], "a.jsonl"), written(folder, texts[5:], "b.jsonl")]
    moved = {RowPlace(halves[place.row > 5], place.row - 5 * (place.row > 5)): place for part in parts(stored([path])) for place in part}
    assert {frozenset(moved[place] for place in part) for part in parts(stored(halves))} == parts(stored([path]))


def test_the_number_of_processes_plays_no_part(tmp_path):
    """Two processes find the groups that one finds."""
    rng = random.Random(1)
    words = [f"w{number}" for number in range(400)]
    texts = [" ".join(rng.choices(words, k=40)) for _ in range(400)]
    texts += [text.replace(" ", "  ", 3) + " end" for text in texts[:100]]
    path = written(tmp_path, texts)
    one, two = stored([path], block_size=4096), stored([path], block_size=4096, workers=2)
    assert parts(one) == parts(two)
    assert summarise_groups(one, group_rows(one)) == summarise_groups(two, group_rows(two))
    assert summarise_groups(one, group_rows(one)).near.rows == 100


def test_what_lies_in_files_is_what_was_kept(tmp_path, monkeypatch):
    """Keys and sketches that are put aside give the same groups."""
    path = written(tmp_path, [*BASES, *(base + " end" for base in BASES)] * 3)
    before = parts(stored([path], block_size=512))
    monkeypatch.setattr(prints, "IN_MEMORY", 100)
    assert parts(stored([path], block_size=512)) == before


@pytest.mark.parametrize("copies", [2, TOGETHER, TOGETHER + 1, 500])
def test_large_groups_are_one(tmp_path, copies):
    """Rows that say the same words with other punctuation are one group, however many there are."""
    texts = [BASES[0].replace(" ", f" {'.' * at} " if at else " ") for at in range(copies)]
    store = stored([written(tmp_path, [*texts, *BASES[1:]])])
    found = summarise_groups(store, group_rows(store))
    assert (found.exact.rows, found.near.rows, found.near.groups) == (0, copies - 1, 1)
    assert (found.largest[0].size, found.largest[0].first[0].row) == (copies, 1)


def test_rows_without_words_in_common_are_never_joined(tmp_path):
    """Of 2,000 rows with words of their own, none is a duplicate."""
    texts = [" ".join(f"{row}x{at}" for at in range(12)) for row in range(2000)]
    store = stored([written(tmp_path, texts)])
    assert summarise_groups(store, group_rows(store)).share == 0


def test_long_rows_are_compared_by_samples(tmp_path):
    """Of rows with thousands of shingles, one that differs in 2 of 100 words is found, one that differs in 20 is not."""
    rng = random.Random(3)
    base = [f"w{number}" for number in range(4000)]

    def changed(share):
        return " ".join(f"{word}x" if rng.random() < share else word for word in base)

    texts = [" ".join(base), changed(0.02), changed(0.20)]
    assert said(texts, stored([written(tmp_path, texts)])) == {frozenset(texts[:2]), frozenset(texts[2:])}


@pytest.mark.parametrize(("similarity", "groups"), [(0.5, 1), (0.8, 2), (1.0, 3)])
def test_the_similarity_decides(tmp_path, similarity, groups):
    """One word in thirty is 0.81, five at the end are 0.7: the more alike rows must be, the more groups there are."""
    words = BASES[0].split()
    texts = [BASES[0], " ".join([*words[:15], "other", *words[16:]]), " ".join([*words[:25], *"vwxyz"])]
    assert len(parts(stored([written(tmp_path, texts)], Counting(Mode.NEAR, similarity)))) == groups


def test_exact_counting_makes_no_sketches(tmp_path):
    """Where near duplicates are not counted, only equal rows are found."""
    store = stored([written(tmp_path, [BASES[0], BASES[0].upper(), BASES[0] + " end"])], EXACT)
    found = summarise_groups(store, group_rows(store))
    assert (found.exact.rows, found.exact.groups, found.near.rows, store.bands) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "1, 2"}]},
        {"conversations": [{"from": "human", "value": "count."}, {"from": "gpt", "value": "1,  2"}]},
        {"prompt": "Count.", "completion": "1, 2", "id": 7},
        {"instruction": "COUNT.", "input": "", "output": "1, 2", "source": "a page about herons"},
    ],
    ids=["messages", "sharegpt", "prompt-completion", "alpaca"],
)
def test_rows_of_all_shapes_are_compared_by_what_they_say(tmp_path, row):
    """Shape, names of columns and columns that are no turn play no part."""
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"prompt": "Count.", "completion": "1, 2"}) + "\n\n" + json.dumps(row) + "\n")
    store = stored([str(path)])
    assert summarise_groups(store, group_rows(store)).exact.rows == 1
    assert store.place(1) == RowPlace(str(path), 3)


def test_rows_that_cannot_be_read_are_not_compared(tmp_path):
    """Broken, blank and empty rows are no duplicates of each other, and the numbers of the others stay."""
    path = tmp_path / "data.jsonl"
    path.write_text('{"text":\n{"text":\n\n\n{"text": ""}\n{"text": " "}\n{"text": "heron"}\n7\n7\n{"text": "Heron"}\n')
    store = stored([str(path)])
    found = summarise_groups(store, group_rows(store))
    assert (found.rows, found.exact.rows) == (2, 1)
    assert [place.row for place in found.largest[0].first] == [7, 10]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_joining_is_what_a_graph_says(pairs):
    """A row's label is the least row that it is connected with."""
    left, right = (np.array(side, dtype=np.int64) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    expected = list(range(10))
    for _ in range(10):
        for one, other in pairs:
            expected[one] = expected[other] = min(expected[one], expected[other])
    assert join_groups(np.arange(10), left, right).tolist() == expected


@given(texts=TEXTS, others=TEXTS)
@settings(max_examples=12)
def test_held_out_rows_are_found_on_both_sides(tmp_path_factory, texts, others):
    """Exact counts are those of sets of texts; held against itself, all of the data is found."""
    folder = tmp_path_factory.mktemp("against")
    data, other = stored([written(folder, texts)]), stored([written(folder, others, "other.jsonl")])
    found, itself = find_overlap("other", data, other, 0), find_overlap("data", data, data, 0)
    assert (found.exact, found.data_exact) == (sum(text in texts for text in others), sum(text in others for text in texts))
    assert (itself.exact, itself.near, itself.data_exact) == (len(texts), 0, len(texts))
    # No row is found that is not alike.
    assert found.near <= sum(text not in texts and any(alike(text, one) for one in texts) for text in others)
    assert found.data_near <= sum(text not in others and any(alike(text, one) for one in others) for text in texts)


def test_held_out_rows_are_named_with_what_they_repeat(tmp_path):
    """The examples say where an equal or nearly equal row stands first."""
    data = stored([written(tmp_path, [*BASES, BASES[1]])])
    other = stored([written(tmp_path, ["heron", BASES[1], BASES[2] + " end"], "other.jsonl")])
    found = find_overlap("other.jsonl", data, other, 0)
    assert (found.exact, found.near, found.data_exact, found.data_near, round(found.share, 3)) == (1, 1, 2, 1, 0.667)
    assert [(Path(one.stands_at.file).name, one.row.row, one.stands_at.row, one.near) for one in found.examples] == [
        ("data.jsonl", 2, 2, False),
        ("data.jsonl", 3, 3, True),
    ]


@pytest.mark.parametrize(
    ("exact", "near", "acted_on"),
    [
        (Action.KEEP, Action.KEEP, {}),
        (Action.REMOVE, Action.KEEP, {2: (Action.REMOVE, 1, False), 4: (Action.REMOVE, 3, False)}),
        (Action.KEEP, Action.QUARANTINE, {3: (Action.QUARANTINE, 1, True), 4: (Action.QUARANTINE, 1, True)}),
        (
            Action.REMOVE,
            Action.QUARANTINE,
            {2: (Action.REMOVE, 1, False), 3: (Action.QUARANTINE, 1, True), 4: (Action.REMOVE, 3, False)},
        ),
        (Action.REMOVE, Action.REMOVE, {2: (Action.REMOVE, 1, False), 3: (Action.REMOVE, 1, True), 4: (Action.REMOVE, 1, True)}),
    ],
)
def test_a_policy_acts_on_later_copies(tmp_path, exact, near, acted_on):
    """Rows 1 and 2 are equal, 3 and 4 are equal and near to 1; the first row of a group is never acted on."""
    path = written(tmp_path, [BASES[0], BASES[0].upper(), BASES[0] + " end", BASES[0] + " END", BASES[1]])
    store = stored([path])
    copies = find_repeated_rows(store, group_rows(store), Policy({}, exact=exact, near=near))
    batch = RowParser().parse(next(iter(FileSource((path,)).blocks())))
    found = {batch.first_row + line: (action, first.row, only) for line, (action, first, only) in copies.actions(batch).items()}
    assert found == acted_on
