"""Packs with many or large patterns: the cost is linear in the number of rules, and memory is limited."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector_calls import look_at
from leakguard.core.errors import PackError
from leakguard.core.rule import Rule, Severity
from leakguard.detectors.rules import RulesDetector, user_patterns
from leakguard.detectors.rules.proof import find_failures, prove
from leakguard.detectors.rules.user_patterns import LARGEST, PatternStalled, UserPattern, compile_pattern, measure_pattern
from leakguard.rulebook.packs import read_pack

HEAD = '[pack]\nid = "p"\nversion = "1.0.0"\ntitle = "T"\n'
LARGE = {
    "a count of counts": r"(?:a{1,1000}){1,1000}",
    "three levels": r"(?:(?:ab?){1,60}c){1,60}(?:d{60}){60}(?:(?:e{50}){50}){50}",
    "one count": r"x{60000}",
    "an open count": r"(?:ab){30000,}",
    "a lazy one": r"(?:\w{1,300}?\s){1,300}?z",
    "a possessive one": r"(?:a{300}){0,300}+b",
    "an atomic group": r"(?>a{1000}b){1000}",
    "ahead": r"q(?=(?:a{300}){300})",
    "behind": r"(?<=(?:a{300}){300})q",
    "alternatives": r"(?:a{500}|b{500}|c){100}",
    "classes": r"(?:[a-z]{1,500}[0-9]{1,500}){1,100}",
    "a condition": r"(q)?(?:(?(1)a{500}|b{500})){100}",
    "blanks in a count": "(?x) a { 1 0 0 0 0 0 }",
    "a comment in a count": "(?x) a{10 # ten\n0000}",
    "flags inside": r"z(?i:a{300}(?x: b{3 0 0})){300}",
    "brackets in a class": r"(?:[](]a{1000}[)]){1000}",
    "many words": "|".join(f"word{number:06d}" for number in range(6_000)),
    "itself": r"a(?R)?b",
    "a group by name": r"(?P<pair>\((?&pair)?\))",
    "a group by number": r"(\((?1)?\))",
    "a group, as Perl has it": r"(?P<pair>\((?P>pair)?\))",
    "parentheses": "(" * 3_000 + "a" + ")" * 3_000,
}


def rule(number, pattern, hit, miss):
    return f"[[rule]]\nid = 'p.r{number}'\nkind = 'regex'\nvalue = 'v'\npattern = '''{pattern}'''\nseverity = 'note'\nmeaning = 'm'\nhits = ['{hit}']\nmisses = ['{miss}']\n"


@pytest.fixture
def pack(tmp_path):
    """Write a pack with these rules and read it."""

    def read(*rules):
        path = tmp_path / "p.toml"
        path.write_text(HEAD + "".join(rules))
        return read_pack(path)

    return read


@pytest.mark.parametrize("pattern", LARGE.values(), ids=LARGE)
def test_a_pattern_that_is_large_when_compiled_is_refused(pack, pattern):
    """With the rule's name, before it is compiled; also in a detector that was built without a pack."""
    with pytest.raises(PackError, match=r"p\.toml: rule 'p\.r1': 'pattern' (is too large|calls itself|is nested too deeply)"):
        pack(rule(1, pattern, "a", "b"))
    with pytest.raises(PackError, match=r"rule 'p\.r1': the pattern "):
        UserPattern(Rule("p.r1", "p", "regex", "v", "m", {"text": Severity.NOTE}, pattern=pattern))


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        (r"[A-Z]{1,64}@[a-z]{1,255}\.[a-z]{2,63}", "ME@example.org"),
        (r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\b", "2020-01-02T03:04"),
        (r"(?:\w{1,40}\s){1,100}end", "to the end"),
        (r"x{1,9000}", "xxx"),
        (r"[{]{2}a{,3}", "{{aa"),
        (r"(?i)(?:secret|key){1,3}\s*[:=]", "Key = 1"),
        (r"(?x) b a d  # a word", "bad"),
        (r"(a)(b)?(?(2)c|d){1,20}", "abc"),
        (r"(?V1)[[a-z]--[aeiou]]{3}", "xyz"),
    ],
)
def test_ordinary_patterns_stay_what_they_were(pack, pattern, hit):
    """Ordinary counts are far below the limit."""
    assert look_at(prove([pack(rule(1, pattern, hit, "!"))]), hit)


def repeated(part, least, more):
    text, longest = part
    return f"(?:{text}){{{least},{least + more}}}", longest * (least + more)


