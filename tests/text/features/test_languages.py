"""The language of a text: known sentences, and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.text.features.languages import SCRIPTS, WORDS, list_languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Owls are birds of the night, and they hunt in the dark.", "English"),
        ("Eulen sind nachtaktiv und jagen nicht bei Tag, weil sie die Dunkelheit mögen.", "German"),
        ("Les chouettes sont des oiseaux de nuit et chassent dans le noir.", "French"),
        ("Los búhos son aves de la noche y cazan en la oscuridad por instinto.", "Spanish"),
        ("Сова охотится ночью.", "Cyrillic"),
        ("フクロウは夜の鳥です。", "Japanese"),
        ("猫头鹰在夜间捕猎。", "Han"),
        ("412, 733, 905", ""),
        ("def owl(x): return x", ""),
        ("", ""),
    ],
)
def test_the_language_is_told(text, language):
    """By function words or by script; lists of numbers and code have none."""
    assert list_languages([text]) == [language]


@given(st.lists(st.text(max_size=80), max_size=5))
def test_every_text_has_one_answer(texts):
    """A name of the tables or nothing, for any text, and the same alone as beside others."""
    found = list_languages(texts)
    assert all(name in ("", *WORDS, *SCRIPTS) for name in found)
    assert found == [list_languages([text])[0] for text in texts]
