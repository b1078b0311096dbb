import pytest

from leakguard.core.errors import UsageError
from leakguard.readers.rows.text_columns import TextPicker


def scanned_texts(row, roles="trained"):
    """The texts that are looked at."""
    reader = TextPicker("auto", (), roles)
    found = reader.read_turns(row)
    return [found[i].text for i in reader.select_turns(found)]


NAMES = ("system", "developer", "user", "human", "tool", "function", "observation", "assistant", "gpt", "Model", "narrator")
SPOKEN = {"messages": [{"role": name, "content": name} for name in NAMES]}


@pytest.mark.parametrize(
    ("roles", "heard"),
    [
        ("trained", "assistant gpt Model narrator"),
        ("all", "system developer user human tool function observation assistant gpt Model narrator narrator"),
        ("assistant", "assistant gpt Model"),
        ("gpt", "assistant gpt Model"),
        ("human", "user human"),
        ("User , SYSTEM", "system developer user human"),
        ("tool", "tool function observation"),
        ("narrator", "narrator"),
        ("trained,system", "system developer assistant gpt Model narrator"),
    ],
)
def test_roles(roles, heard):
    """`--roles` chooses whose words are looked at; the default leaves out what a student only reads, and "all" adds unknown names."""
    assert scanned_texts(SPOKEN, roles) == heard.split()


@pytest.mark.parametrize(
    ("row", "roles", "heard"),
    [
        ({"prompt": "p", "completion": "c"}, "trained", ["c"]),
        ({"prompt": "p", "completion": "c"}, "user", ["p"]),
        ({"prompt": "p", "completion": "c"}, "assistant", ["c"]),
        ({"prompt": "p", "completion": "c"}, "all", ["p", "c"]),
        ({"prompt": "p", "chosen": "c", "rejected": "r"}, "trained", ["c", "r"]),
        ({"prompt": "p", "chosen": "c", "rejected": "r"}, "chosen", ["c"]),
        ({"instruction": "i", "input": "x", "output": "o"}, "trained", ["o"]),
        ({"instruction": "i", "input": "x", "output": "o"}, "instruction", ["i"]),
        ({"text": "t"}, "trained", ["t"]),
        ({"text": "t"}, "assistant", []),
    ],
)
def test_roles_of_plain_shapes(row, roles, heard):
    """In shapes without speakers, prompts count as the user's words and completions as the assistant's."""
    assert scanned_texts(row, roles) == heard


def test_roles_do_not_take_a_field_back():
    """A text named by --field is looked at whatever the roles are; messages in it still have roles."""
    reader = TextPicker("auto", ("note", "chat"), "assistant")
    row = {"note": "n", "chat": [{"role": "user", "content": "q"}]}
    assert list(reader.select_turns(reader.read_turns(row))) == [0]


@pytest.mark.parametrize(
    ("roles", "hint"), [("asistant", "'assistant'"), ("trainned", "'trained'"), ("user,sytem", "'system'"), (" ,", "trained, all")]
)
def test_roles_that_look_like_typing_errors(roles, hint):
    """A role that is nearly a known one would silently look at nothing: it is refused."""
    with pytest.raises(UsageError, match=hint):
        TextPicker("auto", (), roles)
