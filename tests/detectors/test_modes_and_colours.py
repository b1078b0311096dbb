"""File modes, colours, addresses and references contain digits that are codes elsewhere."""

import pytest

from detector_calls import look_at
from leakguard.core.rule import Severity


def highest_severity(detector, text):
    """Return the highest severity of the findings; 0 if there is none."""
    return max((one.severity for one in look_at(detector, text)), default=0)


@pytest.mark.parametrize(
    "text",
    [
        "0640 for the group and 0666 for everybody", "either 0666 or, on shared hosts, 0600", "la socket est créée en 0666 (accès libre)",
        "il socket ha modo 0666", "permessi del file: 0666", "plik ma tryb 0666", "gniazdo 0666 (dostęp dla wszystkich)", "сокет 0666 (доступ для всех)", "ソケットのモードは 0666 である",
    ],
)  # fmt: skip
def test_a_mode_of_a_file_is_a_note(detector, text):
    """Beside another mode, or a word for access in several languages, it is a note."""
    assert highest_severity(detector, text) <= Severity.NOTE


@pytest.mark.parametrize(
    "text", ["captions in grey (#666)", "lines: stroke '#666', 2 px", 'text color "#666"', "fill `#666` for the arrows"]
)
def test_a_colour_behind_its_word_is_a_note(detector, text):
    """Also in quotes and brackets."""
    assert highest_severity(detector, text) <= Severity.NOTE


@pytest.mark.parametrize(
    "text", ["0666 was sprayed on it", "de tal modo que el 666 manda", "#666 stands on their flag", "0120, 0666, 0431", "666 and 0640"]
)
def test_the_same_digits_stay_loud_elsewhere(detector, text):
    """In a padded list, as a tag, or as three digits beside a mode they keep their severity."""
    assert highest_severity(detector, text) >= Severity.WARNING


@pytest.mark.parametrize(
    "text",
    ["<Canvas object at 0x5C0a41e3C18>", "freed twice: 0x7ffe01C18b", "References: #1488", "Reference: # 1488, 1490", "References: 1488"],
)
def test_addresses_and_references_are_notes(detector, text):
    """Memory addresses, and numbers under a heading for references, are notes."""
    assert highest_severity(detector, text) <= Severity.NOTE


@pytest.mark.parametrize("text", ["his tattoo references 1488", "#1488 for ever", "a reference to 1488", "C18 is on their flag"])
def test_a_code_is_loud_beside_the_same_words(detector, text):
    """Without the colon, and outside of an address, it keeps its severity."""
    assert highest_severity(detector, text) >= Severity.WARNING
