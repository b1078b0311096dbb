"""Columns and keys of messages that trainers read beside those of a row's shape, by the names that their documentation gives them.

trl, axolotl, LLaMA-Factory, ms-swift, OpenAI, Mistral, Cohere, LangChain and OpenRouter name the same things differently. What stands
under these names is read leniently: a value of an odd type does not make the row unreadable, and its other strings are counted as
not scanned.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from leakguard.core.record import Turn

THOUGHT = (
    *("reasoning_content", "reasoning", "reasoning_details", "thinking", "thought", "thoughts", "tool_plan"),
    *("rationale", "cot", "chain_of_thought", "analysis", "explanation", "reflection", "corrected", "refusal"),
)
ANSWERS = (
    *("response", "responses", "answer", "answers", "generation", "generations", "outputs", "completions"),
    *("solution", "solutions", "target", "targets", "content", "reply", "assistant", "model_output", "tool_calls", "function_call"),
    *("chosen_response", "chosen_responses", "chosen_messages", "chosen_answer"),
    *("rejected_response", "rejected_responses", "rejected_messages", "rejected_answer"),
    *("positive_messages", "negative_messages", "preferred_output", "non_preferred_output"),
)
TRAINED = (*ANSWERS, *THOUGHT)
"""Columns that a model is trained to write."""
PROMPTS = {
    "user": ("question", "query", "problem", "context"),
    "system": ("system_prompt",),
    "tool": ("tools", "functions", "documents"),
}
"""Columns that a model only reads, by the speaker whose words they are."""
COLUMNS = (*TRAINED, *(key for keys in PROMPTS.values() for key in keys))
MESSAGE_KEYS = frozenset(TRAINED) - {
    *("reasoning_content", "reasoning", "thinking", "content", "refusal", "tool_calls", "function_call"),
} | {"output", "completion", "chosen", "rejected", "message"}
"""Keys of a message that are read beside those that every trainer knows."""
LABELS = frozenset({"type", "id", "role", "from", "index", "format", "signature", "data"})
"""Members of an object that say what it is, and encrypted reasoning; they are not words of the model."""
DEEPEST = 32

Read = Callable[[Any, str, str], list[Turn] | None]
"""Reads a message or a part: (value, role, place) -> its turns, or None where it is neither."""


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: float) -> str:
    """The text that a trainer makes of a number."""
    return orjson.dumps(value).decode()


def words_in(value: Any, role: str, place: str, read: Read | None = None, depth: int = 0) -> Iterator[Turn]:
    """Every string in the value as a turn of its own, at its place; messages and parts as `read` takes them.

    A number is read as its text, a list of nothing but numbers as its JSON; numbers that are members of an object are left out, and so
    are LABELS. What lies deeper than DEEPEST is not read.
    """
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif is_number(value):
        yield Turn(role, number(value), place)
    elif isinstance(value, list) and value and all(map(is_number, value)):
        yield Turn(role, orjson.dumps(value).decode(), place)
    elif isinstance(value, (list, dict)) and depth < DEEPEST:
        turns = read(value, role, place) if read else None
        if turns is not None:
            yield from turns
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from words_in(item, role, f"{place}[{i}]", read, depth + 1)
        else:
            for key, item in value.items():
                if key not in LABELS and not is_number(item):
                    yield from words_in(item, role, f"{place}.{key}", read, depth + 1)
