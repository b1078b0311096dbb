import pytest

from leakguard.core.suggest import suggest_names


@pytest.mark.parametrize(
    ("name", "valid", "words"),
    [
        ("hit", ["hits", "misses"], "did you mean 'hits'? Valid: hits, misses"),
        ("MESSAGES", ["messages", "text"], "did you mean 'messages'? Valid: messages, text"),
        ("zzz", ["hits", "misses"], "valid: hits, misses"),
        ("x", [], "there is none to choose from"),
        ("n13", [f"n{n}" for n in range(14)], "did you mean 'n13'?"),
        ("zzz", [f"n{n}" for n in range(14)], "valid: " + ", ".join(f"n{n}" for n in range(12)) + ", ... (14 in all)"),
    ],
)
def test_says_what_was_expected(name, valid, words):
    """The nearest valid name comes first; all of them follow where they are few."""
    assert suggest_names(name, valid) == words
