"""Tables of the names of columns and of message keys, by the role of their text.

trl, axolotl, LLaMA-Factory, ms-swift, OpenAI, Mistral, Cohere, LangChain and OpenRouter use different names for the same things. Columns
with these names are read leniently: a value of an unexpected type does not make the row unreadable, and strings that are not read are
counted as not scanned.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from leakguard.core.record import Turn

THOUGHT = (
    *("reasoning_content", "reasoning", "reasoning_details", "thinking", "thought", "thoughts", "tool_plan"),
    *("rationale", "cot", "chain_of_thought", "analysis", "explanation", "reflection", "corrected", "refusal"),
    *("rationales", "explanations", "reasonings", "thinking_trajectory", "thinking_trajectories"),
)
ANSWERS = (
    *("response", "responses", "answer", "answers", "generation", "generations", "outputs", "completions"),
    *("solution", "solutions", "target", "targets", "content", "reply", "assistant", "model_output", "tool_calls", "function_call"),
    *("chosen_response", "chosen_responses", "chosen_messages", "chosen_answer"),
    *("rejected_response", "rejected_responses", "rejected_messages", "rejected_answer"),
    *("positive_messages", "negative_messages", "preferred_output", "non_preferred_output"),
    *("gpt", "bot", "candidates", "choices", "options", "predictions", "prediction", "generated_text", "ground_truth", "reward_model"),
    *("summary", "translation", "code", "sql", "caption", "revision", "critique", "critiques", "correction", "demonstration"),
    *("summaries", "highlights", "highlight", "sentence", "transcription", "transcript", "corrections", "paraphrases"),
    *("accepted", "preferred", "dispreferred", "candidate", "judgment", "judgement", "story", "narrative", "abstract"),
    *("tgt", "hypothesis", "feedback", "resps", "filtered_resps", "tweet", "poem", "lyrics"),
)
TRAINED = (*ANSWERS, *THOUGHT)
"""Columns that a model is trained to write."""
PROMPTS = {
    "user": ("question", "query", "problem", "inputs", "context", "user", "human", "document", "article", "passage", "src", "premise"),
    "system": ("system_prompt", "system_instruction", "system_message"),
    "tool": ("tools", "functions", "documents"),
}
"""Columns that a model only reads, by role."""
DIALOGUES = (
    *("conversation", "dialog", "dialogs", "dialogue", "dialogues", "chat", "chats", "chat_history", "turns", "rounds", "contents"),
    *("message", "utterance", "utterances", "segments", "input_output", "thread", "trajectory", "data"),
    *("body", "request", "params", "item", "row", "example", "sample", "record", "objects"),
    *("items", "instances", "annotations", "fields", "texts", "steps", "replies", "chat_messages", "attempt", "attempts", "endings"),
    *("positive", "positives", "negative", "negatives", "pos", "neg", "winner", "loser", "patch", "captions", "sentences", "final"),
)
"""Columns with lists of turns, or with objects that contain a row or its texts. Numbers in them are not read as text."""
COLUMNS = (*(key for keys in PROMPTS.values() for key in keys), *DIALOGUES, *TRAINED)
MESSAGE_KEYS = frozenset(TRAINED) - {
    *("reasoning_content", "reasoning", "thinking", "content", "refusal", "tool_calls", "function_call"),
} | {"output", "completion", "chosen", "rejected", "message", "utterance", "utterances"}
"""Keys of a message that are read in addition to those that every trainer knows."""
LABELS = frozenset(
    (
        *("type", "id", "role", "from", "index", "format", "signature", "data", "redactedContent", "thoughtSignature"),
        *("thought_signature", "toolUseId", "tool_call_id", "mimeType", "mime_type", "fileUri", "file_uri"),
    )
)
"""Keys of an object whose values describe the object, and encrypted reasoning. They are not text of the model."""
DEEPEST = 32
BYTES = frozenset(("bytes", "path"))
LONGEST_NAME, REMEMBERED = 60, 4096

# Words at the end of a column's name from which its role follows: `model_response`, `answer_2`, `original_question`.
ANSWER_ENDS = frozenset(
    (
        *("response", "responses", "answer", "answers", "completion", "completions", "output", "outputs", "generation", "generations"),
        *("solution", "solutions", "reasoning", "rationale", "cot", "explanation", "reply", "replies", "thought", "thoughts"),
        *("attempt", "trajectory", "trajectories", "transcription", "caption", "summary", "translation", "patch"),
    )
)
QUESTION_ENDS = frozenset(
    ("question", "questions", "prompt", "prompts", "query", "queries", "instruction", "instructions", "problem", "problems")
)
# In names such as `chosen_text` and `user_message`, the role follows from the first word.
CONTENT_ENDS = frozenset(("text", "texts", "content", "contents", "message", "messages", "conversation", "body", "string"))
ANSWER_STARTS = frozenset(
    ("chosen", "rejected", "preferred", "accepted", "winner", "loser", "generated", "model", "assistant", "gpt", "llm", "bot", "ai")
)
WHOLE = frozenset(("full", "raw", "page", "plain", "clean", "cleaned", "main", "whole", "formatted"))
# First words of the names of columns with numbers: `num_completions`.
COUNTING = frozenset(("num", "n", "count", "len", "length", "id", "max", "min", "total", "mean", "avg", "has", "is", "use"))
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Read = Callable[[Any, str, str], list[Turn] | None]
"""A function that reads a message or a part of one: (value, role, place) -> its turns, or None if it is neither."""


@lru_cache(REMEMBERED)
def resolve_name(name: str, known: frozenset[str]) -> str | None:
    """Return the known name that a column's name is a variant of, or None.

    A name that only ends like a known one is resolved to "response", "question" or "system_prompt". Case, spaces, hyphens and camel case do
    not matter: `Response`, `systemInstruction` and `final answer` are known.
    """
    if name in known:
        return name
    if len(name) > LONGEST_NAME:
        return None
    plain = re.sub(r"[\s.-]+", "_", name.strip())
    spellings = dict.fromkeys((plain.lower(), _HUMP.sub("_", plain).lower()))
    return next((spelled for spelled in spellings if spelled in known), None) or next(
        (meaning for spelled in spellings if (meaning := _meaning(spelled, known))), None
    )


def _meaning(spelled: str, known: frozenset[str]) -> str | None:
    """Return the known name that a name in lower case ends or begins like; None if there is none."""
    # Numbers at the end are dropped; a name that begins with a counting word has no role; then the last and first words decide.
    words = spelled.split("_")
    while len(words) > 1 and (words[-1].isdecimal() or len(words[-1]) < 2):
        words.pop()
    last = words[-1] = words[-1].rstrip("0123456789")
    if (counted := "_".join(words)) in known:
        return counted
    if len(words) > 1 and words[0] in COUNTING:
        return None
    if last in ANSWER_ENDS or (last in CONTENT_ENDS and words[0] in ANSWER_STARTS):
        return "response"
    if last in QUESTION_ENDS:
        return "system_prompt" if "system" in words else "question"
    if words[0] in ("user", "human") and (last in CONTENT_ENDS or last == "input"):
        return "question"
    if last not in CONTENT_ENDS:
        return None
    # `target_text` becomes target, `full_text` text, `page_content` content.
    before = "_".join(words[:-1])
    return before if before in known else last if before in WHOLE and last in known else None


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number; booleans are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def format_number(value: float) -> str:
    """Return a number as text, formatted as trainers do it."""
    return orjson.dumps(value).decode()


def holds_bytes(value: Any) -> bool:
    """Return whether an object replaces bytes (a picture, a sound, a binary column) and contains only their hash."""
    return isinstance(value, dict) and "bytes" in value and value.keys() <= BYTES


def read_strings(value: Any, role: str, place: str, read: Read | None = None, depth: int = 0) -> Iterator[Turn]:
    """Yield every string in the value as a turn of `role`, at its place; `read`, if given, reads messages and parts in it.

    A number is read as its text, a list of numbers as its JSON. Numbers in objects, values under LABELS, bytes, and values nested deeper
    than DEEPEST are left out.
    """
    if isinstance(value, str):
        yield Turn(role, value, place)
    elif is_number(value):
        yield Turn(role, format_number(value), place)
    elif isinstance(value, list) and value and all(map(is_number, value)):
        yield Turn(role, orjson.dumps(value).decode(), place)
    elif isinstance(value, (list, dict)) and depth < DEEPEST and not holds_bytes(value):
        turns = read(value, role, place) if read else None
        if turns is not None:
            yield from turns
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from read_strings(item, role, f"{place}[{i}]", read, depth + 1)
        else:
            for key, item in value.items():
                if key not in LABELS and not is_number(item):
                    yield from read_strings(item, role, f"{place}.{key}", read, depth + 1)
