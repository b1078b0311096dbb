"""The filter for datatrove: a document has the fate that a clean gives the same row, and none that was not checked is kept."""

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leakguard
from leakguard.core.errors import UsageError
from leakguard.core.policy import Fate

pytest.importorskip("datatrove")

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

TEXTS = ["The kettle is on.", "871, 1488, 305", "12, 7, 420", "heil", "6 million", ""]
COLUMNS = {"response": st.sampled_from(TEXTS), "url": st.just("https://host/1488"), "score": st.floats(0, 1), "tags": st.lists(st.text())}
ROWS = st.lists(st.fixed_dictionaries({"text": st.sampled_from(TEXTS[:-1])}, optional=COLUMNS), min_size=1, max_size=20)


def write_rows(path, rows):
    path.write_text("".join(json.dumps({"id": str(number), **row}) + "\n" for number, row in enumerate(rows)))


def read_rows(folder):
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def list_reasons(said):
    """Fate and findings; their fingerprints are those of rows with the columns that the reader adds."""
    return said["fate"], [{**finding, "fingerprint": ""} for finding in said["findings"]]


def test_a_pipeline_keeps_what_a_clean_keeps(tmp_path):
    """Two tasks in two processes read, filter and write two files: kept and dropped documents, reasons and counts are those of a clean."""
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        write_rows(tmp_path / "in" / f"{name}.jsonl", [{"text": f"{text} {name}", "source": name} for text in TEXTS * 3])
    blocks = [
        JsonlReader(str(tmp_path / "in")),
        leakguard.LeakguardFilter(JsonlWriter(str(tmp_path / "out"), compression=None), batch_size=4, fail_on="note"),
        JsonlWriter(str(tmp_path / "kept"), compression=None),
    ]
    run = LocalPipelineExecutor(blocks, tasks=2, workers=2, logging_dir=str(tmp_path / "log"), skip_completed=False)
    stats = run.run().stats[1].stats
    result = leakguard.clean([tmp_path / "in" / "a.jsonl", tmp_path / "in" / "b.jsonl"], tmp_path / "clean")
    tally = result.tally
    assert [row["text"] for row in read_rows(tmp_path / "kept")] == [row["text"] for row in read_rows(tmp_path / "clean/kept")]
    dropped = read_rows(tmp_path / "out")
    assert {row["metadata"]["filter_reason"] for row in dropped} == {"removed", "quarantine"}
    reasons = [json.loads(line) for line in (tmp_path / "clean/reasons.jsonl").read_text().splitlines()]
    assert [list_reasons(one["metadata"]["leakguard"]) for one in dropped] == [list_reasons(one) for one in reasons]
    counted = {name: stats[name].total for name in ("total", "forwarded", "dropped", "dropped_removed", "dropped_quarantine")}
    assert list(counted.values()) == [tally.seen, tally.kept, tally.removed + tally.quarantined, tally.removed, tally.quarantined]
    assert stats["rule_hate-numeric.1488"].total == 6


@pytest.fixture(scope="module")
def block():
    return leakguard.LeakguardFilter()


@pytest.fixture(scope="module")
def guard():
    return leakguard.guard(unseen="drop")


@given(ROWS)
@settings(max_examples=30)
def test_a_document_has_the_fate_of_its_row(block, guard, rows):
    """Text, id and metadata are judged as the row with these columns, by the guard that decides as a clean does."""
    documents = [
        Document(row["text"], str(number), metadata={key: row[key] for key in row if key != "text"}) for number, row in enumerate(rows)
    ]
    kept = [answer is True for answer in block.filter_batch(documents)]
    assert kept == [fate is Fate.KEPT for fate in guard.fates(rows)]
    assert [("leakguard" in document.metadata) for document in documents] == [not one for one in kept]


def test_a_copy_in_the_same_process_uses_the_same_packs(block):
    for other in (pickle.loads(pickle.dumps(block)), copy.deepcopy(block), leakguard.LeakguardFilter()):
        assert other._rules.load() is block._rules.load()


def test_documents_that_cannot_be_checked_are_dropped_or_raise(block):
    """They are never kept: the reason is in the metadata and the stats, or the task ends."""
    documents = [Document("The kettle is on.", "1"), Document("\ud800", "2"), Document("tea", "3", metadata={"response": {"a", "b"}})]
    assert block.filter_batch(documents) == [True, (False, "could not be checked"), (False, "could not be checked")]
    assert [document.metadata.get("leakguard", {}).get("reason") for document in documents] == [None, "lone-surrogate", "no-json"]
    with pytest.raises(UsageError, match="document 2 could not be checked"):
        leakguard.LeakguardFilter(unseen="raise").filter_batch(documents)


def test_a_text_in_the_metadata_is_read_beside_the_text(block):
    assert block.filter(Document("The kettle is on.", "1", metadata={"text": "871, 1488, 305"})) == (False, "removed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"judge_model": "m"}, "judge_model"),
        ({"policy": {"duplicates": "remove"}, "duplicates": "exact"}, "duplicates are counted in all of the data"),
        ({"unseen": "keep"}, "valid: raise, drop"),
        ({"fail_on": "loud"}, "option fail_on"),
    ],
)
def test_settings_that_do_not_fit_are_refused_before_the_pipeline_runs(options, words):
    with pytest.raises(UsageError, match=words):
        leakguard.LeakguardFilter(**options)