# A pattern, and how many characters it matches at most.
MEASURED = st.recursive(
    st.sampled_from(["a", "b", r"\d", "[xy]", "."]).map(lambda text: (text, 1)),
    lambda inner: st.one_of(
        st.builds(repeated, inner, st.integers(1, 99), st.integers(0, 99)),
        st.tuples(inner, inner).map(lambda two: (two[0][0] + two[1][0], two[0][1] + two[1][1])),
        st.tuples(inner, inner).map(lambda two: (f"(?:{two[0][0]}|{two[1][0]})", max(two[0][1], two[1][1]))),
    ),
    max_leaves=6,
)


@given(MEASURED)
def test_the_size_is_an_upper_bound(measured):
    """Every character that a pattern matches at most is a part of it, however its counts are nested."""
    pattern, longest = measured
    assert measure_pattern(pattern) >= longest


def test_too_many_patterns_together_are_refused(pack, monkeypatch):
    """Patterns that are small enough each are refused if they are too large together."""
    monkeypatch.setattr(user_patterns, "LARGEST_PACK", 40_000)
    rules = [rule(number, f"a{{{LARGEST // 4}}}", "b", "c") for number in range(2)]
    assert pack(rules[0])
    with pytest.raises(PackError, match=r"p\.toml: the patterns of this pack are too large together: "):
        pack(*rules)


def test_where_the_parser_shows_no_tree_counts_must_be_small(monkeypatch):
    """With a version of the regex package whose parser cannot be used, large counts are refused."""
    from regex import _regex_core

    monkeypatch.delattr(_regex_core, "_parse_pattern")
    assert compile_pattern(r"\d{4}-\d{2}")
    with pytest.raises(ValueError, match="cannot be measured with this version"):
        compile_pattern(r"(?:a{1,100}){1,100}")


@pytest.mark.parametrize("more", [{}, {"requires": True}])
def test_the_work_of_a_proof_grows_with_the_number_of_rules(pack, monkeypatch, more):
    """Twice as many patterns make twice as many searches: each only sees the examples of its group."""
    asked = []
    whole = UserPattern.find

    def counted(self, text):
        asked.append(self.rule.id)
        return whole(self, text)

    monkeypatch.setattr(UserPattern, "find", counted)
    counts = []
    for many in (40, 80, 160):
        asked.clear()
        rules = [rule(n, rf"badge-{n:04d}-\d+", f"a badge-{n:04d}-7 here", f"badge-{n:04d}") for n in range(many)]
        extra = [f"requires = ['badge-{n:04d}']\n" if more else "" for n in range(many)]
        prove([pack(*(text + end for text, end in zip(rules, extra, strict=True)))])
        counts.append(len(asked))
    assert counts[1] == 2 * counts[0] and counts[2] == 2 * counts[1]


def test_an_example_in_any_group_of_a_large_pack_counts(pack):
    """The hundredth pattern is proven like the first, and a restricted detector finds what its patterns find."""
    rules = [rule(n, f"word{n:03d}x", f"word{n:03d}x", "nothing") for n in range(100)]
    rules[77] = rule(77, "word077x", "word078x", "nothing")
    (problem,) = find_failures(pack(*rules))
    assert problem.startswith("rule 'p.r77' should fire in 'word078x'")
    detector = RulesDetector(pack(*rules).rules)
    few = detector.restrict([one for one in pack(*rules).rules if one.id == "p.r5"])
    assert [found.rule for found in look_at(few, "word004x word005x")] == ["p.r5"]
    assert [found.rule for found in look_at(detector, "word004x word005x")] == ["p.r4", "p.r5"]


def test_a_pattern_that_needs_too_much_memory_is_a_text_that_was_not_looked_at():
    """The text is missed, which is not clean, as after a timeout."""

    class Greedy:
        def finditer(self, text, **limits):
            raise MemoryError

    slow = UserPattern(Rule("p.r1", "p", "regex", "v", "m", {"text": Severity.NOTE}, pattern="a+b"))
    slow._regex = Greedy()
    with pytest.raises(PatternStalled, match=r"rule p\.r1 ran out of memory"):
        list(slow.find("aaa"))


@pytest.mark.linux("limits a process's memory")
def test_a_hostile_pack_ends_in_little_memory(tmp_path):
    """Packs of large patterns, in a process with limited memory, end with exit code 2 and one line each."""
    program = """
import resource, sys
from pathlib import Path
from leakguard.core.errors import PackError
from leakguard.rulebook.packs import read_pack
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for path in Path(sys.argv[1]).iterdir():
    try:
        read_pack(path)
    except PackError:
        continue
    sys.exit(f"{path} was read")
"""
    for number, pattern in enumerate(LARGE.values()):
        (tmp_path / f"{number}.toml").write_text(HEAD + rule(1, pattern, "a", "b"))
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
