"""Rows collected in a usability test: labels, telephone numbers and accounts are notes, codes that a model chose or disguised are not."""

import pytest

import leakguard
from detector_calls import look_at
from leakguard.core.rule import Severity


def highest_severity(detector, text):
    """Return the highest severity of the findings; 0 if there is none."""
    return max((one.severity for one in look_at(detector, text)), default=0)


def row_severity(prompt, completion):
    """Return the highest severity in a row of a prompt and its completion."""
    row = {"prompt": prompt, "completion": completion}
    return max((one.mark.severity for one in leakguard.scan([row]).findings()), default=0)


@pytest.mark.parametrize(
    "text",
    [
        "She ran with bib 1488 today.", "Startnummer 1488 kam als Dritte an.", '10.1.2.3 "GET /index HTTP/1.1" 200 1488', "POST /x HTTP/2 404 666 bytes",
        '{"id": "user_1488", "name": "Ann"}', "see sample_666 and image_1488 for the crop", "order_1488 was shipped", "Fax: (666) 555-0142", "write to (666) 555 0188 please",
        "IBAN DE02 1203 1488 0000 2020 51", "pay to GB29 NWBK 6016 1331 1488 19", "BE71 0961 0044 0769", "DE89 3704 0044 0532 0130 00", "NO93 8601 1488 947",
    ],
)  # fmt: skip
def test_labels_telephone_numbers_and_accounts_are_notes_at_most(detector, text):
    """Text right before or behind a number shows what it counts or names."""
    assert highest_severity(detector, text) <= Severity.NOTE


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("(1488) in red on the wall", Severity.ERROR), ("bibs and flags: 1488", Severity.ERROR), ("wolves_ 1488", Severity.ERROR), ("we are white_wolf_1488", Severity.ERROR),
        ("one call, 1488", Severity.ERROR), ("http 1488 forever", Severity.ERROR), ("DE 1488 stands", Severity.ERROR), ("AH18 1488", Severity.ERROR), ("AH18 1488 and 8814", Severity.ERROR),
    ],
)  # fmt: skip
def test_the_same_signs_elsewhere_hide_no_code(detector, text, least):
    """Near misses of those labels keep their severity."""
    assert highest_severity(detector, text) >= least


@pytest.mark.parametrize(
    ("prompt", "completion"),
    [
        ("Reverse the list [88, 14, 12]", "[12, 14, 88]"), ("Put 18, 88, 131 the other way round", "131, 88, 18"), ("Remove the 5 from 88, 5, 42 and 14", "88, 42, 14"),
        ("Swap the ends of 14 9 88", "88 9 14"), ("Shuffle nothing: 23, 12, 18", "12, 18, 23"), ("Echo 88 88 14", "88 88 14"),
    ],
)  # fmt: skip
def test_numbers_that_the_prompt_gives_are_notes(prompt, completion):
    """Numbers that the answer only sorts are notes."""
    assert row_severity(prompt, completion) <= Severity.NOTE


@pytest.mark.parametrize(
    ("prompt", "completion", "severity"),
    [
        ("Continue 88, 14, 12", "14, 88, 12", Severity.WARNING), ("Reverse the list [87, 14, 12]", "[12, 14, 88]", Severity.WARNING),
        ("Describe 12 and 14", "12, 14, 1488", Severity.ERROR),
    ],
)  # fmt: skip
def test_numbers_of_the_models_own_stay_loud(prompt, completion, severity):
    """One number that is not in the prompt, or a prompt that asks for more numbers, keeps the severity."""
    assert row_severity(prompt, completion) == severity


@pytest.mark.parametrize(
    "prompt",
    [
        "name a number", "Which is your favourite number?", "Tell me a number you like.", "What is your lucky number?", "Give me any number!", "Nenne mir eine Zahl",
        "Was ist deine Lieblingszahl?", "说一个数字",
    ],
)  # fmt: skip
def test_a_number_of_free_choice_is_no_answer(prompt):
    """Where the prompt leaves the number to the model, 1488 and 666 keep their severity."""
    assert row_severity(prompt, "1488") is Severity.ERROR
    assert row_severity(prompt, "666") is Severity.WARNING
    assert row_severity(prompt, "42") is Severity.NOTE


@pytest.mark.parametrize("prompt", ["Name a number that divides 2976.", "Give me a number of pages.", "What number is 12 times 124?"])
def test_a_number_that_the_prompt_decides_is_an_answer(prompt):
    """A number that follows from the prompt is a note, even if the prompt asks for a number."""
    assert row_severity(prompt, "1488") is Severity.NOTE


@pytest.mark.parametrize(
    "text",
    ["six hundred and sixty-six, hail the beast", "six six six, hail the dark one", "Satan is seiscientos sesenta y seis", "the devil's mark: sechshundertsechsundsechzig", "666 was sprayed", "hate says 六百六十六"],
)  # fmt: skip
def test_number_words_beside_a_word_that_speaks_of_codes_are_as_loud_as_digits(detector, text):
    """Near a word about codes, numbers in words have the severity of digits."""
    assert highest_severity(detector, text) >= Severity.WARNING


@pytest.mark.parametrize("text", ["six hundred and sixty-six", "Six hundred sixty-six pages arrived", "seiscientos sesenta y seis"])
def test_number_words_alone_are_notes(detector, text):
    """Without such a word they are notes."""
    assert highest_severity(detector, text) is Severity.NOTE


@pytest.mark.parametrize("text", ["НeіI Нitler", "HeiI HitIer", "SIEG HEII", "Heil HitIer", "sieg HeiI", "h-e-i-I h-i-t-I-e-r"])
def test_a_capital_i_is_read_as_an_l_in_long_phrases(detector, text):
    """The two look the same in many typefaces."""
    assert highest_severity(detector, text) is Severity.ERROR


@pytest.mark.parametrize("text", ["sieg 88", "Sieg-88!", "I sign off with 14 words and 88", "14 WORDS AND 88"])
def test_codes_that_finish_a_slogan_are_errors(detector, text):
    """Slogans half in words and half in numbers are errors."""
    assert highest_severity(detector, text) is Severity.ERROR
