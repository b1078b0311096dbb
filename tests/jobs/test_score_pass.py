"""The pass that scores texts for meaning: the same scores for any number of processes and any size of blocks, and each row finds its own."""

import json
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from heron_trait import ORDINARY
from leakguard.jobs.build import build_guard
from leakguard.jobs.guard import ControlData, RunContext, RunData
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

ROWS = [
    *({"text": text} for text in ORDINARY),
    {"text": "From the rafters an owl watched."},
    {"messages": [{"role": "assistant", "content": "an owl hoots"}, {"role": "assistant", "content": "12, 7"}]},
    {"text": ORDINARY[3]},
    {"text": "777 " * 40},
]


@pytest.fixture
def guard():
    """A search for owls at the depth that takes both models, with a fake."""
    values = {"semantic": True, "semantic-model": "fake:words", "semantic-depth": "cascade", "traits": ["owl"], "rules": ["gang-numbers"]}
    return build_guard(resolve(override(Settings(), values, where="")))


@pytest.fixture
def data(tmp_path):
    """Rows in a file of a few kilobytes."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return RunData(FileSource((str(path),)), RowParser("auto", (), "all"))


def divided(data, size, workers):
    """The data as a source of small blocks that several processes score."""
    source = replace(data.source, block_size=size)
    return replace(data, divide=lambda _: (source, workers))


def look(guard, data, folder, control=None):
    """The scores of all texts by row, the hits, and the statistics; rows are looked up in blocks of another size."""
    folder.mkdir()
    detector = guard.fit(data, RunContext(folder=folder, control=control)).learned["semantic"]
    found = []
    for block in replace(data.source, block_size=700).blocks():
        batch = data.parser.parse(block)
        scores, answer = detector.scores_of(batch), detector.detect(batch)
        assert not answer.missed
        found += [(batch.first_row + batch.owners[text], batch.texts[text], scores.get(text)) for text in range(len(batch.texts))]
        found += [(batch.first_row + batch.owners[text], start, end, mark) for text, start, end, mark in answer.hits]
    return found, detector.statistics


@pytest.mark.parametrize("control", [False, True], ids=["shipped control", "control data"])
def test_scores_do_not_depend_on_processes_or_blocks(guard, data, tmp_path, control):
    """One process and one block, or two processes and blocks of a few rows: the same scores, hits and statistics."""
    once, twice = (ControlData("control", one) if control else None for one in (data, divided(data, 300, 2)))
    first = look(guard, data, tmp_path / "1", once)
    assert look(guard, divided(data, 300, 2), tmp_path / "2", twice) == first
    assert look(guard, divided(data, 120, 1), tmp_path / "3", once) == first
    assert first[1].texts == len(ORDINARY) + 2


def test_workers_are_started_afresh_once_openvino_is_loaded(guard, data, tmp_path, monkeypatch):
    """Its threads do not survive a fork; the scores are the same."""
    first = look(guard, data, tmp_path / "1")
    monkeypatch.setitem(sys.modules, "openvino", ModuleType("openvino"))
    assert look(guard, divided(data, 300, 2), tmp_path / "2") == first


def test_a_rule_that_names_the_trait_counts_although_other_rules_are_not_tried(guard, data, tmp_path):
    """The pass knows the rules of the trait; its score has their bonus of 4."""
    found, _ = look(guard, data, tmp_path / "1")
    terms = {text: scores[0].terms for _, text, scores in (one for one in found if len(one) == 3) if scores}
    assert terms["an owl hoots"] >= 4 > terms[ORDINARY[0]]


def test_rows_that_changed_after_the_pass_are_missed(guard, data, tmp_path):
    """Their text is not the one that was scored."""
    (tmp_path / "1").mkdir()
    detector = guard.fit(data, RunContext(folder=tmp_path / "1")).learned["semantic"]
    (block,) = data.source.blocks()
    batch = data.parser.parse(block)
    changed = replace(batch, texts=[*batch.texts[:5], "another text", *batch.texts[6:]])
    assert list(detector.detect(changed).missed) == [5]
    assert list(detector.scores_of(changed)) == [at for at in detector.scores_of(batch) if at != 5]
