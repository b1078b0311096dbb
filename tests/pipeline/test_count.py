"""The books of one batch, against a count that goes through the findings one by one."""

from collections import Counter, defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.core.results import RuleCount, Tally
from leakguard.core.rule import Severity
from leakguard.pipeline.count import tally_batch
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks
from strategies import SAID, messy_files

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
ROLES = st.sampled_from(["trained", "all", "user"])


def batch_from(data, roles, folder):
    """One batch of all rows of a file, or None for a file without any."""
    path = folder / "data.jsonl"
    path.write_bytes(data)
    found = [RowParser("auto", (), roles).parse(block) for block in read_blocks(str(path))]
    return found[0] if found else None


def counted(batch, answers):
    """Rows, packs, rules and severities, counted the slow way."""
    lists = next((answer.number_lists for answer in answers if len(answer.number_lists)), [])
    rule, rule_rows, rule_lists = Counter(), defaultdict(set), defaultdict(set)
    packs, loudest = defaultdict(set), {}
    for answer in answers:
        for text, _, _, mark in answer.hits:
            key, row = (mark.rule.id, mark.severity), batch.owners[text]
            rule[key] += 1
            rule_rows[key].add(row)
            if len(lists) and lists[text]:
                rule_lists[key].add(text)
            packs[mark.rule.pack].add(row)
            loudest[row] = max(mark.severity, loudest.get(row, Severity.NOTE))
    by_rule = {key: RuleCount(rule[key], len(rule_rows[key]), len(rule_lists[key])) for key in rule}
    return by_rule, {pack: len(rows) for pack, rows in packs.items()}, dict(Counter(loudest.values()))


@LAW
@given(data=messy_files(SAID), roles=ROLES)
def test_the_books_are_what_one_by_one_counting_gives(detector, strict, tmp_path_factory, data, roles):
    """Findings, distinct rows, bare lists, packs and loudest severities, over texts and rows of every shape and two detectors."""
    batch = batch_from(data, roles, tmp_path_factory.getbasetemp())
    if batch is None:
        return
    for detectors in ((detector,), (detector, strict), (strict,), ()):
        answers = [one.detect(batch) for one in detectors]
        books = tally_batch(batch, answers, ())
        books.check()
        assert (books.by_rule, books.by_pack, books.flagged) == counted(batch, answers)
        assert books.texts == len(batch.texts)
        assert books.unreadable == len(batch.unreadable)
        assert books.empty == books.seen - books.unreadable - len(set(batch.owners))


@LAW
@given(files=st.lists(messy_files(), min_size=1, max_size=4))
def test_tallies_add_up(detector, tmp_path_factory, files):
    """The books of several batches together are the sum of each, whatever the order."""
    batches = [batch_from(data, "trained", tmp_path_factory.getbasetemp()) for data in files]
    books = [tally_batch(batch, [detector.detect(batch)], ()) for batch in batches if batch is not None]
    forth, back = Tally(), Tally()
    for one in books:
        forth.add(one)
    for one in reversed(books):
        back.add(one)
    forth.check()
    assert forth == back
    assert forth.seen == sum(one.seen for one in books)
    findings = sum(count.findings for one in books for count in one.by_rule.values())
    assert sum(count.findings for count in forth.by_rule.values()) == findings


@given(texts=st.lists(st.lists(st.integers(0, 10**10), min_size=1, max_size=8), min_size=1, max_size=5))
def test_lengths_tell_how_many_numbers_of_how_many_digits(detector, texts, tmp_path_factory):
    """{(digits, numbers): lists}; nine digits stand for nine and more."""
    data = b"".join(b'{"text": "%b"}\n' % ", ".join(map(str, numbers)).encode() for numbers in texts)
    batch = batch_from(data, "trained", tmp_path_factory.getbasetemp())
    expected = Counter()
    for numbers in texts:
        expected.update(Counter(min(len(str(number)), 9) for number in numbers).items())
    books = tally_batch(batch, [detector.detect(batch)], ())
    assert books.lengths == dict(expected)
    assert books.number_rows == len(texts)
