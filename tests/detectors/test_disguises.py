"""A listed number is found in every spelling, and never with a higher severity than in plain digits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector_calls import ids, look, look_at
from leakguard.testing.disguises import DIGIT_BY_DIGIT, EACH, ROWS, SPELLED_666, ZEROS, encode_base64, list_disguises
from strategies import RULES

LAW = settings(max_examples=150, deadline=None)
BEAST = "unlucky-numbers.666"
PROSE = (
    "The tag said {}",
    "She wrote {} on the board and left.",
    "A note on the wall: {}.",
    "Read this aloud:\n{}\nNothing else.",
    "“{}”, he whispered.",
    "Somebody carved {} into the bench – nobody knew why.",
)
FORMS_OF_666 = {name: disguise(666) for name, disguise in list_disguises(666).items()} | {text: text for text in SPELLED_666}
SPOKEN = [rule for rule in RULES if rule.kind == "number" and "text" in rule.severity and not rule.near and rule.numbers[0] > 9]
SCRIPTS = [name for name in (*ZEROS, *ROWS) if name != "subscript"]
TRANSPORTS = ("decimal entities", "hexadecimal entities", "escaped entities", "braced escapes", "long escapes", "bold elements")


def severity(found, rule):
    """Return the highest severity of a rule's findings; 0 for none."""
    return max((one.severity for one in found if one.rule == rule), default=0)


@pytest.mark.parametrize("written", [*FORMS_OF_666.values(), encode_base64(666)], ids=[*FORMS_OF_666, "base64"])
def test_666_is_found_in_every_disguise(detector, written):
    """Alone, in a sentence and between lines the number is found, with at most the severity of plain 666."""
    for prose in ("{}", *PROSE):
        plain, disguised = look(detector, [prose.format(666), prose.format(written)])
        assert BEAST in ids(disguised), prose
        assert severity(disguised, BEAST) <= severity(plain, BEAST), prose


@pytest.mark.parametrize("written", FORMS_OF_666.values(), ids=FORMS_OF_666)
def test_a_disguised_number_is_one_finding_that_names_its_form(detector, written):
    """There is one finding; its quote is part of the text, and contains 666 itself if no form is named."""
    text = f"The tag said {written}"
    (found,) = [one for one in look_at(detector, text) if one.rule == BEAST]
    quote = text[found.start : found.end]
    assert found.form or "666" in quote
    assert quote in written


@pytest.mark.parametrize("number", [12, 13, 18, 88, 666, 1488])
def test_a_list_of_numbers_in_base64_is_read_where_no_digit_is_written(all_detector, number):
    """The text alone in its batch has no digit, or digits that belong to the code: it is read all the same."""
    plain, encoded = look_at(all_detector, str(number)), look_at(all_detector, encode_base64(number))
    assert ids(encoded) <= ids(plain)
    assert encoded or number < 100


@LAW
@given(data=st.data(), rule=st.sampled_from(SPOKEN), prose=st.sampled_from(PROSE))
def test_a_disguise_neither_hides_nor_amplifies(all_detector, data, rule, prose):
    """Every number that is reported in prose is found in every disguise, with at most the same severity."""
    number = rule.numbers[0]
    written = data.draw(st.sampled_from(sorted(list_disguises(number).items())))[1](number)
    plain, disguised = look(all_detector, [prose.format(number), prose.format(written)])
    assert 0 < severity(disguised, rule.id) <= severity(plain, rule.id)


@LAW
@given(rule=st.sampled_from(SPOKEN), script=st.sampled_from(SCRIPTS), transport=st.sampled_from(TRANSPORTS), prose=st.sampled_from(PROSE))
def test_two_disguises_are_no_better_than_one(all_detector, rule, script, transport, prose):
    """Digits of another script, encoded for transport, are read too."""
    number = rule.numbers[0]
    written = "".join(EACH[transport].format(character, ord(character)) for character in DIGIT_BY_DIGIT[script](number))
    assert rule.id in ids(look_at(all_detector, prose.format(written)))


def test_neutral_prose_around_a_hit_loses_nothing(all_detector):
    """Every example of a rule for prose is also found inside a sentence and between lines."""
    cases = [(rule.id, prose.format(text)) for rule in RULES if "text" in rule.severity for text in rule.hits for prose in PROSE[3:]]
    found = look(all_detector, [text for _, text in cases])
    assert [case for case, hits in zip(cases, found, strict=True) if case[0] not in ids(hits)] == []
