"""The table [gate]: what is written is read back, and nothing else is understood."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.gate import GatePolicy, RequiredCertificate, RequiredLineage, RequiredResult
from leakguard.settings import Settings
from leakguard.settings.files import from_toml, to_toml
from leakguard.settings.gate_table import KNOWN_DETECTORS, MANIFEST, gate_table, read_gate_policy
from leakguard.settings.values import InvalidValue

WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
WORDS = st.lists(WORD, min_size=1, max_size=2).map(tuple)
SHARE = st.floats(0, 1)
CERTIFICATES = st.builds(
    RequiredCertificate,
    traits=WORDS,
    left=SHARE,
    skill=SHARE,
    loss=SHARE,
    seeds=st.integers(2, 9),
    files=st.just(()) | WORDS,
    base=st.just("") | WORD,
    recipe=st.fixed_dictionaries({}, optional={"tunes": st.sampled_from(["norms", "lora"]), "updates": st.integers(0, 9), "rate": SHARE}),
    weights=st.booleans(),
)
POLICIES = st.builds(
    GatePolicy,
    rates=st.dictionaries(WORD, SHARE, max_size=3).map(lambda rates: {"error": 0.0, **rates}),
    detectors=st.lists(st.sampled_from(KNOWN_DETECTORS), max_size=2).map(tuple),
    max_unreadable=SHARE,
    max_undetermined=SHARE,
    confidence=st.floats(0.5, 0.9999),
    manifest=st.sampled_from(MANIFEST),
    manifest_inputs=st.booleans(),
    results=st.lists(st.builds(RequiredResult, WORD, WORDS, st.just(()) | WORDS, st.sampled_from([None, 0.6])), max_size=2).map(tuple),
    certificate=st.none() | CERTIFICATES,
    lineage=st.none() | st.builds(RequiredLineage, WORD, WORD, WORD),
    signed_by=st.just(()) | WORDS,
    attestations=st.just(()) | WORDS,
)


@given(POLICIES)
def test_a_policy_survives_a_file(policy):
    """As a table, and as a settings file."""
    assert read_gate_policy(gate_table(policy)) == policy
    assert from_toml(to_toml(Settings(gate=policy))).gate == policy


def test_what_a_policy_does_not_name_stays_strict():
    """A table with a rate for warnings still bans errors and unreadable rows."""
    assert read_gate_policy({"rates": {"warning": 0.1}}) == GatePolicy(rates={"error": 0.0, "warning": 0.1})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("rate = 1", "unknown key 'rate'; did you mean 'rates'?"),
        ("rates = 1", "rates: expected a table"),
        ("rates = { error = -1 }", "rates: error: expected a share"),
        ("rates = { error = nan }", "rates: error: expected a share"),
        ("rates = { error = true }", "rates: error: expected a share"),
        ('detectors = ["rulez"]', "did you mean 'rules'?"),
        ("max-unreadable = true", "max-unreadable: expected a share"),
        ("max-undetermined = 1.5", "max-undetermined: expected a share"),
        ("confidence = 1.0", "confidence: expected a number"),
        ('manifest = "yes"', "manifest: unknown value 'yes'"),
        ("manifest-inputs = 1", "expected true or false"),
        ("results = 1", "expected tables"),
        ("signed-by = 1", "signed-by: expected a text or a list of texts"),
        ("lineage = 1", "lineage: expected a table with file, teacher, student"),
        ('lineage = { file = "a", teacher = "b" }', "lineage: it needs student"),
        ('lineage = { file = "a", teacher = "b", pupil = "c" }', "unknown key 'pupil'"),
        ('results = ["a"]', "expected a table with file and verdicts"),
        ('results = [{ file = "a" }]', "a: name at least one verdict"),
        ('results = [{ verdicts = ["a"] }]', "a result needs its file"),
        ('results = [{ file = "a", verdicts = ["b"], max-tolerance = 1 }]', "max-tolerance: expected an AUROC between 0.5 and 1"),
        ("certificate = 1", "certificate: expected a table"),
        ("certificate = { left = 0.1 }", "certificate: name at least one trait"),
        ('certificate = { trait = "owl" }', "certificate: unknown key 'trait'; did you mean 'traits'?"),
        ('certificate = { traits = ["owl"], skill = 1.1 }', "certificate: skill: expected a share"),
        ('certificate = { traits = ["owl"], seeds = 1 }', "certificate: seeds: expected a whole number, 2 or more"),
        ('certificate = { traits = ["owl"], recipe = { updat = 1 } }', "certificate: recipe: unknown key 'updat'; did you mean 'updates'?"),
        ('certificate = { traits = ["owl"], recipe = { rank = true } }', "certificate: recipe: rank: expected a number"),
        ('certificate = { traits = ["owl"], recipe = { updates = "120" } }', "certificate: recipe: updates: expected a number"),
        ('certificate = { traits = ["owl"], recipe = { rate = nan } }', "certificate: recipe: rate: expected a number"),
        ('certificate = { traits = ["owl"], recipe = { tunes = "NORMS" } }', "certificate: recipe: tunes: expected one of norms"),
        ('results = [{ file = "a", verdict = "a" }]', "unknown key 'verdict'; did you mean 'verdicts'?"),
    ],
)
def test_what_means_nothing_is_refused(table, words):
    """The error names the key and what was expected."""
    with pytest.raises(InvalidValue) as error:
        read_gate_policy(tomllib.loads(table))
    assert words in str(error.value)
