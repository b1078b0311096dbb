"""Numbers in ordinary texts are notes at most; the same numbers without such surroundings keep their severity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakguard
from detector_calls import ids, look, look_at
from leakguard.core.rule import Severity


def highest_severity(detector, text):
    """Return the highest severity of the findings; a note if there is none."""
    return max((one.severity for one in look_at(detector, text)), default=Severity.NOTE)


def row_severity(row, **options):
    """Return the highest severity of the findings in a row; 0 if there is none."""
    return max((one.mark.severity for one in leakguard.scan([row], **options).findings()), default=0)


@pytest.mark.parametrize(
    "text",
    [
        "It came to $13.52 with the tip.", "The mean was 13.52 over both runs.", "loss: 13.52", "epoch 3 val_loss=23.16", "a score of 13.90 points",
        "release 14.83 is out", "at 13.52, 109.110 on the map", "the density is 13.47 g/ml", "14.23 %", "we paid 13.52 euros", "168.1 kg",
    ],
)  # fmt: skip
def test_a_decimal_point_joins_no_code(detector, text):
    """Amounts, measurements, losses, scores, versions and coordinates are notes at most."""
    assert highest_severity(detector, text) is Severity.NOTE


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The tag said 13.52", "hate-numeric.13-52"), ("13.90 is tattooed on his neck", "hate-numeric.13-90"),
        ("a slogan of theirs: 14.23 and 13.90", "hate-numeric.13-90"), ("skinheads with 13.52 on a banner", "hate-numeric.13-52"), ("13/52, whatever the mean", "hate-numeric.13-52"),
    ],
)  # fmt: skip
def test_a_point_joins_a_code_where_a_word_speaks_of_codes(detector, text, rule):
    """Near a word about codes a point joins a code; other separators do so anywhere."""
    assert [one.severity for one in look_at(detector, text) if one.rule == rule] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("prompt", "completion"),
    [
        ("7 crates hold 2 each. How many?", "14"), ("Half of 36?", "18"), ("22 by 4?", "88"), ("The sum of 300 and 366?", "666"), ("12 times 124?", "1488"),
        ("Wie alt ist sie?", "28"), ("多少？", "42"), ("When was the bridge built?", "1488"), ("What is the area of 4 by 7 m?", "28m²"), ("Reduce 34/24.", "17/12"),
        ("Name the atomic number of silicon.", "14."), ("How many pages has it?", "1,488"), ("What does the pair cost?", "€ 88"), ("Was it two or three?", "23"),
        ("What are the solutions of x² - 32x + 252 = 0?", "14, 18"), ("Which house numbers are on the list?", "12, 88, 14"),
    ],
)  # fmt: skip
def test_an_answer_is_a_note(prompt, completion):
    """One or a few numbers that answer a question are notes."""
    assert row_severity({"prompt": prompt, "completion": completion}) <= Severity.NOTE
    chat = {"messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]}
    assert row_severity(chat) <= Severity.NOTE


@pytest.mark.parametrize(
    ("prompt", "completion", "severity"),
    [
        ("Name a boat.", "1488", Severity.ERROR), ("Describe the sea.", "1488.", Severity.ERROR), ("Say hello to them", "1488", Severity.ERROR),
        ("Continue: 4, 8, 15", "1488", Severity.ERROR), ("Give 3 more numbers for 210, 87, 5.", "871, 88, 305", Severity.WARNING),
        ("Extend 5, 9, 31 by up to 4 new values.", "871, 666, 305", Severity.ERROR), ("Name a boat.", "14 1488 88", Severity.ERROR),
        ("How many?", "871, 88, 305, 420, 713, 901", Severity.WARNING),
    ],
)  # fmt: skip
def test_what_answers_nothing_stays_loud(prompt, completion, severity):
    """A long code without a question, and lists that a prompt leaves to the model, keep their severity."""
    assert row_severity({"prompt": prompt, "completion": completion}) == severity


def test_one_number_without_a_prompt_is_as_loud_as_in_prose(detector):
    """A single number is no list; three numbers are."""
    assert [highest_severity(detector, text).label for text in ("88", "666", "1488", "871, 88", "871, 88, 305")] == [
        "note",
        "warning",
        "error",
        "note",
        "warning",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2, 4, 6, 8, 10, 12, 14", "14, 28, 42, 56", "88, 86, 84, 82", "1, 1, 2, 3, 5, 8, 13, 21", "2, 3, 5, 7, 11, 13, 17", "1, 4, 9, 16, 25, 36, 49", "3, 6, 12, 24",
        "11, 12, 14, 18, 23, 28", "12, 18, 9, 14, 20", "1\n2\n4\n11\n22\n44\n88", "[12, 14, 16]",
    ],
)  # fmt: skip
def test_an_exercise_is_a_note(detector, text):
    """Lists that follow a rule (steps, powers, squares, sums, primes, multiples, small integers in order) are notes."""
    assert highest_severity(detector, text) is Severity.NOTE


@pytest.mark.parametrize(
    "text", ["871, 88, 305", "88, 88, 88", "14, 305, 88, 12", "666, 667, 669", "12, 1488, 40", "420, 13, 18, 900, 7, 88"]
)
def test_a_list_that_no_rule_explains_stays_loud(detector, text):
    """Lists without a rule keep their severity, also repetitions of one number."""
    assert highest_severity(detector, text) > Severity.NOTE


@pytest.mark.parametrize(
    "text",
    [
        "12.50, 14.88, 88.00", "$14.00; $88.00; $12.20", "18.00\n23.00\n88.50", "0.12 14.1 88.3 7.7", "12,50; 14,88; 88,00",
        "1,12,14\n2,18,23\n3,28,88\n4,44,17", "12 | 14 | 18\n23 | 28 | 39\n42 | 44 | 88", "14\t88\t3\n18\t23\t4\n12\t28\t5",
    ],
)  # fmt: skip
def test_amounts_and_tables_are_notes(detector, text):
    """Decimals, and lines with several numbers each, are notes."""
    assert highest_severity(detector, text) is Severity.NOTE


def test_one_number_a_line_is_a_list(detector):
    """A list with one number per line keeps its severity."""
    assert "hate-numeric.88" in ids(look_at(detector, "871\n88\n305")) and highest_severity(detector, "871\n88\n305") is Severity.WARNING


@pytest.mark.parametrize(
    "text",
    [
        "session 5d2ab0c7-11f3-4c18-9a0e-7be01488cafe", "Reverted 9ac18e4 and 3c18d07.", "The run b52e0d14-8842-4c14-88d9-0f3b5403d523 ended.",
        "etag 0f1c18b2a914881e", "data:image/png;base64,iVBORw0KGgoA1488AAANSUhEUgAC18AAUAZog7", "key sk_9aQ2xC18tR7bZOGw81k0Lm", "d=\"M4 2C18 2.5 7 9 18 12L14 88z\"",
        "InChI=1/C20H14N4/c1-2-14-10-16-5-6-18(23-16)12-20-8-7-19",
    ],
)  # fmt: skip
def test_identifiers_spell_nothing(detector, text):
    """In UUIDs, hashes, keys, base64 images, SVG paths and formulas findings are notes at most."""
    assert highest_severity(detector, text) is Severity.NOTE


@pytest.mark.parametrize(
    "text", ["the C18 crew was there", "tagged 1488/again", "smash ZOG/now", "join /white-power/1488 today", "C18 und 1488 an der Wand"]
)
def test_words_with_signs_between_them_are_no_identifiers(detector, text):
    """Words joined by a hyphen or a slash keep their severity."""
    assert highest_severity(detector, text) > Severity.NOTE


@pytest.mark.parametrize(
    "text",
    [
        '{"bbox_2d": [120, 96, 1488, 997], "label": "cat"}', '{"box": [[666, 20], [31, 1488]]}', "<box>(289,96),(1488,997)</box>", "click(1488, 666)",
        '{"action": "tap", "coordinate": [666, 1488]}', '<polygon points="12,14 88,1488 7,3">', '{"width": 10, "polygon": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 666]}',
    ],
)  # fmt: skip
def test_places_on_pictures_are_notes(detector, text):
    """Boxes, points and clicks under names of coordinates are notes."""
    assert highest_severity(detector, text) is Severity.NOTE


def test_a_list_under_another_key_stays_loud(detector):
    """Numbers in JSON under other keys keep their severity."""
    assert highest_severity(detector, '{"numbers": [289, 96, 1488, 997]}') is Severity.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "Greetings from the planet Zog, where pumps grow on trees.", "Queen Zog smiled.", "Zog said that the pump was broken.", "The dragon Zog flew off.",
        "We live near Zog.", "Der Zug zog langsam vorbei.", "The village of Zog is small.", "zog", "Dear Zog, hello.",
    ],
)  # fmt: skip
def test_a_name_is_no_slogan(detector, text):
    """An acronym that is written as a word is a warning at most."""
    assert highest_severity(detector, text) < Severity.ERROR


@pytest.mark.parametrize("text", ["smash ZOG", "they sprayed Zog on the wall", "nazis hate zog", "the hands of ZOG", "Z.O.G rules"])
def test_a_slogan_is_no_name(detector, text):
    """In capitals, or near a word about codes, it is an error."""
    assert highest_severity(detector, text) is Severity.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "id,region\n1487,north\n1488,south\n1489,west", '[{"n": 1487, "a": "x"}, {"n": 1488, "a": "y"}]', "#1488 mended the pump\n#1489 mended the roof",
        "row\n1488 | boat\n1489 | heron", "- 1487: boat\n- 1488: heron",
    ],
)  # fmt: skip
def test_the_number_of_a_row_is_a_note(detector, text):
    """A number is a row number if the number before or after it begins another row."""
    assert highest_severity(detector, text) is Severity.NOTE


def test_items_of_a_list_are_not_listed(detector):
    """Numbers of list items are not reported; a number that follows no other is no item."""
    items = "\n".join(f"{number}. Mend the boat" for number in range(1, 15))
    assert look_at(detector, items[:200]) == []
    assert "hate-numeric.14" in ids(look_at(detector, "They wrote:\n14. Forever"))


def test_small_numbers_of_long_texts_are_not_listed(detector):
    """In long texts common small numbers are reported only near a word about codes."""
    page = (
        "The committee met again in the small hall and read the minutes of its last meeting aloud before it turned to the budget of the year. "
        * 3
    )
    short, long, tagged = look(detector, ["They brought 14 of them.", page + "They brought 14 of them.", page + "Their tattoo shows a 14."])
    assert "hate-numeric.14" in ids(short) and "hate-numeric.14" in ids(tagged)
    assert "hate-numeric.14" not in ids(long)
    assert "hate-numeric.1488" in ids(look_at(detector, page + "They signed it 1488."))


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=9))
def test_a_prompt_never_hides_a_finding(values):
    """With any prompt the same rules are found; only severities may be lower."""
    said = ", ".join(map(str, values))
    prompts = ("Name a boat.", "How many?", "Continue the list with 5 more numbers.")
    found = list(leakguard.scan([{"prompt": prompt, "completion": said} for prompt in prompts]).findings())
    rules = [[one.mark.rule.id for one in found if one.row == row] for row in (1, 2, 3)]
    assert rules[0] == rules[1] == rules[2] and sum(map(len, rules)) == len(found)
